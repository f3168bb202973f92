// What the story left on the chain.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folder } from "./devnet.ts";

/** Where it is written, in the devnet's own folder: a new chain has no story. */
export const seedFile = join(folder, "dapp-story.json");

/** Ids of what was made. */
export interface Seed {
  readonly method: string;
  /** The open DataNet, and the reviewed one. */
  readonly sentences: string;
  readonly notes: string;
  readonly base: string;
  readonly adapter: string;
  /** Contributions that the base uses, by position. The third and the fourth do harm. */
  readonly contributions: readonly string[];
  /** A contribution under review. */
  readonly pending: string;
  /** A commitment that nobody reveals. */
  readonly forgotten: string;
  readonly channel: string;
  readonly rounds: readonly string[];
}

/** Reads it. */
export function seed(): Seed {
  return JSON.parse(readFileSync(seedFile, "utf8")) as Seed;
}
