// What waits for an account's judgement: contributions under review, and validation examples that need a curator.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Contribution, Datanet } from "../../../schema/datanet";
import type { Curatorship, Model } from "../../../schema/model";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { reviewersOf } from "../screens/names";
import { curatorship } from "./curating";
import { all } from "./listing";
import { readModels } from "./models";

/** A contribution under review. */
export interface Pending {
  readonly datanet: Datanet;
  readonly contribution: Contribution;
}

/** Everything that waits. */
export interface Queue {
  /** DataNets in which the account reviews. */
  readonly reviewed: readonly Datanet[];
  readonly pending: readonly Pending[];
  /** Models whose proposed examples the account may approve, and on which side. */
  readonly proposals: readonly { readonly model: Model; readonly onBehalf: Curatorship }[];
}

/** What waits for an account. DataNets that it reviews are read through: pending contributions are nowhere else listed. */
export function useQueue(account: string | null): UseQueryResult<Queue> {
  const reader = useReader();
  return useQuery({ queryKey: ["queue", account], queryFn: () => readQueue(reader, account ?? ""), enabled: account !== null });
}

async function readQueue(reader: Reader, account: string): Promise<Queue> {
  const { datanet } = reader.deployment.contracts;
  const [datanets, models] = await Promise.all([
    all((page) => reader.ask(datanet, "datanet", "datanets", { page }), (found) => found.id),
    readModels(reader),
  ]);
  const reviewed = datanets.filter((found) => reviewersOf(found.settings.admission).includes(account));
  const pending = await Promise.all(reviewed.map((found) => pendingIn(reader, found, account)));
  const curated = datanets.filter((found) => found.settings.curators.includes(account));
  const sides = await Promise.all(models.map(async (model) => ({ model, onBehalf: await curatorship(reader, model, account, curated) })));
  const proposals = sides.flatMap(({ model, onBehalf }) => (onBehalf ? [{ model, onBehalf }] : []));
  return { reviewed, pending: pending.flat(), proposals };
}

async function pendingIn(reader: Reader, datanet: Datanet, account: string): Promise<Pending[]> {
  const { datanet: contract } = reader.deployment.contracts;
  const found = await all((page) => reader.ask(contract, "datanet", "contributions", { datanet: datanet.id, page }), (one) => one.id);
  return found.filter((one) => one.status === "pending" && one.contributor !== account).map((contribution) => ({ datanet, contribution }));
}
