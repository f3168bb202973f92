// The models whose proved debts a DataNet's bonds answer for. Its owner announces, confirms and revokes them.
import { Box, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Datanet, Recognition } from "../../../../schema/datanet";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { TextInput } from "../../components/fields";
import { To } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Table } from "../../components/Table";
import { Section, Shown, State } from "../../components/ui";
import { useHasCome } from "../../components/time";
import { useWallet } from "../../wallet/WalletContext";

/** The models, and what the owner can do. */
export function Recognitions({ datanet }: { datanet: Datanet }) {
  const { account } = useWallet();
  const query = useAsk("datanet", "recognitions", { datanet: datanet.id });
  const owner = account?.address === datanet.owner;
  return (
    <Section title="Recognised models" note="Only a recognised model can take proved debt from the bonds of contributions here.">
      <Shown query={query} empty={(rows) => rows.length === 0} none="This DataNet recognises no model.">
        {(rows) => (
          <Table
            caption="Recognised models"
            rows={rows}
            rowKey={(row) => row.model}
            columns={[
              { title: "Model", cell: (row) => <To to={`/models/${row.model}`}>{row.model}</To> },
              { title: "State", cell: (row) => <State is={row.confirmed ? "confirmed" : "announced"} /> },
              { title: "Actions", cell: (row) => (owner ? <Change datanet={datanet.id} recognition={row} /> : null) },
            ]}
          />
        )}
      </Shown>
      {owner && <Announce datanet={datanet.id} />}
    </Section>
  );
}

function Change({ datanet, recognition }: { datanet: string; recognition: Recognition }) {
  const { contracts } = useDeployment();
  const config = useAsk("datanet", "config", {});
  const over = useHasCome(config.data ? (BigInt(recognition.proposed_at) + BigInt(config.data.notice_period)).toString() : null);
  const body = { datanet, model: recognition.model };
  return (
    <Flex gap="2" wrap="wrap">
      {!recognition.confirmed && (
        <SendButton title="Confirm" size="1" disabled={!over} testid={`confirm-recognition-${recognition.model}`} messages={() => [message(contracts.datanet, "datanet", "confirm_recognition", body, "Confirm a recognition")]} />
      )}
      <SendButton title="Revoke" size="1" color="red" variant="soft" testid={`revoke-recognition-${recognition.model}`} messages={() => [message(contracts.datanet, "datanet", "revoke_recognition", body, "Revoke a recognition")]} />
    </Flex>
  );
}

function Announce({ datanet }: { datanet: string }) {
  const { contracts } = useDeployment();
  const [model, setModel] = useState("");
  const valid = /^[1-9][0-9]*$/.test(model);
  return (
    <Box mt="4" maxWidth="24rem">
      <Flex direction="column" gap="2">
        <TextInput label="Announce a model" hint="Its number. After the notice you confirm it." value={model} onChange={setModel} testid="announce-model" problem={model !== "" && !valid ? "Enter the number of a model." : null} />
        <Text>
          <SendButton title="Announce" disabled={!valid} testid="announce" messages={() => [message(contracts.datanet, "datanet", "propose_recognition", { datanet, model }, "Announce a model")]} />
        </Text>
      </Flex>
    </Box>
  );
}
