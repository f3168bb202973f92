// What an account can be paid now: of contributions in every model, dividends of every stake, and its balance.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Contribution } from "../../../schema/datanet";
import type { Model } from "../../../schema/model";
import type { Account } from "../../../schema/settlement";
import { useReader } from "../chain/ChainContext";
import { type Message, message } from "../chain/messages";
import type { Reader } from "../chain/reader";
import { all, parts } from "./listing";
import { readModels } from "./models";

/** A position that pays the account something. */
export interface ClaimablePosition {
  readonly model: Model;
  readonly position: number;
  readonly contribution: string;
  /** All that the position is paid, in uopen, and of that the account's part. */
  readonly whole: bigint;
  readonly own: bigint;
  /** Stake that is delivered with it, in units: the whole, and the account's part. */
  readonly stake: bigint;
  readonly ownStake: bigint;
}

/** Dividends of a model's stake. */
export interface ClaimableDividend {
  readonly model: Model;
  readonly stake: string;
  readonly uopen: bigint;
}

/** Everything that one transaction can pay. */
export interface Claimable {
  readonly positions: readonly ClaimablePosition[];
  readonly dividends: readonly ClaimableDividend[];
  /** Owners' and operators' parts, in uopen. */
  readonly balance: bigint;
}

/** Positions that one message may hold. */
const positionsAtOnce = 100;

/** What the account can claim. Every ledger is read through: there is no other way to find the positions of a payee. */
export function useClaimable(account: string | null): UseQueryResult<Claimable> {
  const reader = useReader();
  return useQuery({ queryKey: ["claimable", account], queryFn: () => readClaimable(reader, account ?? ""), enabled: account !== null });
}

async function readClaimable(reader: Reader, account: string): Promise<Claimable> {
  const models = await readModels(reader);
  const [positions, dividends, balance] = await Promise.all([
    Promise.all(models.map((model) => positionsOf(reader, model, account))),
    Promise.all(models.map((model) => dividendOf(reader, model, account))),
    reader.ask(reader.deployment.contracts.settlement, "settlement", "balance", { account }),
  ]);
  return { positions: positions.flat(), dividends: dividends.filter((dividend) => dividend !== null), balance: BigInt(balance) };
}

/** What a claim for a position would pay now. */
export function due(account: Account): bigint {
  return BigInt(account.payable) - BigInt(account.claimed);
}

/** What a claim for a position would deliver of the stake. */
export function dueStake(account: Account): bigint {
  return BigInt(account.stake) - BigInt(account.stake_claimed);
}

async function positionsOf(reader: Reader, model: Model, account: string): Promise<ClaimablePosition[]> {
  const { settlement, model: models, datanet } = reader.deployment.contracts;
  const ledger = await all((page) => reader.ask(settlement, "settlement", "accounts", { model: model.id, page }), (entry) => String(entry.position));
  const paying = ledger.filter((entry) => due(entry) > 0n || dueStake(entry) > 0n);
  const used = await Promise.all(
    parts(paying, positionsAtOnce).map((some) => reader.ask(models, "model", "at", { model: model.id, positions: some.map((entry) => entry.position) })),
  );
  const contributions = await Promise.all(
    used.flat().map((contribution) => reader.ask(datanet, "datanet", "contribution", { contribution })),
  );
  return paying.flatMap((entry, index) => {
    const contribution = contributions[index];
    return contribution ? claimable(model, entry, contribution, account) : [];
  });
}

function claimable(model: Model, entry: Account, contribution: Contribution, account: string): ClaimablePosition[] {
  if (contribution.status === "slashed") return [];
  const [whole, stake] = [due(entry), dueStake(entry)];
  const [own, ownStake] = [ownPart(contribution, account, whole), ownPart(contribution, account, stake)];
  if (own === 0n && ownStake === 0n) return [];
  return [{ model, position: entry.position, contribution: contribution.id, whole, own, stake, ownStake }];
}

/** Shares are rounded down; what is left over is the first payee's, as `settlement` splits it. */
export function ownPart(contribution: Contribution, account: string, whole: bigint): bigint {
  const part = (share: number) => (whole * BigInt(share)) / 10_000n;
  const left = whole - contribution.payees.reduce((total, payee) => total + part(payee.share), 0n);
  return contribution.payees.reduce((total, payee, index) => {
    if (payee.account !== account) return total;
    return total + part(payee.share) + (index === 0 ? left : 0n);
  }, 0n);
}

async function dividendOf(reader: Reader, model: Model, account: string): Promise<ClaimableDividend | null> {
  if (!model.stake) return null;
  const { claimable: uopen } = await reader.ask(model.stake, "stake", "dividends", { account });
  return BigInt(uopen) === 0n ? null : { model, stake: model.stake, uopen: BigInt(uopen) };
}

/** Messages that pay all of it, for one transaction. */
export function claimMessages(reader: Reader, claimable: Claimable): Message[] {
  const { settlement } = reader.deployment.contracts;
  const claims = parts(claimable.positions, positionsAtOnce).map((some) =>
    message(settlement, "settlement", "claim", { claims: byModel(some) }, `Claim for ${some.length} positions`),
  );
  const dividends = claimable.dividends.map(({ model, stake }) => message(stake, "stake", "claim_dividends", { accounts: [] }, `Dividends of ${model.name}`));
  const balance = claimable.balance > 0n ? [message(settlement, "settlement", "withdraw", {}, "Withdraw the balance")] : [];
  return [...claims, ...dividends, ...balance];
}

function byModel(positions: readonly ClaimablePosition[]): { model: string; positions: number[] }[] {
  const models = new Map<string, number[]>();
  for (const { model, position } of positions) models.set(model.id, [...(models.get(model.id) ?? []), position]);
  return Array.from(models, ([model, some]) => ({ model, positions: some }));
}
