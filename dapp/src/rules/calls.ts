// The rules as typed functions. What they compute is documented in packages/rules.
import type { Rules } from "./module";

/** Chain id and address of a contract. */
export type Place = readonly [chainId: string, contract: string];

/** An item as its owner has it. */
export type ItemContent =
  | { readonly text: string }
  | { readonly image: { readonly width: number; readonly height: number; readonly label: number; readonly pixels: string } }
  | { readonly canonical: string };

/** Canonical bytes of an item, as hex, and its digest. */
export interface DigestedItem {
  readonly canonical: string;
  readonly digest: string;
}

/** An item; under the key of a private DataNet if there is one. */
export function digestItem(rules: Rules, item: ItemContent, key?: string): DigestedItem {
  return rules.ask("item", key === undefined ? item : { ...item, key });
}

/** The root of a contribution's items. */
export function itemsRoot(rules: Rules, digests: readonly string[]): string {
  return rules.ask("items_root", { digests });
}

/** What a private DataNet publishes of its key. */
export function keyCommitment(rules: Rules, key: string): string {
  return rules.ask("key_commitment", { key });
}

/** The digest of a validation example. */
export function exampleDigest(rules: Rules, item: string, stratum: number): string {
  return rules.ask("example", { item, stratum });
}

/** What commits to validation examples, in their order. */
export function validationRoot(rules: Rules, digests: readonly string[]): string {
  return rules.ask("validation_root", { digests });
}

/** What a contributor commits to. */
export function contributionCommitment(
  rules: Rules,
  fields: { readonly domain: Place; readonly datanet: string; readonly contributor: string; readonly items_root: string; readonly salt: string },
): string {
  return rules.ask("contribution_commitment", fields);
}

/** A proof that later items repeat earlier ones. */
export interface CopiesProof {
  readonly pairs: { digest: string; earlier_position: string; later_position: string }[];
  readonly earlier_path: string[];
  readonly later_path: string[];
  readonly earlier_root: string;
  readonly later_root: string;
}

/** Which later items repeat earlier ones, with the proof; null if none does. */
export function duplicates(rules: Rules, earlier: readonly string[], later: readonly string[], most: number): CopiesProof | null {
  return rules.ask("duplicates", { earlier, later, most });
}

/** An account of the payout ledger; amounts in uopen as text. */
export interface Entry {
  readonly accrued: string;
  readonly payable: string;
  readonly variance: string;
  readonly last_score: number;
}

/** An account that nothing has moved yet. */
export const emptyEntry: Entry = { accrued: "0", payable: "0", variance: "0", last_score: 0 };

/** What a settled round brings to an account. */
export interface RoundOfEntry {
  readonly entry: Entry;
  readonly score: number;
  readonly error: number;
  readonly pool: string;
  readonly denominator: string;
  readonly z_tenths: number;
  readonly release_bps: number;
  readonly cap: string;
}

/** What an account comes to. */
export interface Readings {
  readonly liability: string;
  readonly doubt_bound: string;
  readonly earned: string;
  readonly held_back: string;
  readonly debt: string;
  readonly proved_debt: string;
}

/** One step of an account. */
export interface Step {
  readonly entry: Entry;
  readonly gain: string;
  readonly doubt: string;
  readonly released: string;
  readonly readings: Readings;
}

/** An account after a round of fees. */
export function advance(rules: Rules, round: RoundOfEntry): Step {
  return rules.ask("advance", round);
}

/** An account after a valuation. */
export function revalue(rules: Rules, round: RoundOfEntry): Step {
  return rules.ask("revalue", round);
}

/** An account after debt was taken from its bond. */
export function repay(rules: Rules, entry: Entry, amount: string): Entry {
  return rules.ask("repay", { entry, amount });
}

/** A released account of a model that stopped. */
export function retire(rules: Rules, entry: Entry): Entry {
  return rules.ask("retire", { entry });
}

/** What an account comes to at a z. */
export function readings(rules: Rules, entry: Entry, z_tenths: number): Readings {
  return rules.ask("readings", { entry, z_tenths });
}

/** A score and its error, in 10^-9 of the fees. */
export interface Score {
  readonly score: number;
  readonly error: number;
}

/** Medians by position of revealed vectors (packed entries as hex), and D. */
export function medians(rules: Rules, vectors: readonly { entries: string; reach: string }[]): { entries: Score[]; reach: string; denominator: string } {
  return rules.ask("medians", { vectors });
}

/** What the payer's key signs of a voucher. */
export function voucherDigest(rules: Rules, fields: { readonly domain: Place; readonly channel: string; readonly epoch: string; readonly cumulative: string; readonly head: string }): string {
  return rules.ask("voucher", fields);
}

/** What a receipt holds of a prompt that is one text: its canonical bytes as hex. Throws for what is no prompt. */
export function prompt(rules: Rules, text: string): string {
  return rules.ask("prompt", { text });
}

/** What a receipt holds of a prompt that is a conversation. Throws for what is no prompt. */
export function conversation(rules: Rules, messages: readonly { readonly role: string; readonly content: string }[]): string {
  return rules.ask("conversation", { messages });
}

/** Digest of an HTTP request as it is sent; the body as hex. */
export function requestDigest(rules: Rules, path: string, body: string): string {
  return rules.ask("request_digest", { path, body });
}

/** Digest of an order. */
export function orderDigest(
  rules: Rules,
  fields: {
    readonly domain: Place; readonly channel: string; readonly number: string; readonly cumulative: string; readonly head: string; readonly request: string;
    readonly salt: string; readonly price_sheet: number; readonly price: string; readonly ceiling: string;
  },
): string {
  return rules.ask("order", fields);
}

/** Seal of a digest under the key that both sides of a channel derive from what they share. */
export function seal(rules: Rules, fields: { readonly domain: Place; readonly channel: string; readonly shared: string; readonly digest: string }): string {
  return rules.ask("seal", fields);
}

/** What a gateway seals when it has answered. */
export function servedDigest(rules: Rules, order: string, head: string): string {
  return rules.ask("served", { order, head });
}

/** Digest of a receipt. */
export function receiptDigest(
  rules: Rules,
  fields: {
    readonly domain: Place; readonly model: string; readonly version: number; readonly channel: string; readonly epoch: string; readonly number: string;
    readonly prompt_hash: string; readonly output_hash: string; readonly tokens_in: string; readonly tokens_out: string; readonly fee: string; readonly price_sheet: number;
  },
): string {
  return rules.ask("receipt", fields);
}

/** Head after one more receipt. */
export function nextHead(rules: Rules, head: string, receipt: string): string {
  return rules.ask("next_head", { head, receipt });
}

/** Hash of a prompt under its salt. */
export function salted(rules: Rules, salt: string, bytes: string): string {
  return rules.ask("salted", { salt, bytes });
}

/** Hash of an answer. */
export function outputHash(rules: Rules, bytes: string): string {
  return rules.ask("output_hash", { bytes });
}

/** Fee of a call, in uopen as text. */
export function fee(
  rules: Rules,
  fields: { readonly per_call: string; readonly per_1000_in: string; readonly per_1000_out: string; readonly tokens_in: string; readonly tokens_out: string },
): string {
  return rules.ask("fee", fields);
}

/** What the voucher key signs to correct an answer; the answer as hex, as a receipt holds it. */
export function correctionDigest(rules: Rules, fields: { readonly domain: Place; readonly channel: string; readonly number: string; readonly answer: string }): string {
  return rules.ask("correction", fields);
}
