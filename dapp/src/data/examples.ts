// Validation examples out of a file, and the root that commits to them.
import { digestItem, exampleDigest, type ItemContent, validationRoot } from "../rules/calls";
import type { Rules } from "../rules/module";
import { itemFromJson } from "./items";

/** An example: an item, and which kind of queries it stands for. */
export interface Example {
  readonly item: ItemContent;
  readonly stratum: number;
}

/** Examples that one proposal holds here. */
const most = 100_000;
const mostBytes = 64 * 1024 * 1024;

/**
 * Reads a file: `.jsonl` with an example per line, or `.json` with a list of them or with `examples`, as they are published. An example is an
 * item as contributions have it, with `stratum` (0 if absent), or `{"item": hex, "stratum": …}`. Rejects with a sentence.
 */
export async function readExamples(file: File): Promise<readonly Example[]> {
  if (file.size > mostBytes) throw new Error(`${file.name} has more than 64 MiB. Propose fewer examples at once.`);
  const text = await file.text();
  const lines = file.name.toLowerCase().endsWith(".jsonl");
  const values = lines ? text.split("\n").filter((line) => line.trim() !== "").map((line, index) => parse(line, `${file.name}, line ${index + 1}`)) : listed(parse(text, file.name), file.name);
  if (values.length === 0) throw new Error(`There are no examples in ${file.name}.`);
  if (values.length > most) throw new Error(`There are ${values.length} examples. Propose at most ${most} at once.`);
  return values.map((value, index) => example(value, `${file.name}, ${lines ? "line" : "example"} ${index + 1}`));
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where}: this is no JSON.`);
  }
}

function listed(value: unknown, where: string): readonly unknown[] {
  const list = Array.isArray(value) ? value : (value as { examples?: unknown } | null)?.examples;
  if (!Array.isArray(list)) throw new Error(`${where}: a list of examples was expected.`);
  return list;
}

function example(value: unknown, where: string): Example {
  const { item, stratum = 0 } = (typeof value === "object" && value !== null ? value : {}) as { item?: unknown; stratum?: unknown };
  if (typeof stratum !== "number" || !Number.isInteger(stratum) || stratum < 0 || stratum > 65_535) throw new Error(`${where}: a stratum is a whole number from 0 to 65535.`);
  if (typeof item === "string" && /^(?:[0-9a-f]{2})+$/.test(item)) return { item: { canonical: item }, stratum };
  return { item: itemFromJson(value, where), stratum };
}

/** What a proposal of these examples commits to. */
export function rootOf(rules: Rules, examples: readonly Example[]): string {
  return validationRoot(rules, examples.map(({ item, stratum }) => exampleDigest(rules, digestItem(rules, item).digest, stratum)));
}
