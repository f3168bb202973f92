// Claiming: pays what the ledger has released to the payees of its positions.
import type { Executed } from "./contract.js";
import type { Contracts } from "./open.js";
import { claimable, ledger } from "./read.js";

/** Positions that one message may hold. */
const positionsAtOnce = 100;

/** Positions of a model for which a claim would pay something. */
export async function claimablePositions(contracts: Contracts, model: string): Promise<readonly number[]> {
  const accounts = await ledger(contracts, model);
  return accounts.filter((account) => claimable(account) > 0n).map((account) => account.position);
}

/** Claims for positions of a model, in as many messages as they take. Anybody may: the payees are paid, whoever asks. */
export async function claim(contracts: Contracts, model: string, positions: readonly number[]): Promise<readonly Executed[]> {
  const sent: Executed[] = [];
  for (let from = 0; from < positions.length; from += positionsAtOnce) {
    const claims = [{ model, positions: positions.slice(from, from + positionsAtOnce) }];
    sent.push(await contracts.settlement.execute(contracts.sender, "claim", { claims }));
  }
  return sent;
}
