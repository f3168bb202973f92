// Proposing examples that rounds will measure usefulness with.
import { Box, Flex, Heading, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";
import { ExamplesFile, type ExamplesRead } from "./ExamplesFile";

/** The owner's form. */
export function ProposeForm({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const [read, setRead] = useState<ExamplesRead | null>(null);
  const [uri, setUri] = useState("");
  const propose = () => (read ? [message(contracts.model, "model", "propose_validation", { model: model.id, root: read.root, count: String(read.count), uri: uri.trim() }, "Propose examples")] : null);
  return (
    <Flex direction="column" gap="3" data-testid="propose-form">
      <Heading as="h3" size="3">
        Propose examples
      </Heading>
      <Text as="p" size="2" color="gray">
        Only their root goes on chain now. Give the file to a curator of the model and to one of a DataNet that it uses, in private: whoever sees examples early can train for them. A round publishes what it used.{" "}
        {model.validation.proposal && "A new proposal replaces the open one, and its approvals are void."}
      </Text>
      <ExamplesFile read={read} onRead={setRead} />
      <Box maxWidth="36rem">
        <TextInput label="Where they will be published" value={uri} onChange={setUri} testid="examples-uri" hint="Up to 512 characters." placeholder="https://…" />
      </Box>
      <Box>
        <SendButton title="Propose the examples" disabled={!read || uri.length > 512} testid="propose" messages={propose} onDone={() => setRead(null)} />
      </Box>
    </Flex>
  );
}
