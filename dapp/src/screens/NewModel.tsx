// Creating a model: what it is made from, how its fees are shared, what a call costs, who serves and who judges it. Each field says
// whether it can be changed later.
import { Box, Flex, Grid } from "@radix-ui/themes";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useDeployment } from "../chain/ChainContext";
import { message } from "../chain/messages";
import type { Receipt } from "../chain/sender";
import { Choice, TextInput } from "../components/fields";
import { SendButton } from "../components/SendButton";
import { Note, Screen, Section } from "../components/ui";
import { useMethods } from "../data/methods";
import { useWallet } from "../wallet/WalletContext";
import { PriceLines } from "./model/PriceLines";
import { blank, type Draft, newModel, problemIn } from "./newmodel/draft";
import { LineageFields } from "./newmodel/LineageFields";
import { StakeFields, TermsFields } from "./newmodel/MoneyFields";

/** The screen. */
export function NewModel() {
  const { contracts } = useDeployment();
  const { account } = useWallet();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(blank);
  const set = (name: keyof Draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const problem = problemIn(draft);
  const created = (receipt: Receipt) => {
    const id = receipt.events.find((event) => event.type === "model_created")?.attributes["model"];
    if (id) void navigate(`/models/${id}`);
  };
  const messages = () => {
    const made = account && newModel(draft, account.address);
    return made ? [message(contracts.model, "model", "create_model", made, "Create a model")] : null;
  };
  return (
    <Screen title="New model" lead="A model is a place on chain for what you train: contributions, versions, prices, and how its fees are shared.">
      <Section title="What it is">
        <Flex direction="column" gap="4">
          <TextInput label="Name" value={draft.name} onChange={set("name")} testid="model-name" hint="1 to 64 characters. For good." />
          <LineageFields draft={draft} onChange={setDraft} />
          <Operation draft={draft} set={set} />
        </Flex>
      </Section>
      <Section title="How a fee is shared">
        <Flex direction="column" gap="4">
          <TermsFields draft={draft} set={set} />
        </Flex>
      </Section>
      <Section title="What payers pay" note="You can set new prices at any time.">
        <PriceLines lines={draft.prices} onChange={(prices) => setDraft({ ...draft, prices })} />
      </Section>
      <Section title="Its stake" note="Every model has one: 1,000,000 shares, which whoever holds them can pass on.">
        <Flex direction="column" gap="4">
          <StakeFields draft={draft} set={set} />
        </Flex>
      </Section>
      {problem && draft.name !== "" && <Note color="amber" testid="model-problem">{problem}</Note>}
      <Box>
        <SendButton title="Create the model" testid="create-model" disabled={problem !== null} onDone={created} messages={messages} />
      </Box>
    </Screen>
  );
}

/** Who measures, serves and judges. */
function Operation({ draft, set }: { draft: Draft; set: (name: keyof Draft) => (value: string) => void }) {
  const methods = useMethods();
  const choices = (methods.data ?? []).map((method) => [method.id, `${method.params.name} (${method.id})`] as const);
  return (
    <Grid columns={{ initial: "1", sm: "2" }} gap="4">
      <Choice label="How its scores are measured" value={draft.method} onChange={set("method")} testid="model-method" choices={[["", "Choose a method"], ...choices]} hint="A method and its operators, for good. Language models take one named ekfac/1." problem={methods.data?.length === 0 ? "No method is registered on this chain yet: governance registers the first." : null} />
      <TextInput label="Gateway" value={draft.gateway} onChange={set("gateway")} testid="model-gateway" hint="The account that oracle serve runs with, for good. Empty: this account." />
      <TextInput label="Curators" value={draft.curators} onChange={set("curators")} testid="model-curators" hint="Addresses of who approves the examples that usefulness is measured with; not yours. For good." />
    </Grid>
  );
}
