// Every error of every contract has a sentence that says what to do: its own, or one of the page's table.
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { contractText, problemOf } from "../../src/chain/problems.ts";
import { contractSentences } from "../../src/chain/sentences.ts";

/** The error texts of a contract, as its source has them, with `X1` for what is filled in. */
function errorsOf(contract: string): readonly string[] {
  const source = readFileSync(new URL(`../../../contracts/${contract}/src/error.rs`, import.meta.url), "utf8");
  const found = [...source.matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? "");
  return found.map((text) => text.replace(/\{(\w+)[^}]*\}/g, (_, name: string) => (name === "status" ? "Pending" : "1")));
}

/** What a chain wraps around a contract's error. */
const wrapped = (text: string) =>
  `Query failed with (6): rpc error: code = Unknown desc = rpc error: code = Unknown desc = failed to execute message; message index: 0: dispatch: submessages: ${text}: execute wasm contract failed [CosmWasm/wasmd@v0.61.14/x/wasm/keeper/keeper.go:441] with gas used: '123456': unknown request`;

for (const contract of ["datanet", "model", "attribution", "settlement", "stake"]) {
  test(`every error of ${contract} says what to do`, () => {
    const texts = errorsOf(contract).filter((text) => text !== "1" && !/^\w+: 1$/.test(text));
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) {
      const advice = contractSentences.some(([pattern]) => pattern.test(text)) || /[:;,] [a-z]/.test(text);
      expect(advice, `"${text}" only says what is wrong: add a sentence to src/chain/sentences.ts`).toBe(true);
      const { message, kind } = problemOf(new Error(wrapped(text)));
      expect(message, text).not.toContain("wasm contract failed");
      expect(message, text).toMatch(/^[A-Z0-9"].*[.!?]$/);
      expect(kind, text).not.toBe("unexpected");
    }
  });
}

test("a contract's own words are found among what the chain says", () => {
  const said = "model 7 has no version: its owner registers one first";
  expect(contractText(wrapped(said))).toBe(said);
  // As wasmd answers a query, a block, and a broadcast.
  expect(contractText(`Query failed with (6): ${said}: query wasm contract failed`)).toBe(said);
  expect(contractText(`failed to execute message; message index: 0: ${said}: execute wasm contract failed`)).toBe(said);
  expect(contractText(`Broadcasting transaction failed with code 5 (codespace: wasm). Log: failed to execute message; message index: 0: ${said}: execute wasm contract failed`)).toBe(said);
});

test("wallet, connection and chain have their kinds", () => {
  const kinds: [string, string][] = [
    ["Request rejected", "rejected"],
    ["There is no modular chain info for open-local-1", "unknown-chain"],
    ["out of gas in location: wasm contract; gasWanted: 100, gasUsed: 200: out of gas", "out-of-gas"],
    ["account sequence mismatch, expected 3, got 2: incorrect account sequence", "chain"],
    ["Failed to fetch", "unreachable"],
    ["insufficient fees; got: 1stake required: 5stake: insufficient fee", "chain"],
    ["Account 'wasm1abc' does not exist on chain. Send some tokens there before trying to query sequence.", "chain"],
    ["something nobody foresaw", "unexpected"],
  ];
  for (const [said, kind] of kinds) {
    const problem = problemOf(new Error(said));
    expect(problem.kind, said).toBe(kind);
    expect(problem.message, said).toMatch(/[.!?]$/);
  }
});
