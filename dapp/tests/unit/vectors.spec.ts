// The rules in the browser's module against the vectors of packages/rules, which were made by a program that shares no code with them.
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { Rules } from "../../src/rules/module.ts";

type Case = Readonly<Record<string, unknown>> & { readonly kind?: string; readonly error?: string };

function cases(name: string): readonly Case[] {
  const file = new URL(`../../../packages/rules/vectors/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
}

let rules: Rules;

test.beforeAll(async () => {
  rules = await Rules.from(new Uint8Array(readFileSync(new URL("../../public/rules.wasm", import.meta.url))));
});

/** Asks, and says "refused" if the rules refuse. */
function ask(op: string, fields: object): unknown {
  try {
    return rules.ask(op, fields);
  } catch {
    return "refused";
  }
}

test("items have the digests of the vectors, text, images and private ones", () => {
  let seen = 0;
  for (const one of cases("items")) {
    const { kind, text, width, height, label, pixels, canonical, digest, digests, items_root, key, key_commitment, item, stratum, error } = one;
    seen += 1;
    if (kind === "text") expect(ask("item", { text })).toEqual({ canonical, digest });
    else if (kind === "image") expect(ask("item", { image: { width, height, label, pixels } })).toEqual(error ? "refused" : { canonical, digest });
    else if (kind === "private") {
      expect(ask("item", { canonical, key })).toEqual({ canonical, digest });
      expect(ask("key_commitment", { key })).toBe(key_commitment);
    } else if (kind === "root") expect(ask("items_root", { digests })).toBe(items_root);
    else if (kind === "example") expect(ask("example", { item, stratum })).toBe(digest);
    else if (kind === "validation root" || kind === "validation") expect(ask("validation_root", { digests })).toBe(one["root"] ?? one["validation_root"]);
    else seen -= 1;
  }
  expect(seen).toBe(cases("items").length);
});

test("contributions have the digests and commitments of the vectors", () => {
  for (const { digest, commitment, salt, ...record } of cases("contributions")) {
    const { domain, datanet, contributor, items_root } = record;
    expect(ask("contribution_digest", record)).toBe(digest);
    expect(ask("contribution_commitment", { domain, datanet, contributor, items_root, salt })).toBe(commitment);
  }
});

test("receipts, heads and vouchers are those of the vectors", () => {
  let receipts = 0;
  for (const { domain, model, channel, epoch, genesis_head, receipts: list } of cases("payments")) {
    let head = genesis_head;
    expect(ask("genesis_head", { domain, channel })).toBe(genesis_head);
    for (const [number, one] of (list as Case[]).entries()) {
      const { salt, prompt, output, prompt_hash, output_hash, receipt_digest, head: after, cumulative, voucher_digest } = one;
      expect(ask("salted", { salt, bytes: prompt })).toBe(prompt_hash);
      expect(ask("output_hash", { bytes: output })).toBe(output_hash);
      expect(ask("receipt", { ...one, domain, model, channel, epoch, number: String(one["number"] ?? number) })).toBe(receipt_digest);
      head = ask("next_head", { head, receipt: receipt_digest });
      expect(head).toBe(after);
      expect(ask("voucher", { domain, channel, epoch, cumulative, head })).toBe(voucher_digest);
      receipts += 1;
    }
  }
  expect(receipts).toBeGreaterThan(5);
});

test("fees of calls are those of the vectors", () => {
  for (const { fee, error, ...sheet } of cases("fees")) expect(ask("fee", sheet)).toBe(error || fee === null ? "refused" : fee);
});

test("prompts are those of the vectors, texts and conversations", () => {
  for (const { kind, text, messages, prompt, error } of cases("prompts")) {
    expect(kind === "text" ? ask("prompt", { text }) : ask("conversation", { messages })).toBe(error ? "refused" : prompt);
  }
  expect(cases("prompts").length).toBeGreaterThan(10);
});

test("orders, seals and corrections are those of the vectors", () => {
  for (const one of cases("orders")) {
    const { domain, channel, number, path, body, shared, order_digest, order_seal, next_head, served_seal, correction_digest } = one;
    const request = ask("request_digest", { path, body });
    expect(ask("order", { ...one, request })).toBe(order_digest);
    expect(ask("seal", { domain, channel, shared, digest: order_digest })).toBe(order_seal);
    const served = ask("served", { order: order_digest, head: next_head });
    expect(ask("seal", { domain, channel, shared, digest: served })).toBe(served_seal);
    expect(ask("correction", { domain, channel, number, answer: body })).toBe(correction_digest);
  }
  expect(cases("orders").length).toBeGreaterThan(3);
});

test("accounts move as in the vectors, round by round", () => {
  for (const one of cases("advance")) {
    if (one.kind === "refused") {
      expect(ask("advance", { entry: one["start"], ...(one["round"] as object) })).toBe("refused");
      continue;
    }
    let entry = one["start"];
    for (const { after, valuation, ...round } of one["rounds"] as Case[]) {
      const step = rules.ask<{ entry: unknown }>(valuation ? "revalue" : "advance", { entry, ...round });
      expect(step.entry).toEqual(after);
      entry = step.entry;
    }
  }
});

test("readings of accounts, repaid debts and retirements are those of the vectors", () => {
  for (const { kind, entry, z_tenths, amount, after, error, packed, ...readings } of cases("entries")) {
    if (kind === "readings") expect(ask("readings", { entry, z_tenths })).toEqual(readings);
    else if (kind === "repay") expect(ask("repay", { entry, amount })).toEqual(error ? "refused" : after);
    else if (kind === "retire") expect(ask("retire", { entry })).toEqual(after);
    else expect(packed).toBeDefined();
  }
});

test("medians and shares of the reserve are those of the vectors", () => {
  for (const { kind, entries, score, error } of cases("medians")) {
    if (kind === "entry" && (entries as unknown[]).length > 0) expect(ask("median_entry", { entries })).toEqual({ score, error });
  }
  for (const { kind, share, ...of } of cases("reserve")) {
    if (kind === "share") expect(ask("reserve_share", of)).toBe(share ?? "refused");
  }
});

test("commitments of reports are those of the vectors", () => {
  for (const { kind, domain, inputs, operator, salt, report, commitment } of cases("reports")) {
    if (kind === "report") expect(rules.ask<{ commitment: string }>("report_commitment", { domain, inputs, operator, salt, report }).commitment).toBe(commitment);
  }
});

test("a proof of copies has the roots and the copied items of both contributions", () => {
  const digest = (text: string) => rules.ask<{ digest: string }>("item", { text }).digest;
  const earlier = ["a", "b", "c", "d", "e"].map(digest);
  const later = ["x", "c", "y", "a"].map(digest);
  const proof = rules.ask<{ pairs: unknown; earlier_root: string; later_root: string }>("duplicates", { earlier, later, most: 256 });
  expect(proof.pairs).toEqual([
    { digest: digest("c"), earlier_position: "2", later_position: "1" },
    { digest: digest("a"), earlier_position: "0", later_position: "3" },
  ]);
  expect(proof.earlier_root).toBe(rules.ask("items_root", { digests: earlier }));
  expect(proof.later_root).toBe(rules.ask("items_root", { digests: later }));
  expect(rules.ask("duplicates", { earlier, later: [digest("x")], most: 256 })).toBeNull();
});

test("what is no request is refused with a reason", () => {
  expect(() => rules.ask("nonsense", {})).toThrow(/not a request: unknown variant/);
  expect(() => rules.ask("items_root", { digests: ["12"] })).toThrow(/the hash "12"/);
  expect(() => rules.ask("repay", { entry: { accrued: "1.5" }, amount: "1" })).toThrow(/the number "1.5"/);
});
