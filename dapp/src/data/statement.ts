// What an account got and paid, line by line, from the transactions that moved its OPEN, with what each line was for.
import type { IndexedTx } from "@cosmjs/cosmwasm";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { formatUnits } from "../amount/amount";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { type ContractEvent, contractEvents } from "../chain/sender";

/** A movement of OPEN. */
export interface Movement {
  readonly hash: string;
  readonly height: number;
  /** Block time, in seconds since 1970. */
  readonly seconds: bigint;
  /** What came in (positive) or went out (negative), in uopen. */
  readonly amount: bigint;
  readonly counterparty: string;
  readonly what: string;
  /** The balance after it. */
  readonly balance: bigint;
}

/** All movements of an account, oldest first. Balances are reckoned back from the one that the chain says now. */
export function useMovements(account: string | null): UseQueryResult<readonly Movement[]> {
  const reader = useReader();
  return useQuery({ queryKey: ["movements", account], queryFn: () => readMovements(reader, account ?? ""), enabled: account !== null });
}

async function readMovements(reader: Reader, account: string): Promise<readonly Movement[]> {
  const token = reader.deployment.contracts.open_token;
  const [out, into, { balance }] = await Promise.all([
    reader.transfers(token, { from: account }),
    reader.transfers(token, { to: account }),
    reader.ask(token, "open_token", "balance", { address: account }),
  ]);
  const once = new Map([...out, ...into].filter((one) => one.code === 0).map((one) => [one.hash, one]));
  const ordered = [...once.values()].sort((a, b) => a.height - b.height || a.txIndex - b.txIndex);
  const times = await reader.blockTimes(ordered.map((one) => one.height));
  const moved = ordered.flatMap((one) => movementsOf(one, token, account, times.get(one.height) ?? 0n));
  return withBalances(moved, BigInt(balance));
}

type Unbalanced = Omit<Movement, "balance">;

function movementsOf(transaction: IndexedTx, token: string, account: string, seconds: bigint): Unbalanced[] {
  const events = contractEvents(transaction.events);
  return events
    .filter((event) => event.contract === token && event.type === "" && (event.attributes["from"] === account || event.attributes["to"] === account))
    .flatMap((event) => {
      const { from = "", to = "", amount = "0", action = "" } = event.attributes;
      if (from === to) return [];
      const sign = from === account ? -1n : 1n;
      const counterparty = action.startsWith("burn") ? "" : from === account ? to : from;
      return [{ hash: transaction.hash, height: transaction.height, seconds, amount: sign * BigInt(amount), counterparty, what: explain(events, counterparty, amount, action) }];
    });
}

/** Typed events that stand for a payment, and what that is called. */
const reasons: Readonly<Record<string, string>> = {
  paid: "earned by contributions",
  withdrawn: "owner's or operator's part",
  dividend_paid: "dividend",
  dividend_received: "given as a dividend",
  channel_opened: "deposit of a channel",
  channel_topped_up: "deposit of a channel",
  channel_closed: "rest of a channel",
  contribution_committed: "bond of a contribution",
  contribution_rejected: "bond returned",
  bond_released: "bond returned",
  duplicates_proved: "reward for proving a copy",
  operator_bonded: "bond as operator",
  operator_bond_withdrawn: "bond as operator returned",
  spend_executed: "spending of the treasury",
  treasury_received: "gift to the treasury",
};

/** An event of the counterparty that names the same amount comes first; then one that names none of it (a top-up says the sum). */
function explain(events: readonly ContractEvent[], counterparty: string, amount: string, action: string): string {
  if (action.startsWith("burn")) return "burned";
  const theirs = events.filter((event) => event.contract === counterparty && reasons[event.type] !== undefined);
  const exact = theirs.find((event) => Object.values(event.attributes).includes(amount));
  const found = exact ?? theirs.find((event) => event.type === "channel_topped_up");
  return (found && reasons[found.type]) ?? "transfer";
}

function withBalances(moved: readonly Unbalanced[], now: bigint): Movement[] {
  const lines: Movement[] = [];
  let balance = now;
  for (const line of [...moved].reverse()) {
    lines.push({ ...line, balance });
    balance -= line.amount;
  }
  return lines.reverse();
}

/** A statement as CSV (RFC 4180): amounts in whole uopen, and in OPEN with a point. */
export function toCsv(movements: readonly Movement[]): string {
  const head = ["time", "height", "transaction", "what", "counterparty", "amount_uopen", "amount_open", "balance_uopen"];
  const rows = movements.map((line) => [
    isoTime(line.seconds), String(line.height), line.hash, line.what, line.counterparty, line.amount.toString(), plainOpen(line.amount), line.balance.toString(),
  ]);
  return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

function isoTime(seconds: bigint): string {
  return new Date(parseInt(seconds.toString(), 10) * 1000).toISOString();
}

function plainOpen(uopen: bigint): string {
  return formatUnits(uopen).replaceAll("\u202f", "").replace("−", "-");
}

/** A cell that begins like a formula must not become one in a spreadsheet; negative numbers stay numbers. */
function quoted(cell: string): string {
  const safe = /^[=+@\t]/.test(cell) || (cell.startsWith("-") && !/^-[0-9.]+$/.test(cell)) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
