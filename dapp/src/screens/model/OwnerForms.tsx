// What the owner of a model changes: prices at once, terms from the next epoch on and in the contributors' favour only.
import { Box, Button, Flex, Grid, Heading } from "@radix-ui/themes";
import { useState } from "react";
import type { Model, Price } from "../../../../schema/model";
import { formatUnits, readTyped } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { AmountInput, TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";

/** Both forms. */
export function OwnerForms({ model, prices }: { model: Model; prices: readonly Price[] }) {
  return (
    <Flex direction="column" gap="5" data-testid="owner-forms">
      <Prices key={model.price_sheet} model={model} prices={prices} />
      <Terms key={`${model.id}-${model.terms.influence}-${model.terms.stake}`} model={model} />
    </Flex>
  );
}

interface Line {
  readonly name: string;
  readonly call: string;
  readonly read: string;
  readonly written: string;
}

const plain = (uopen: string | undefined) => formatUnits(BigInt(uopen ?? "0")).replaceAll("\u202f", "");

function Prices({ model, prices }: { model: Model; prices: readonly Price[] }) {
  const { contracts } = useDeployment();
  const [lines, setLines] = useState<readonly Line[]>(() => prices.map((price) => ({ name: price.name, call: plain(price.per_call), read: plain(price.per_1000_in), written: plain(price.per_1000_out) })));
  const change = (at: number, part: Partial<Line>) => setLines(lines.map((line, index) => (index === at ? { ...line, ...part } : line)));
  const made = lines.map((line) => ({ name: line.name, call: readTyped(line.call), read: readTyped(line.read), written: readTyped(line.written) }));
  const ready = made.every((line) => line.name !== "" && line.call.ok && line.call.units > 0n && line.read.ok && line.written.ok);
  const sheet = made.map((line) => ({ name: line.name, per_call: units(line.call), per_1000_in: units(line.read), per_1000_out: units(line.written) }));
  return (
    <Flex direction="column" gap="3">
      <Heading as="h3" size="3">
        Change prices
      </Heading>
      {lines.map((line, index) => (
        <Grid key={index} columns={{ initial: "2", sm: "4" }} gap="3">
          <TextInput label="Price" value={line.name} onChange={(name) => change(index, { name })} testid={`price-name-${index}`} />
          <AmountInput label="A call" value={line.call} onChange={(call) => change(index, { call })} testid={`price-call-${index}`} />
          <AmountInput label="1,000 tokens read" value={line.read} onChange={(read) => change(index, { read })} testid={`price-read-${index}`} />
          <AmountInput label="1,000 tokens written" value={line.written} onChange={(written) => change(index, { written })} testid={`price-written-${index}`} />
        </Grid>
      ))}
      <Flex gap="3" wrap="wrap">
        <Button variant="soft" color="gray" disabled={lines.length >= 32} onClick={() => setLines([...lines, { name: "", call: "0.01", read: "0", written: "0" }])} data-testid="add-price">
          Add a price
        </Button>
        <Button variant="soft" color="gray" disabled={lines.length < 2} onClick={() => setLines(lines.slice(0, -1))} data-testid="remove-price">
          Remove the last
        </Button>
        <SendButton title="Set prices" disabled={!ready} testid="set-prices" messages={() => [message(contracts.model, "model", "set_prices", { model: model.id, prices: sheet }, "Set prices")]} />
      </Flex>
    </Flex>
  );
}

function units(read: ReturnType<typeof readTyped>): string {
  return read.ok ? read.units.toString() : "0";
}

/** Basis points as per cent with two decimals, as they are typed. */
const percent = (bps: number) => formatUnits(BigInt(bps), 2);

function Terms({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const { terms } = model;
  const [influence, setInfluence] = useState(percent(terms.influence));
  const [stake, setStake] = useState(percent(terms.stake));
  const [release, setRelease] = useState(percent(terms.release_rate));
  const [shares, released] = [[readTyped(influence, 2), readTyped(stake, 2)], readTyped(release, 2)];
  const [toContributors, toStake] = shares.map((share) => (share.ok ? share.units : 0n)) as [bigint, bigint];
  const owner = 10_000n - toContributors - toStake - BigInt(terms.parents);
  const ready = shares.every((share) => share.ok) && released.ok && released.units > 0n && released.units <= 10_000n && owner >= 0n;
  const bps = (share: bigint) => parseInt(share.toString(), 10);
  const changed = { ...terms, influence: bps(toContributors), stake: bps(toStake), owner: bps(owner < 0n ? 0n : owner), release_rate: released.ok ? bps(released.units) : 0 };
  return (
    <Flex direction="column" gap="3">
      <Heading as="h3" size="3">
        Change terms
      </Heading>
      <Grid columns={{ initial: "1", sm: "3" }} gap="3">
        <AmountInput label="Contributors" unit="%" value={influence} onChange={setInfluence} testid="terms-new-influence" hint="May rise only." />
        <AmountInput label="Stake holders" unit="%" value={stake} onChange={setStake} testid="terms-new-stake" hint="May rise only." />
        <AmountInput label="Released per round" unit="%" value={release} onChange={setRelease} testid="terms-new-release" hint="May rise only." />
      </Grid>
      <Box>
        <SendButton title={`Change terms: ${percent(bps(owner))} % stay yours`} disabled={!ready} testid="change-terms" messages={() => [message(contracts.model, "model", "change_terms", { model: model.id, terms: changed }, "Change terms")]} />
      </Box>
    </Flex>
  );
}
