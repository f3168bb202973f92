// Whole listings, page by page, for what must be known completely: what an account can claim, every settled round.
import type { Page } from "../../../schema/settlement";

/** Entries that contracts give at once. */
const most = 100;

/** Gathers a listing. `cursor` gives the lower bound of the page after an entry. */
export async function all<Entry>(read: (page: Page) => Promise<readonly Entry[]>, cursor: (entry: Entry) => string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const last = entries.at(-1);
    const next = await read(last === undefined ? { limit: most } : { limit: most, start_after: cursor(last) });
    entries.push(...next);
    if (next.length < most) return entries;
  }
}

/** Cuts a list into parts of at most `length`. */
export function parts<Entry>(entries: readonly Entry[], length: number): Entry[][] {
  const cut: Entry[][] = [];
  for (let from = 0; from < entries.length; from += length) cut.push(entries.slice(from, from + length));
  return cut;
}
