// On which side an account may approve the examples that a model's owner proposed.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Datanet } from "../../../schema/datanet";
import type { Curatorship, Model, UsedContribution } from "../../../schema/model";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { all } from "./listing";

/** The side on which an account can approve now; null if on none. */
export function useCuratorship(model: Model, account: string | null): UseQueryResult<Curatorship | null> {
  const reader = useReader();
  return useQuery({ queryKey: ["model", "curatorship", model.id, model.positions, model.validation.proposal, account], queryFn: () => readCuratorship(reader, model, account ?? ""), enabled: account !== null });
}

async function readCuratorship(reader: Reader, model: Model, account: string): Promise<Curatorship | null> {
  return curatorship(reader, model, account, await readCurated(reader, account));
}

/** DataNets that an account curates. */
export async function readCurated(reader: Reader, account: string): Promise<readonly Datanet[]> {
  const { datanet } = reader.deployment.contracts;
  const datanets = await all((page) => reader.ask(datanet, "datanet", "datanets", { page }), (found) => found.id);
  return datanets.filter((found) => found.settings.curators.includes(account));
}

/** The same, where it is known which DataNets the account curates. Two sides need two accounts, and neither is the owner's. */
export async function curatorship(reader: Reader, model: Model, account: string, curated: readonly Datanet[]): Promise<Curatorship | null> {
  const { proposal } = model.validation;
  if (!proposal || account === model.owner || proposal.model_curator === account || proposal.datanet_curator === account) return null;
  if (!proposal.model_curator && model.curators.includes(account)) return { model: {} };
  if (proposal.datanet_curator || curated.length === 0) return null;
  const contribution = await usedOf(reader, model.id, new Set(curated.map((datanet) => datanet.id)));
  return contribution === null ? null : { datanet: { contribution } };
}

/** A contribution of one of these DataNets that a model uses: it shows the contract that the model uses the DataNet. */
async function usedOf(reader: Reader, model: string, datanets: ReadonlySet<string>): Promise<string | null> {
  const { model: models, datanet } = reader.deployment.contracts;
  for (let start: string | null = null; ; ) {
    const page: readonly UsedContribution[] = await reader.ask(models, "model", "used", { model, page: start === null ? { limit: 30 } : { limit: 30, start_after: start } });
    const found = await Promise.all(page.map(({ contribution }) => reader.ask(datanet, "datanet", "contribution", { contribution })));
    const first = found.find((one) => datanets.has(one.datanet));
    if (first) return first.id;
    const last = page.at(-1);
    if (!last || page.length < 30) return null;
    start = String(last.position);
  }
}
