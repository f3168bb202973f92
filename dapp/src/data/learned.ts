// The contributions that a training learned from, as `oracle train` lists them.
import type { Reader } from "../chain/reader";
import { all } from "./listing";

/** Reads `snapshot.json`: contributions in the order of the training. Rejects with a sentence that says what is wrong with it. */
export async function readLearned(file: File): Promise<readonly number[]> {
  const none = new Error("This is no list of contributions. Drop snapshot.json, which oracle train wrote beside the weights.");
  let found: unknown;
  try {
    found = JSON.parse(await file.text());
  } catch {
    throw none;
  }
  const { contributions } = (found ?? {}) as { contributions?: unknown };
  if (!Array.isArray(contributions) || contributions.length === 0) throw none;
  return contributions.map((one: { contribution?: unknown } | null) => {
    const id = one?.contribution;
    if (typeof id !== "string" || !/^[1-9][0-9]{0,14}$/.test(id)) throw none;
    return parseInt(id, 10);
  });
}

/** Those of some contributions that a model does not use yet, in their order. */
export async function withoutUsed(reader: Reader, model: string, contributions: readonly number[]): Promise<readonly number[]> {
  const { model: models } = reader.deployment.contracts;
  const used = await all((page) => reader.ask(models, "model", "used", { model, page }), (row) => String(row.position));
  const known = new Set(used.map((row) => row.contribution));
  return contributions.filter((one) => !known.has(String(one)));
}
