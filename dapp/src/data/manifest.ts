// The manifest of a version: read from the file that `oracle train` wrote, completed by the owner.
import { fromBase64, toBase64 } from "@cosmjs/encoding";
import type { TrainedOn, VersionManifest, WorkClaim } from "../../../schema/model";

/** Bytes that a manifest's file has at most: 16,384 positions are 2 KiB of it. */
const mostBytes = 1024 * 1024;

/** Reads the file. Rejects with a sentence that says what is wrong with it. */
export async function readManifest(file: File): Promise<VersionManifest> {
  if (file.size > mostBytes) throw new Error(`${file.name} is too large for a manifest. Drop manifest.json, which oracle train wrote beside the weights.`);
  return parseManifest(await file.text());
}

/** The same, of text. */
export function parseManifest(text: string): VersionManifest {
  const found = fieldsOf(text);
  const hash = (name: string): string => {
    const value = found[name];
    if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) throw new Error(`The manifest's ${name} is no hash of 64 hex digits.`);
    return value;
  };
  const { positions, left_out, uri } = found;
  if (typeof positions !== "number" || !Number.isInteger(positions) || positions < 0 || positions > 16_384) throw new Error("The manifest's positions are no number from 0 to 16,384.");
  if (typeof left_out !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(left_out)) throw new Error("The manifest's left_out is no base64.");
  positionsIn(left_out, positions);
  return { training_hash: hash("training_hash"), weights_hash: hash("weights_hash"), positions, left_out, uri: typeof uri === "string" ? uri : "", trained_on: list(found, "trained_on").map(trainedOn), work: list(found, "work").map(workClaim) };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string): Fields {
  const none = new Error("This is no manifest for the chain. Drop manifest.json, which oracle train wrote: not version.json, which is for operators.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw none;
  }
  if (typeof value !== "object" || value === null || !("weights_hash" in value && "training_hash" in value)) throw none;
  return value as Fields;
}

function list(found: Fields, name: string): readonly Fields[] {
  const value = found[name] ?? [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== "object" || one === null)) throw new Error(`The manifest's ${name} is no list.`);
  return value as Fields[];
}

function trainedOn({ datanet, version, root }: Fields): TrainedOn {
  if (typeof datanet !== "string" || typeof version !== "string" || typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root)) throw new Error("A snapshot in the manifest's trained_on has no datanet, version or root.");
  return { datanet, version, root };
}

function workClaim({ account, kind, share }: Fields): WorkClaim {
  if (typeof account !== "string" || (kind !== "compute" && kind !== "fine_tuning") || typeof share !== "number") throw new Error("A claim in the manifest's work has no account, kind or share.");
  return { account, kind, share };
}

/** Positions whose bit is set in a bitmap of so many: bit `i` is bit `i mod 8` of byte `i / 8`, the lowest first. */
export function positionsIn(bitmap: string, length: number): readonly number[] {
  const bytes = fromBase64(bitmap);
  if (bytes.length !== Math.ceil(length / 8)) throw new Error(`A bitmap of ${length} positions has ${Math.ceil(length / 8)} bytes, and this one has ${bytes.length}.`);
  const set = Array.from({ length: bytes.length * 8 }, (_, position) => position).filter((position) => ((bytes[position >> 3] ?? 0) >> (position & 7)) & 1);
  if (set.some((position) => position >= length)) throw new Error("A bitmap has bits beyond its last position.");
  return set;
}

/** The bitmap of positions among so many. */
export function bitmapOf(positions: readonly number[], length: number): string {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  for (const position of positions) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (1 << (position & 7));
  return toBase64(bytes);
}

/** Numbers and ranges as they are typed, `0 2 5-7`, each below `limit`; null if that is not what stands there. */
export function readNumbers(text: string, limit: number): readonly number[] | null {
  const numbers = new Set<number>();
  for (const part of text.split(/[\s,]+/).filter((one) => one !== "")) {
    const range = /^([0-9]{1,15})(?:-([0-9]{1,15}))?$/.exec(part);
    if (!range) return null;
    const first = parseInt(range[1] ?? "", 10);
    const last = parseInt(range[2] ?? range[1] ?? "", 10);
    if (last < first || last >= limit || last - first > 16_384) return null;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers];
}

/** Numbers as they are typed, in their order, with ranges where they follow one another. */
export function showNumbers(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length; at += 1) {
    const from = at;
    while (numbers[at + 1] === (numbers[at] ?? NaN) + 1) at += 1;
    parts.push(at > from ? `${numbers[from]}-${numbers[at]}` : `${numbers[from]}`);
  }
  return parts.join(" ");
}
