// Stakes: what an account holds of each model, its dividends, and moving units to others.
import { Box, Flex, Grid } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../schema/model";
import { percentOf, readTyped } from "../amount/amount";
import { useAskStake } from "../chain/ChainContext";
import { message } from "../chain/messages";
import { AmountInput, Choice, TextInput } from "../components/fields";
import { Open, Shares, To } from "../components/figures";
import { SendButton } from "../components/SendButton";
import { Table } from "../components/Table";
import { Note, Screen, Section, Shown } from "../components/ui";
import { useModels } from "../data/models";
import { useWallet } from "../wallet/WalletContext";

/** The screen. */
export function Stake() {
  const models = useModels();
  const { account } = useWallet();
  return (
    <Screen title="Stake" lead="Every model has a stake of 1,000,000 shares. Holders share its dividends.">
      {!account && <Note color="amber">Connect your wallet to see what you hold.</Note>}
      <Section title="Stakes" testid="stakes">
        <Shown query={models} empty={(rows) => rows.length === 0} none="No model was created on this chain yet.">
          {(rows) => (
            <Table
              caption="Stakes of models"
              testid="stakes-table"
              rows={rows.slice(0, 100)}
              rowKey={(row) => row.id}
              columns={[
                { title: "Model", cell: (row) => <To to={`/models/${row.id}`}>{row.name}</To> },
                { title: "You hold", cell: (row) => <Held model={row} />, numeric: true },
                { title: "Dividends to claim", cell: (row) => <Dividends model={row} />, numeric: true },
                { title: "Dividends so far", cell: (row) => <Received model={row} />, numeric: true },
                { title: "In reserves", cell: (row) => <Reserves model={row} />, numeric: true },
                { title: "Actions", cell: (row) => <ClaimDividends model={row} /> },
              ]}
            />
          )}
        </Shown>
      </Section>
      {account && models.data && models.data.length > 0 && (
        <Section title="Transfer shares" note="Dividends up to now stay yours: they are credited before units move." testid="transfer-section">
          <Transfer models={models.data} />
        </Section>
      )}
    </Screen>
  );
}

function useHolding(model: Model) {
  const { account } = useWallet();
  return useAskStake(account ? model.stake : null, "dividends", { account: account?.address ?? "" });
}

function Held({ model }: { model: Model }) {
  const { data } = useHolding(model);
  return data ? <Shares units={data.balance} testid={`held-${model.id}`} /> : "–";
}

function Dividends({ model }: { model: Model }) {
  const { data } = useHolding(model);
  return data ? <Open uopen={data.claimable} testid={`dividends-${model.id}`} /> : "–";
}

function Received({ model }: { model: Model }) {
  const { data } = useAskStake(model.stake, "dividend_totals", {});
  return data ? <Open uopen={data.received} /> : "…";
}

function Reserves({ model }: { model: Model }) {
  const { data } = useAskStake(model.stake, "reserves", {});
  if (!data) return "…";
  return percentOf(BigInt(data.contributors) + BigInt(data.work), 1_000_000_000_000n);
}

function ClaimDividends({ model }: { model: Model }) {
  const { data } = useHolding(model);
  if (!data || BigInt(data.claimable) === 0n || !model.stake) return null;
  const stake = model.stake;
  return <SendButton title="Claim" size="1" testid={`claim-dividends-${model.id}`} messages={() => [message(stake, "stake", "claim_dividends", { accounts: [] }, "Claim dividends")]} />;
}

function Transfer({ models }: { models: readonly Model[] }) {
  const [id, setId] = useState(models[0]?.id ?? "");
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("");
  const model = models.find((one) => one.id === id);
  const read = readTyped(amount);
  const ready = model?.stake && to !== "" && read.ok && read.units > 0n;
  return (
    <Flex direction="column" gap="3">
      <Grid columns={{ initial: "1", sm: "3" }} gap="3">
        <Choice label="Model" value={id} onChange={setId} testid="transfer-model" choices={models.map((one) => [one.id, one.name])} />
        <TextInput label="To" value={to} onChange={setTo} testid="transfer-to" hint="An address of this chain." />
        <AmountInput label="Shares" value={amount} onChange={setAmount} testid="transfer-amount" unit="shares" />
      </Grid>
      <Box>
        <SendButton
          title="Transfer shares"
          testid="transfer"
          disabled={!ready}
          messages={() => (model?.stake && read.ok ? [message(model.stake, "stake", "transfer", { recipient: to.trim(), amount: read.units.toString() }, "Transfer shares")] : null)}
          onDone={() => setAmount("")}
        />
      </Box>
    </Flex>
  );
}
