// A version's manifest: what oracle train writes is read, bitmaps keep every position, and what is no manifest is refused with a sentence.
import { expect, test } from "@playwright/test";
import { bitmapOf, parseManifest, positionsIn, readNumbers, showNumbers } from "../../src/data/manifest.ts";

const hashes = { training_hash: "4a".repeat(32), weights_hash: "44".repeat(32) };
const manifest = { trained_on: [{ datanet: "3", version: "17", root: "0b".repeat(32) }], positions: 9, left_out: "AQE=", uri: "", work: [], ...hashes };

test("a manifest as oracle train writes it is read whole", () => {
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
  // Of a training on files.
  expect(parseManifest(JSON.stringify({ trained_on: [], positions: 0, left_out: "", uri: "", work: [], ...hashes }))).toMatchObject({ positions: 0, trained_on: [] });
});

test("what is none is refused", () => {
  const refused: [unknown, RegExp][] = [
    [[], /no manifest/], [{ method: "ekfac/1" }, /not version\.json/], [{ ...manifest, weights_hash: "44" }, /weights_hash is no hash/], [{ ...manifest, positions: -1 }, /positions are no number/],
    [{ ...manifest, left_out: "A" .repeat(8) }, /has 2 bytes, and this one has 6/], [{ ...manifest, left_out: "AAI=" }, /beyond its last position/], [{ ...manifest, left_out: 7 }, /no base64/],
    [{ ...manifest, trained_on: [{ datanet: 3 }] }, /no datanet, version or root/], [{ ...manifest, work: [{ account: "a", kind: "rest", share: 1 }] }, /no account, kind or share/], [{ ...manifest, work: {} }, /no list/],
  ];
  for (const [value, said] of refused) expect(() => parseManifest(JSON.stringify(value)), said.source).toThrow(said);
  expect(() => parseManifest("{")).toThrow(/no manifest/);
});

test("bitmaps have the lowest position in the lowest bit, and come back as they were", () => {
  expect(positionsIn("AQE=", 9)).toEqual([0, 8]);
  expect(bitmapOf([0, 8], 9)).toBe("AQE=");
  for (const length of [0, 1, 7, 8, 9, 64, 1000]) {
    const some = Array.from({ length }, (_, position) => position).filter((position) => position % 3 === 1);
    expect(positionsIn(bitmapOf(some, length), length)).toEqual(some);
  }
});

test("numbers and ranges are read as they are shown, and nonsense is refused", () => {
  expect(readNumbers("0 2, 5-7", 8)).toEqual([0, 2, 5, 6, 7]);
  expect(showNumbers([0, 2, 5, 6, 7])).toBe("0 2 5-7");
  expect(readNumbers("", 3)).toEqual([]);
  expect(showNumbers([])).toBe("");
  for (const text of ["8", "7-5", "-1", "1.5", "a", "1-"]) expect(readNumbers(text, 8), text).toBeNull();
});
