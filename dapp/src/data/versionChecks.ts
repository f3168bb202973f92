// What the chain says of a version that its owner is about to register: the same that the contract will check, one by one and in words,
// and more that it cannot know.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Model, TrainedOn, VersionManifest } from "../../../schema/model";
import { useReader } from "../chain/ChainContext";
import { problemOf } from "../chain/problems";
import type { Reader } from "../chain/reader";
import { positionsIn, showNumbers } from "./manifest";

/** One thing that was looked at. What is only doubtful does not stop anybody. */
export interface Check {
  readonly is: "right" | "wrong" | "doubtful";
  readonly says: string;
}

/** Looks at a manifest; null while there is none. */
export function useVersionChecks(model: Model, manifest: VersionManifest | null): UseQueryResult<readonly Check[]> {
  const reader = useReader();
  return useQuery({
    queryKey: ["model", "checks", model.id, model.positions, model.withdrawn, model.versions, manifest],
    queryFn: () => (manifest ? checkVersion(reader, model, manifest) : []),
    enabled: manifest !== null,
  });
}

async function checkVersion(reader: Reader, model: Model, manifest: VersionManifest): Promise<readonly Check[]> {
  const { model: models } = reader.deployment.contracts;
  const [snapshots, withdrawn, last] = await Promise.all([
    Promise.all(manifest.trained_on.map((one) => checkSnapshot(reader, one))),
    reader.ask(models, "model", "withdrawn", { model: model.id }),
    model.versions === 0 ? null : reader.ask(models, "model", "version", { model: model.id, number: model.versions }),
  ]);
  const again: Check[] = last?.manifest.weights_hash === manifest.weights_hash ? [{ is: "doubtful", says: `These are the weights of version ${last.number}.` }] : [];
  return [...checkPositions(model, manifest, positionsIn(withdrawn, model.positions)), ...checkDatanets(manifest), ...snapshots, ...again];
}

function checkPositions(model: Model, manifest: VersionManifest, withdrawn: readonly number[]): readonly Check[] {
  if (model.positions === 0) return [wrong("The model uses no contributions yet. Append those that it was trained on first.")];
  if (manifest.positions !== model.positions) {
    return [wrong(`The manifest counts ${manifest.positions} positions and the model has ${model.positions}. Append the contributions that it was trained on, in their order; what was appended later is left out.`)];
  }
  const leftOut = positionsIn(manifest.left_out, manifest.positions);
  const missing = withdrawn.filter((position) => !leftOut.includes(position));
  const learned = manifest.positions - leftOut.length;
  return [
    learned === 0 ? wrong("Every position is left out. A version is trained on at least one contribution.") : right(`It was trained on ${learned} of ${model.positions} positions.`),
    missing.length > 0 ? wrong(`Positions ${showNumbers(missing)} were withdrawn or slashed. Train without them, and leave them out.`) : right("Nothing that was withdrawn or slashed is among them."),
    ...(manifest.trained_on.length > 0 ? [checkCounts(manifest, learned)] : []),
  ];
}

/** Each position is a contribution of a snapshot, so there cannot be more of them. */
function checkCounts({ trained_on }: VersionManifest, learned: number): Check {
  const most = trained_on.reduce((sum, { version }) => sum + (/^[0-9]+$/.test(version) ? BigInt(version) : 0n), 0n);
  return most < BigInt(learned) ? wrong(`The snapshots hold ${most} contributions, and it was trained on ${learned}. A snapshot is missing, or is too old.`) : right(`The snapshots hold ${most} contributions.`);
}

function checkDatanets({ trained_on }: VersionManifest): readonly Check[] {
  if (trained_on.length === 0) return [wrong("Name the DataNets that it was trained on.")];
  const twice = trained_on.find((one, index) => trained_on.findIndex((other) => other.datanet === one.datanet) !== index);
  return twice ? [wrong(`DataNet ${twice.datanet} stands twice. Name one snapshot of each, the latest used.`)] : [];
}

async function checkSnapshot(reader: Reader, { datanet, version, root }: TrainedOn): Promise<Check> {
  try {
    const found = await reader.ask(reader.deployment.contracts.datanet, "datanet", "snapshot", { datanet, version });
    return found.root === root
      ? right(`The first ${version} contributions of DataNet ${datanet} have the root that the manifest names.`)
      : wrong(`The first ${version} contributions of DataNet ${datanet} have another root than the manifest names. It was trained on other data, or for another chain.`);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.kind !== "contract") throw problem;
    return wrong(`DataNet ${datanet} has no snapshot ${version}. ${problem.message}`);
  }
}

const right = (says: string): Check => ({ is: "right", says });
const wrong = (says: string): Check => ({ is: "wrong", says });
