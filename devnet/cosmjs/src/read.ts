// What a page or a script reads from the contracts: listings in pages, and what can be claimed.
import type { Model } from "../../../schema/model.js";
import type { Account as LedgerAccount, Page } from "../../../schema/settlement.js";
import type { Round } from "../../../schema/attribution.js";
import type { Contracts } from "./open.js";

const pageLength = 100;

/** Gathers a listing page by page: `cursor` gives the lower bound of the page after an entry. */
async function all<Entry>(page: (page: Page) => Promise<readonly Entry[]>, cursor: (entry: Entry) => string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const last = entries.at(-1);
    const next = await page(last === undefined ? { limit: pageLength } : { limit: pageLength, start_after: cursor(last) });
    entries.push(...next);
    if (next.length < pageLength) return entries;
  }
}

/** All models. */
export function models(contracts: Contracts): Promise<readonly Model[]> {
  return all((page) => contracts.model.query("models", { page }), (model) => model.id);
}

/** All rounds of a model. */
export function rounds(contracts: Contracts, model: string): Promise<readonly Round[]> {
  return all((page) => contracts.attribution.query("rounds", { model, page }), (round) => String(round.id));
}

/** All accounts of a model's payout ledger. */
export function ledger(contracts: Contracts, model: string): Promise<readonly LedgerAccount[]> {
  return all((page) => contracts.settlement.query("accounts", { model, page }), (account) => String(account.position));
}

/** What a claim for an account of the ledger would pay now, in uopen. */
export function claimable(account: LedgerAccount): bigint {
  return BigInt(account.payable) - BigInt(account.claimed);
}

/** OPEN of an address, in uopen. */
export async function balance(contracts: Contracts, address: string): Promise<bigint> {
  return BigInt((await contracts.token.query("balance", { address })).balance);
}

/** An amount of uopen as OPEN, without a detour through numbers. */
export function inOpen(uopen: bigint): string {
  const sign = uopen < 0n ? "-" : "";
  const digits = (uopen < 0n ? -uopen : uopen).toString().padStart(7, "0");
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)} OPEN`;
}
