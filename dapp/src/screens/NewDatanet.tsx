// Creating a DataNet: its rules, fixed for good, so the form says what each means.
import { Box, Flex, Grid, TextArea } from "@radix-ui/themes";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Admission } from "../../../schema/datanet";
import { readTyped } from "../amount/amount";
import { useDeployment } from "../chain/ChainContext";
import { message } from "../chain/messages";
import type { Receipt } from "../chain/sender";
import { AmountInput, Choice, Field, TextInput } from "../components/fields";
import { SendButton } from "../components/SendButton";
import { Note, Screen, Section } from "../components/ui";
import { addresses } from "./names";
import { PrivateKey, useItemKey } from "./newdatanet/PrivateKey";

const blank = {
  name: "", description: "", admission: "open", accounts: "", threshold: "1", bond: "5", commits: "10", curators: "", licence: "CC-BY-4.0", media: "text/plain", share: "10", schema: "", key: "",
};

type Typed = typeof blank;

/** The screen. */
export function NewDatanet() {
  const { contracts } = useDeployment();
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Typed>(blank);
  const set = (name: keyof Typed) => (value: string) => setTyped({ ...typed, [name]: value });
  const itemKey = useItemKey(typed.key);
  const problem = problemIn(typed) ?? (typed.key !== "" && itemKey === null ? "The key has 64 hex digits." : null);
  const created = (receipt: Receipt) => {
    const id = receipt.events.find((event) => event.type === "datanet_created")?.attributes["datanet"];
    if (id) void navigate(`/datanets/${id}`);
  };
  return (
    <Screen title="New DataNet" lead="A list of contributions with rules of its own. The rules never change.">
      <Section title="Rules">
        <Flex direction="column" gap="4">
          <TextInput label="Name" value={typed.name} onChange={set("name")} testid="new-name" hint="1 to 64 characters." />
          <Field label="What belongs into it" hint="Up to 1,024 characters.">
            {({ id, describedBy }) => <TextArea id={id} aria-describedby={describedBy} value={typed.description} onChange={(event) => set("description")(event.target.value)} data-testid="new-description" />}
          </Field>
          <Grid columns={{ initial: "1", sm: "2" }} gap="4">
            <Choice label="Who may contribute" value={typed.admission} onChange={set("admission")} testid="new-admission" choices={[["open", "Everybody"], ["reviewed", "Everybody, and reviewers accept"], ["allowlist", "Listed accounts"]]} />
            {typed.admission !== "open" && <TextInput label={typed.admission === "reviewed" ? "Reviewers" : "Accounts"} value={typed.accounts} onChange={set("accounts")} testid="new-accounts" hint="Addresses, with spaces between them." />}
            {typed.admission === "reviewed" && <TextInput label="Votes that accept" value={typed.threshold} onChange={set("threshold")} testid="new-threshold" />}
            <TextInput label="Curators" value={typed.curators} onChange={set("curators")} testid="new-curators" hint="Addresses of who approves validation examples. May be empty." />
            <AmountInput label="Bond of a contribution" value={typed.bond} onChange={set("bond")} testid="new-bond" hint="Lost for copies and proved harm." />
            <TextInput label="Commits of an account a day" value={typed.commits} onChange={set("commits")} testid="new-commits" />
            <AmountInput label="A model must give contributors at least" unit="%" value={typed.share} onChange={set("share")} testid="new-share" />
            <TextInput label="Kind of items" value={typed.media} onChange={set("media")} testid="new-media" hint="A media type: text/plain, image/x-grey8." />
            <TextInput label="Licence at least" value={typed.licence} onChange={set("licence")} testid="new-licence" hint="An SPDX expression." />
            <TextInput label="Where items are described" value={typed.schema} onChange={set("schema")} testid="new-schema" hint="May be empty." />
          </Grid>
          <PrivateKey value={typed.key} name={typed.name} onChange={set("key")} />
          {problem && typed.name !== "" && <Note color="amber">{problem}</Note>}
          <Box>
            <SendButton title="Create the DataNet" testid="create-datanet" disabled={problem !== null} onDone={created} messages={() => [message(contracts.datanet, "datanet", "create_datanet", { ...settings(typed), item_key: itemKey }, "Create a DataNet")]} />
          </Box>
        </Flex>
      </Section>
    </Screen>
  );
}

function problemIn(typed: Typed): string | null {
  const bond = readTyped(typed.bond);
  const share = readTyped(typed.share, 2);
  if (typed.name === "") return "Enter a name.";
  if (!bond.ok || bond.units === 0n) return "The bond is an amount above 0.";
  if (!share.ok || share.units > 10_000n) return "The contributors' share is 0 to 100 %.";
  if (!/^[1-9][0-9]{0,8}$/.test(typed.commits)) return "Commits a day are a whole number above 0.";
  const accounts = addresses(typed.accounts);
  if (typed.admission !== "open" && accounts.length === 0) return "Enter at least one account.";
  const threshold = /^[1-9][0-9]?$/.test(typed.threshold) ? parseInt(typed.threshold, 10) : 0;
  if (typed.admission === "reviewed" && (threshold < 1 || threshold > accounts.length)) return "Votes that accept are 1 to the number of reviewers.";
  return null;
}

function settings(typed: Typed) {
  const bond = readTyped(typed.bond);
  const share = readTyped(typed.share, 2);
  return {
    name: typed.name, description: typed.description, admission: admission(typed), bond: bond.ok ? bond.units.toString() : "0", commits_per_day: parseInt(typed.commits, 10),
    curators: addresses(typed.curators), licence: typed.licence, media: typed.media, min_influence_share: share.ok ? parseInt(share.units.toString(), 10) : 0, schema: typed.schema,
  };
}

function admission(typed: Typed): Admission {
  const accounts = addresses(typed.accounts);
  if (typed.admission === "allowlist") return { allowlist: { accounts } };
  if (typed.admission === "reviewed") return { reviewed: { reviewers: accounts, threshold: parseInt(typed.threshold, 10) } };
  return { open: {} };
}
