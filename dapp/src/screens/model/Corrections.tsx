// Where corrections of a model's answers go.
import { Box, Flex, Heading, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";

/** The owner's form. */
export function Corrections({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const [typed, setTyped] = useState(model.corrections ?? "");
  const named = /^[1-9][0-9]{0,18}$/.test(typed);
  const found = useAsk("datanet", "datanet", { datanet: typed }, { enabled: named });
  const datanet = typed === "" ? null : typed;
  const unchanged = datanet === (model.corrections ?? null);
  const hint = found.data ? `${found.data.settings.name}: its rules and reviews hold for corrections.` : "The number of a DataNet. Empty: nobody's corrections are taken.";
  const problem = typed !== "" && !named ? "Enter the number of a DataNet." : named && found.isError ? "There is no such DataNet." : null;
  return (
    <Flex direction="column" gap="3">
      <Heading as="h3" size="3">
        Corrections
      </Heading>
      <Text as="p" size="2" color="gray">
        Who paid for a call can say what the answer should have been. It becomes a contribution to the DataNet that you name here, and earns once you train a version with it.
      </Text>
      <Box maxWidth="24rem">
        <TextInput label="DataNet that takes them" value={typed} onChange={setTyped} testid="corrections-datanet" hint={hint} problem={problem} />
      </Box>
      <Box>
        <SendButton title={datanet === null ? "Take no corrections" : "Send corrections there"} disabled={unchanged || problem !== null || (named && !found.data)} testid="set-corrections" messages={() => [message(contracts.model, "model", "set_corrections", { model: model.id, datanet }, "Set corrections")]} />
      </Box>
    </Flex>
  );
}
