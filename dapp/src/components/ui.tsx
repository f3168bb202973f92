// Small parts that all screens share: titles, figures, states of loading, of nothing, of failing.
import { Badge, Box, Button, Callout, Card, Flex, Heading, Skeleton, Text } from "@radix-ui/themes";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { problemOf } from "../chain/problems";

/** Whether a screen was shown before: the first one leaves the focus at the top of the page. */
let opened = false;

/** A screen: its title is the page's, and gets the focus when somebody goes there from another screen. */
export function Screen({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Attribution`;
  }, [title]);
  useEffect(() => {
    if (opened) heading.current?.focus({ preventScroll: true });
    opened = true;
  }, []);
  return (
    <Flex direction="column" gap="5">
      <Flex justify="between" align="end" gap="3" wrap="wrap">
        <Box>
          <Heading as="h1" size="7" ref={heading} tabIndex={-1} data-testid="screen-title">
            {title}
          </Heading>
          {lead && (
            <Text as="p" color="gray" mt="1">
              {lead}
            </Text>
          )}
        </Box>
        {actions && (
          <Flex gap="2" wrap="wrap">
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </Flex>
  );
}

/** A part of a screen. */
export function Section({ title, note, actions, children, testid }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode; testid?: string }) {
  return (
    <Card size="2" asChild>
      <section aria-label={title} data-testid={testid}>
        <Flex justify="between" align="center" gap="3" wrap="wrap" mb="3">
          <Box>
            <Heading as="h2" size="4">
              {title}
            </Heading>
            {note && (
              <Text as="p" size="2" color="gray">
                {note}
              </Text>
            )}
          </Box>
          {actions}
        </Flex>
        {children}
      </section>
    </Card>
  );
}

/** What a query came to: what it shows while it waits, fails, or finds nothing. */
export function Shown<T>({ query, empty, none, children }: { query: UseQueryResult<T>; empty?: (data: T) => boolean; none?: ReactNode; children: (data: T) => ReactNode }) {
  if (query.isPending) return <Waiting />;
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  if (empty?.(query.data)) return <Nothing>{none ?? "There is nothing here yet."}</Nothing>;
  return <>{children(query.data)}</>;
}

/** Lines that stand for what is being read. */
export function Waiting({ lines = 3 }: { lines?: number }) {
  return (
    <Flex direction="column" gap="2" role="status" aria-label="Reading the chain" data-testid="waiting">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height="1.4em" />
      ))}
    </Flex>
  );
}

/** Why something could not be read. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const problem = problemOf(error);
  return (
    <Callout.Root color="red" role="alert" data-testid="failed" data-kind={problem.kind}>
      <Callout.Text>{problem.message}</Callout.Text>
      {again && (
        <Box>
          <Button size="1" variant="soft" color="red" onClick={again} data-testid="try-again">
            Try again
          </Button>
        </Box>
      )}
    </Callout.Root>
  );
}

/** That there is nothing, and what to do about it. */
export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text as="p" color="gray" data-testid="nothing">
      {children}
    </Text>
  );
}

/** A note that is neither good nor bad. */
export function Note({ children, color = "gray", testid }: { children: ReactNode; color?: "gray" | "amber" | "green" | "blue" | "red"; testid?: string }) {
  return (
    <Callout.Root color={color} size="1" data-testid={testid}>
      <Callout.Text>{children}</Callout.Text>
    </Callout.Root>
  );
}

type Colour = "gray" | "green" | "amber" | "red" | "blue";

/** Colours of what stands on chain; the word is always there too. */
const colours: Readonly<Record<string, Colour>> = {
  accepted: "green", settled: "green", confirmed: "green", open: "blue", pending: "amber", committed: "blue", commit: "blue", reveal: "blue",
  aggregate: "blue", advance: "blue", rejected: "red", slashed: "red", forfeited: "red", withdrawn: "gray", closed: "gray", "no quorum": "amber", "too few": "amber",
  "nothing measured": "amber", closing: "amber", active: "green", leaving: "amber", left: "gray", "bond short": "amber", waiting: "blue", announced: "amber",
  right: "green", wrong: "red", doubtful: "amber",
};

/** A state as a word in its colour. */
export function State({ is, testid }: { is: string; testid?: string }) {
  const word = is.replaceAll("_", " ");
  return (
    <Badge color={colours[word] ?? "gray"} variant="soft" data-testid={testid}>
      {word}
    </Badge>
  );
}
