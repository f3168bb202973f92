// A curator's judgement on proposed examples. Whoever has the owner's file sees whether it is what was proposed.
import { Box, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Curatorship, Model } from "../../../../schema/model";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Code, To } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Note } from "../../components/ui";
import { ExamplesFile, type ExamplesRead } from "./ExamplesFile";

/** The proposal of a model, for who may approve it. */
export function Approve({ model, onBehalf }: { model: Model; onBehalf: Curatorship }) {
  const { contracts } = useDeployment();
  const [read, setRead] = useState<ExamplesRead | null>(null);
  const { proposal } = model.validation;
  if (!proposal) return null;
  const same = read?.root === proposal.root && String(read.count) === proposal.count;
  const body = { model: model.id, on_behalf: onBehalf, root: proposal.root };
  return (
    <Flex direction="column" gap="3" data-testid={`proposal-${model.id}`}>
      <Text size="2">
        <To to={`/models/${model.id}`}>{model.name}</To>: {proposal.count} examples, to be published at {proposal.uri || "no address"}, root <Code>{proposal.root}</Code>. You approve {"model" in onBehalf ? "as a curator of the model" : "as a curator of a DataNet that it uses"}.
      </Text>
      <ExamplesFile read={read} onRead={setRead} />
      {read && <Note color={same ? "green" : "red"} testid="examples-same">{same ? "The file holds exactly what was proposed." : "The file holds something else than what was proposed. Ask the owner for the right one, and do not approve."}</Note>}
      <Box>
        <SendButton title="Approve the examples" size="1" disabled={read !== null && !same} testid={`approve-${model.id}`} messages={() => [message(contracts.model, "model", "approve_validation", body, "Approve examples")]} />
      </Box>
    </Flex>
  );
}
