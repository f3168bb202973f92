// Amounts are exact: no number of JavaScript is between what a chain says and what is shown, or between what is typed and what is sent.
import { expect, test } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatUnits, fraction, percentOf, percentOfFees, readTyped, shortUnits } from "../../src/amount/amount.ts";
import { feeOf } from "../../src/chain/fees.ts";
import type { ChainConfig } from "../../src/config/deployment.ts";

test("amounts are shown to the last unit, however large", () => {
  expect(formatUnits(1n)).toBe("0.000001");
  expect(formatUnits(-1_500_000n)).toBe("−1.500000");
  expect(formatUnits(9_007_199_254_740_993_000_001n)).toBe("9\u202f007\u202f199\u202f254\u202f740\u202f993.000001");
  expect(formatUnits(1_234_567n, 0)).toBe("1\u202f234\u202f567");
  expect(shortUnits(1_500_000n)).toBe("1.50");
});

test("what is typed is sent exactly, or refused", () => {
  expect(readTyped("9007199254740993.000001")).toEqual({ ok: true, units: 9_007_199_254_740_993_000_001n });
  expect(readTyped(" 1 234,5 ")).toEqual({ ok: true, units: 1_234_500_000n });
  expect(readTyped(".5")).toEqual({ ok: true, units: 500_000n });
  for (const wrong of ["", "abc", "1.2.3", "-1", "1e5", "0x10", ".", "0.0000001"]) expect(readTyped(wrong).ok, wrong).toBe(false);
});

test("shares and scores are shown without losing their sign", () => {
  expect(percentOf(1n, 3n)).toBe("33.3 %");
  expect(percentOf(1n, 0n)).toBe("–");
  expect(percentOfFees(-52_280_000)).toBe("−5.228 %");
  expect(percentOfFees(26_230_000)).toBe("+2.623 %");
  expect(percentOfFees(0)).toBe("0.000 %");
  expect(fraction(10n ** 30n, 4n * 10n ** 30n)).toBe(0.25);
});

test("a fee is gas times its price, rounded up", () => {
  const chain = { gasPrice: "0.001", coin: { symbol: "STAKE", decimals: 0 } } as ChainConfig;
  expect(feeOf(chain, 256_001n)).toBe("257 STAKE");
});

test("no source file makes a JavaScript number of an amount", () => {
  const root = new URL("../../src", import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  expect(files.length).toBeGreaterThan(40);
  // `parseInt` is for what a number holds exactly: times, positions, basis points. Never for what is named as an amount.
  const forbidden = /\bNumber\(|\bparseFloat\((?!price\))|parseInt\([^)]*(?:amount|uopen|units\b(?!\.toString\(\), 10\) : 0)|balance|deposit|payable|accrued|bond)|[^\w]\+\w+\.(?:amount|balance|deposit|payable|accrued)\b|\.toFixed\(|\.toLocaleString\(/;
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8").split("\n").flatMap((line, index) => (forbidden.test(line.replace(/\/\/.*$/, "")) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
