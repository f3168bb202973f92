// What was held against the chain before a version is sent.
import { Flex, Text } from "@radix-ui/themes";
import type { UseQueryResult } from "@tanstack/react-query";
import { Failed, State, Waiting } from "../../components/ui";
import type { Check } from "../../data/versionChecks";

/** The checks, each with a word and a sentence. */
export function Checks({ query }: { query: UseQueryResult<readonly Check[]> }) {
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  if (!query.data) return query.fetchStatus === "idle" ? null : <Waiting lines={2} />;
  return (
    <Flex direction="column" gap="2" role="status" aria-label="Held against the chain" data-testid="manifest-checks">
      {query.data.map((check) => (
        <Flex key={check.says} gap="2" align="start" data-testid="manifest-check" data-is={check.is}>
          <State is={check.is} />
          <Text size="2">{check.says}</Text>
        </Flex>
      ))}
    </Flex>
  );
}
