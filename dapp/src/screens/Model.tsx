// A model: what it was made from, its terms, versions, rounds, fees and accounts.
import { Tabs } from "@radix-ui/themes";
import { useParams } from "react-router";
import type { Model } from "../../../schema/model";
import { useAsk } from "../chain/ChainContext";
import { Tiles } from "../components/figures";
import { Open } from "../components/figures";
import { Screen, Section, Shown } from "../components/ui";
import { Fees } from "./model/Fees";
import { Lineage } from "./model/Lineage";
import { Positions } from "./model/Positions";
import { Rounds } from "./model/Rounds";
import { Terms } from "./model/Terms";
import { Validation } from "./model/Validation";
import { Versions } from "./model/Versions";

/** The screen. */
export function ModelScreen() {
  const { id = "" } = useParams();
  const query = useAsk("model", "model", { model: id }, { live: true });
  return (
    <Screen title={query.data?.name ?? `Model ${id}`} lead={query.data && lead(query.data)}>
      <Money model={id} />
      <Section title="About this model">
        <Shown query={query}>{(model) => <Parts model={model} />}</Shown>
      </Section>
    </Screen>
  );
}

function lead(model: Model): string {
  const what = { base: "A base model", adapter: "An adapter of another model", merge: "A merge of other models" }[model.kind];
  return `${what}, with ${model.positions} contributions and ${model.versions} ${model.versions === 1 ? "version" : "versions"}.`;
}

function Money({ model }: { model: string }) {
  const totals = useAsk("settlement", "model_totals", { model }, { live: true });
  return (
    <Section title="Money">
      <Shown query={totals}>
        {(found) => {
          const { influence, owner, parents, protocol, stake } = found.unsettled;
          const unsettled = [influence, owner, parents, protocol, stake].reduce((total, part) => total + BigInt(part), 0n);
          return (
            <Tiles
              tiles={[
                ["Fees before a round", <Open key="unsettled" uopen={unsettled} testid="model-unsettled" />],
                ["Earned by contributors", <Open key="liability" uopen={found.liability} testid="model-liability" />, "ever"],
                ["Released to them", <Open key="payable" uopen={found.payable} />, "ever"],
                ["Claimed", <Open key="claimed" uopen={found.claimed} />],
                ["Royalties owed to parents", <Open key="owed" uopen={found.royalties_owed} />],
                ["Settled through epoch", found.settled_through ?? "none yet"],
              ]}
            />
          );
        }}
      </Shown>
    </Section>
  );
}

function Parts({ model }: { model: Model }) {
  return (
    <Tabs.Root defaultValue="positions">
      <Tabs.List wrap="wrap">
        <Tabs.Trigger value="positions" data-testid="tab-positions">Contributions</Tabs.Trigger>
        <Tabs.Trigger value="rounds" data-testid="tab-rounds">Rounds</Tabs.Trigger>
        <Tabs.Trigger value="fees" data-testid="tab-fees">Fees</Tabs.Trigger>
        <Tabs.Trigger value="terms" data-testid="tab-terms">Terms and prices</Tabs.Trigger>
        <Tabs.Trigger value="versions" data-testid="tab-versions">Versions</Tabs.Trigger>
        <Tabs.Trigger value="validation" data-testid="tab-validation">Examples</Tabs.Trigger>
        <Tabs.Trigger value="lineage" data-testid="tab-lineage">Lineage</Tabs.Trigger>
      </Tabs.List>
      <Tabs.Content value="positions"><Positions model={model} /></Tabs.Content>
      <Tabs.Content value="rounds"><Rounds model={model} /></Tabs.Content>
      <Tabs.Content value="fees"><Fees model={model} /></Tabs.Content>
      <Tabs.Content value="terms"><Terms model={model} /></Tabs.Content>
      <Tabs.Content value="versions"><Versions model={model} /></Tabs.Content>
      <Tabs.Content value="validation"><Validation model={model} /></Tabs.Content>
      <Tabs.Content value="lineage"><Lineage model={model} /></Tabs.Content>
    </Tabs.Root>
  );
}
