// What an account did, found by the events that name it: contributions it committed, channels it opened.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Contribution } from "../../../schema/datanet";
import type { Channel } from "../../../schema/settlement";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { contractEvents } from "../chain/sender";

/** Contributions that an account committed, latest first. */
export function useOwnContributions(account: string | null): UseQueryResult<readonly Contribution[]> {
  const reader = useReader();
  return useQuery({
    queryKey: ["datanet", "own", account],
    queryFn: () => readOwn(reader, account ?? ""),
    enabled: account !== null,
  });
}

async function readOwn(reader: Reader, account: string): Promise<readonly Contribution[]> {
  const { datanet } = reader.deployment.contracts;
  const ids = await named(reader, "contribution_committed", datanet, { contributor: account }, "contribution");
  return Promise.all(ids.map((contribution) => reader.ask(datanet, "datanet", "contribution", { contribution })));
}

/** Channels that an account opened, latest first. */
export function useOwnChannels(account: string | null): UseQueryResult<readonly Channel[]> {
  const reader = useReader();
  return useQuery({
    queryKey: ["settlement", "channels", account],
    queryFn: () => readChannels(reader, account ?? ""),
    enabled: account !== null,
  });
}

async function readChannels(reader: Reader, account: string): Promise<readonly Channel[]> {
  const { settlement } = reader.deployment.contracts;
  const ids = await named(reader, "channel_opened", settlement, { payer: account }, "channel");
  return Promise.all(ids.map((channel) => reader.ask(settlement, "settlement", "channel", { channel })));
}

/** An attribute of all events of a kind, latest first, each value once. */
async function named(reader: Reader, event: string, contract: string, attributes: Readonly<Record<string, string>>, attribute: string): Promise<string[]> {
  const transactions = await reader.transactions(event, contract, attributes);
  const values = transactions
    .filter((transaction) => transaction.code === 0)
    .flatMap((transaction) => contractEvents(transaction.events))
    .filter((one) => one.type === event && one.contract === contract && Object.entries(attributes).every(([key, value]) => one.attributes[key] === value))
    .flatMap((one) => one.attributes[attribute] ?? []);
  return [...new Set(values)].reverse();
}
