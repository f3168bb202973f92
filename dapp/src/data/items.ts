// From dropped files to items: what each kind of file holds. Canonical bytes and digests come from the rules.
import { hex } from "../keep/commitments";
import { digestItem, type ItemContent, itemsRoot } from "../rules/calls";
import type { Rules } from "../rules/module";

/** A batch of items, ready to be committed to. */
export interface Batch {
  /** Canonical bytes as hex. */
  readonly items: readonly string[];
  readonly digests: readonly string[];
  readonly root: string;
  /** Bytes of all items. */
  readonly bytes: bigint;
  /** What each item looks like, for people: the first words, or the size of an image. */
  readonly looks: readonly string[];
  /** Items that stand more than once: how many. */
  readonly repeated: number;
}

/** Items of a contribution at most, here: more belong into several contributions. */
export const mostItems = 20_000;
const mostBytes = 64 * 1024 * 1024;

/** Reads files. Rejects with a sentence that names the file and line that could not be read. */
export async function readItems(files: readonly File[]): Promise<readonly ItemContent[]> {
  const size = files.reduce((total, file) => total + file.size, 0);
  if (size > mostBytes) throw new Error("These files have more than 64 MiB together. Split them into several contributions.");
  const items = (await Promise.all(files.map(readFile))).flat();
  if (items.length === 0) throw new Error("There are no items in these files.");
  if (items.length > mostItems) throw new Error(`There are ${items.length} items. Split them into contributions of at most ${mostItems}.`);
  return items;
}

async function readFile(file: File): Promise<readonly ItemContent[]> {
  const text = await file.text();
  const name = file.name.toLowerCase();
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return lines(text).map((line, index) => itemFromJson(parse(line, `${file.name}, line ${index + 1}`), `${file.name}, line ${index + 1}`));
  if (name.endsWith(".json")) return list(parse(text, file.name), file.name).map((item, index) => itemFromJson(item, `${file.name}, item ${index + 1}`));
  if (name.endsWith(".csv")) return lines(text).map((line, index) => fromCsv(line, `${file.name}, line ${index + 1}`));
  if (name.endsWith(".txt") || name.endsWith(".md")) return [{ text }];
  throw new Error(`${file.name}: use .txt, .md (one item each), .jsonl, .json (many), or .csv (images: label and pixels).`);
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where}: this is no JSON.`);
  }
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where}: a list of items was expected.`);
  return value;
}

/** `"text"` (or hex, as items are published), `{"text": …}`, or `{"width", "height", "label", "pixels": [0, …]}`. */
export function itemFromJson(value: unknown, where: string): ItemContent {
  if (typeof value === "string") return /^(?:[0-9a-f]{2}){8,}$/.test(value) ? { canonical: value } : { text: value };
  if (typeof value === "object" && value !== null) {
    const found = value as Record<string, unknown>;
    if (typeof found["text"] === "string") return { text: found["text"] };
    if (Array.isArray(found["pixels"])) return image(found["pixels"], found["label"], found["width"], found["height"], where);
  }
  throw new Error(`${where}: a text, an object with "text", or one with "pixels", "label", "width" and "height" was expected.`);
}

/** A label, then the grey values of a square image. */
function fromCsv(line: string, where: string): ItemContent {
  const [label, ...pixels] = line.split(",").map((part) => (/^[0-9]+$/.test(part.trim()) ? parseInt(part, 10) : NaN));
  const side = Math.sqrt(pixels.length);
  return image(pixels, label, side, side, where);
}

function image(pixels: readonly unknown[], label: unknown, width: unknown, height: unknown, where: string): ItemContent {
  const small = (value: unknown, most: number): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
  if (!small(label, 65_535) || !small(width, 65_535) || !small(height, 65_535)) throw new Error(`${where}: label, width and height are whole numbers from 0 to 65535.`);
  if (pixels.length === 0 || !pixels.every((pixel) => small(pixel, 255))) throw new Error(`${where}: grey values are whole numbers from 0 to 255.`);
  return { image: { width, height, label, pixels: hex(Uint8Array.from(pixels as number[])) } };
}

/** Digests the items. A key is that of a private DataNet. */
export function digestBatch(rules: Rules, items: readonly ItemContent[], key?: string): Batch {
  const digested = items.map((item) => digestItem(rules, item, key));
  const empty = digested.findIndex((item) => item.canonical === "");
  if (empty >= 0) throw new Error(`Item ${empty + 1} is empty. Take it out.`);
  const digests = digested.map((item) => item.digest);
  return {
    items: digested.map((item) => item.canonical),
    digests,
    root: itemsRoot(rules, digests),
    bytes: digested.reduce((total, item) => total + BigInt(item.canonical.length / 2), 0n),
    looks: items.map(look),
    repeated: digests.length - new Set(digests).size,
  };
}

function look(item: ItemContent): string {
  if ("image" in item) return `image of ${item.image.width} × ${item.image.height}, label ${item.image.label}`;
  if ("canonical" in item) return `${item.canonical.length / 2} bytes`;
  const plain = item.text.trim().replace(/\s+/g, " ");
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}
