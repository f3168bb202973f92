// A listing of the chain, one page at a time: however long it is, one page is read and shown.
import { Button, Flex, Text, TextField } from "@radix-ui/themes";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { liveMs } from "../chain/ChainContext";
import type { Page } from "../../../schema/settlement";

/** Entries of a page. */
export const pageLength = 25;

/** A listing as the contracts give it. */
interface Listing<Row> {
  readonly key: readonly unknown[];
  /** Reads a page of the contract. */
  readonly read: (page: Page) => Promise<readonly Row[]>;
  /** The lower bound of the page after a row, in the listing's own order. */
  readonly cursor: (row: Row) => string;
}

/** One page of a listing, and the ways to others. */
export interface Pages<Row> {
  readonly query: UseQueryResult<readonly Row[]>;
  readonly rows: readonly Row[];
  readonly number: number;
  readonly next: (() => void) | null;
  readonly previous: (() => void) | null;
  /** Goes to the page that begins with an entry. */
  readonly goTo: (cursor: string | null) => void;
}

/** Reads a listing page by page. One row more than shown is asked for: whether there is a next page. */
export function usePages<Row>({ key, read, cursor }: Listing<Row>): Pages<Row> {
  const [starts, setStarts] = useState<readonly (string | null)[]>([null]);
  const start = starts.at(-1) ?? null;
  const query = useQuery({
    queryKey: [...key, "page", start],
    queryFn: () => read(start === null ? { limit: pageLength + 1 } : { limit: pageLength + 1, start_after: start }),
    placeholderData: keepPreviousData,
    refetchInterval: liveMs,
  });
  const found = query.data ?? [];
  const rows = found.slice(0, pageLength);
  const last = rows.at(-1);
  return {
    query,
    rows,
    number: starts.length,
    next: found.length > pageLength && last !== undefined ? () => setStarts([...starts, cursor(last)]) : null,
    previous: starts.length > 1 ? () => setStarts(starts.slice(0, -1)) : null,
    goTo: (to) => setStarts(to === null ? [null] : [null, to]),
  };
}

/** Buttons for the pages, and a field for an entry's number if `first` says how numbers become lower bounds. */
export function PageButtons<Row>({ pages, what, before, testid }: { pages: Pages<Row>; what: string; before?: (number: bigint) => string | null; testid: string }) {
  if (pages.number === 1 && !pages.next) return null;
  return (
    <Flex gap="3" align="center" wrap="wrap" mt="3" asChild>
      <nav aria-label={`Pages of ${what}`}>
        <Button variant="soft" disabled={!pages.previous} onClick={() => pages.previous?.()} data-testid={`${testid}-previous`}>
          Previous
        </Button>
        <Text size="2" color="gray" aria-live="polite" data-testid={`${testid}-page`}>
          Page {pages.number}
        </Text>
        <Button variant="soft" disabled={!pages.next} onClick={() => pages.next?.()} data-testid={`${testid}-next`}>
          Next
        </Button>
        {before && <GoTo what={what} go={(number) => pages.goTo(before(number))} testid={testid} />}
      </nav>
    </Flex>
  );
}

function GoTo({ what, go, testid }: { what: string; go: (number: bigint) => void; testid: string }) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (/^[0-9]{1,19}$/.test(text)) go(BigInt(text));
  };
  return (
    <form onSubmit={submit}>
      <Flex gap="2" align="center">
        <TextField.Root aria-label={`Number to go to in ${what}`} placeholder="Number" inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} data-testid={`${testid}-goto`} />
        <Button type="submit" variant="soft" data-testid={`${testid}-go`}>
          Go
        </Button>
      </Flex>
    </form>
  );
}
