// What the owner of a model changes: prices at once, terms from the next epoch on and in the contributors' favour only, corrections.
import { Box, Flex, Grid, Heading, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model, Price } from "../../../../schema/model";
import { readPercent, readTyped, typedPercent, typedUnits } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { AmountInput, PercentInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";
import { Note } from "../../components/ui";
import { Corrections } from "./Corrections";
import { linesOf, PriceLines, pricesOf } from "./PriceLines";

/** The forms. */
export function OwnerForms({ model, prices }: { model: Model; prices: readonly Price[] }) {
  return (
    <Flex direction="column" gap="5" data-testid="owner-forms">
      <Prices key={model.price_sheet} model={model} prices={prices} />
      <Terms key={`${model.id}-${model.terms.influence}-${model.terms.stake}`} model={model} />
      <Corrections key={model.corrections ?? "none"} model={model} />
    </Flex>
  );
}

function Prices({ model, prices }: { model: Model; prices: readonly Price[] }) {
  const { contracts } = useDeployment();
  const [lines, setLines] = useState(() => linesOf(prices));
  const made = pricesOf(lines);
  return (
    <Flex direction="column" gap="3">
      <Heading as="h3" size="3">
        Change prices
      </Heading>
      <Text as="p" size="2" color="gray">
        They hold from the block on. Calls that were priced by an older sheet stay at its prices.
      </Text>
      <PriceLines lines={lines} onChange={setLines} />
      {"problem" in made && <Note color="amber">{made.problem}</Note>}
      <Box>
        <SendButton title="Set prices" disabled={"problem" in made} testid="set-prices" messages={() => ("prices" in made ? [message(contracts.model, "model", "set_prices", { model: model.id, prices: made.prices }, "Set prices")] : null)} />
      </Box>
    </Flex>
  );
}

function Terms({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const { terms } = model;
  const [influence, setInfluence] = useState(typedPercent(terms.influence));
  const [stake, setStake] = useState(typedPercent(terms.stake));
  const [release, setRelease] = useState(typedPercent(terms.release_rate));
  const [cap, setCap] = useState(typedUnits(terms.cap));
  const [toContributors, toStake, released, most] = [readPercent(influence), readPercent(stake), readPercent(release), readTyped(cap)];
  const owner = 10_000 - (toContributors ?? 0) - (toStake ?? 0) - terms.parents;
  const ready = toContributors !== null && toStake !== null && Boolean(released) && most.ok && owner >= 0;
  const changed = { ...terms, influence: toContributors ?? 0, stake: toStake ?? 0, owner: Math.max(0, owner), release_rate: released ?? 0, cap: most.ok ? most.units.toString() : "0" };
  return (
    <Flex direction="column" gap="3">
      <Heading as="h3" size="3">
        Change terms
      </Heading>
      <Text as="p" size="2" color="gray">
        From the next epoch on, and in the contributors&rsquo; and holders&rsquo; favour only: what rises is taken from your part.
      </Text>
      <Grid columns={{ initial: "1", sm: "2" }} gap="3">
        <PercentInput label="Contributors" value={influence} onChange={setInfluence} testid="terms-new-influence" hint="May rise only." />
        <PercentInput label="Stake holders" value={stake} onChange={setStake} testid="terms-new-stake" hint="May rise only." />
        <PercentInput label="Released per round" value={release} onChange={setRelease} testid="terms-new-release" hint="May rise only." />
        <AmountInput label="A contribution earns at most" value={cap} onChange={setCap} testid="terms-new-cap" hint="May rise only." />
      </Grid>
      <Box>
        <SendButton title={`Change terms: ${typedPercent(Math.max(0, owner))} % stay yours`} disabled={!ready} testid="change-terms" messages={() => [message(contracts.model, "model", "change_terms", { model: model.id, terms: changed }, "Change terms")]} />
      </Box>
    </Flex>
  );
}
