// What must outlive the tab: the salt and the items of a commitment. Kept in IndexedDB, durably, before the transaction is sent.
import { Store } from "./store";

/** A commitment that was made in this browser. */
export interface Kept {
  /** The commitment: the record's name. */
  readonly commitment: string;
  readonly chainId: string;
  /** The `datanet` contract, so that a chain that was started anew is told apart. */
  readonly contract: string;
  readonly datanet: string;
  readonly contributor: string;
  readonly salt: string;
  readonly itemsRoot: string;
  readonly itemCount: string;
  readonly bytes: string;
  /** Canonical bytes of the items as hex: what is published. */
  readonly items: readonly string[];
  /** When it was kept, in milliseconds since 1970. */
  readonly keptAt: number;
}

const records = new Store<Kept>("attribution", "commitments", "commitment", "the record");

/** Keeps a commitment; resolves once it is on disk. Also asks the browser not to clear the page's data by itself. */
export async function keep(kept: Kept): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
  await records.put(kept);
  const back = await find(kept.commitment);
  if (back?.salt !== kept.salt) throw new Error("The browser did not keep the record. Nothing was sent.");
}

/** The record of a commitment. */
export async function find(commitment: string): Promise<Kept | undefined> {
  return records.get(commitment);
}

/** All records of an account in a DataNet, latest first. */
export async function keptOf(of: Pick<Kept, "chainId" | "contract" | "contributor">): Promise<readonly Kept[]> {
  return (await records.all())
    .filter((kept) => kept.chainId === of.chainId && kept.contract === of.contract && kept.contributor === of.contributor)
    .sort((a, b) => b.keptAt - a.keptAt);
}

/** Forgets a record: after it was revealed, or if it never got onto the chain. */
export async function forget(commitment: string): Promise<void> {
  await records.delete(commitment);
}

/** 32 random bytes as hex. */
export function randomSalt(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** Bytes as hex digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A backup of a record, as it is given to be saved, and read back with {@link readBackup}. */
export function backupOf(kept: Kept): string {
  return JSON.stringify({ kind: "attribution-commitment/1", ...kept }, null, 1);
}

/** Reads a backup. Throws if it is none. */
export function readBackup(text: string): Kept {
  const found = JSON.parse(text) as Partial<Kept> & { kind?: string };
  const texts = ["commitment", "chainId", "contract", "datanet", "contributor", "salt", "itemsRoot", "itemCount", "bytes"] as const;
  if (found.kind !== "attribution-commitment/1" || !Array.isArray(found.items) || texts.some((name) => typeof found[name] !== "string")) {
    throw new Error("This file is no record of a commitment.");
  }
  const { kind: _, ...kept } = found as Kept & { kind: string };
  return kept;
}
