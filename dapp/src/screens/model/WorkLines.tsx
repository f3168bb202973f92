// Who computed or tuned a version, and which part of the work reserve pays for it.
import { Box, Flex, Text } from "@radix-ui/themes";
import type { WorkClaim } from "../../../../schema/model";
import { AddRemove } from "../../components/AddRemove";
import { Choice, PercentInput, TextInput } from "../../components/fields";

/** A claim as it is typed. */
export interface WorkLine {
  readonly account: string;
  readonly kind: WorkClaim["kind"];
  /** Per cent. */
  readonly share: string;
}

/** Claims of a version at most. */
const most = 64;

/** The lines. */
export function WorkLines({ lines, onChange }: { lines: readonly WorkLine[]; onChange: (lines: readonly WorkLine[]) => void }) {
  const change = (at: number, part: Partial<WorkLine>) => onChange(lines.map((line, index) => (index === at ? { ...line, ...part } : line)));
  return (
    <Flex direction="column" gap="3">
      {lines.map((line, index) => (
        <Flex key={index} gap="3" wrap="wrap" align="start">
          <Box flexGrow="1">
            <TextInput label={`Who worked, ${index + 1}`} value={line.account} onChange={(account) => change(index, { account })} testid={`work-account-${index}`} hint="An address." />
          </Box>
          <Choice label="At what" value={line.kind} onChange={(kind) => change(index, { kind: kind as WorkLine["kind"] })} testid={`work-kind-${index}`} choices={[["compute", "Computing"], ["fine_tuning", "Fine-tuning"]]} />
          <Box width="10rem">
            <PercentInput label="Of the reserve" value={line.share} onChange={(share) => change(index, { share })} testid={`work-share-${index}`} />
          </Box>
        </Flex>
      ))}
      <Flex gap="3" wrap="wrap" align="center">
        <AddRemove what="who worked on it" count={lines.length} least={0} most={most} testid="work" onAdd={() => onChange([...lines, { account: "", kind: "compute", share: "10" }])} onRemove={() => onChange(lines.slice(0, -1))} />
        <Text size="2" color="gray">
          Each is paid that part of what is left of the stake&rsquo;s reserve for work. May be nobody.
        </Text>
      </Flex>
    </Flex>
  );
}
