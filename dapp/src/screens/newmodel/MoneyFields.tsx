// How the fees of a new model are shared, and its stake.
import { Grid, Text } from "@radix-ui/themes";
import { typedPercent } from "../../amount/amount";
import { AmountInput, PercentInput, TextInput } from "../../components/fields";
import { type Draft, ownersPart, ownersStake } from "./draft";

interface Props {
  readonly draft: Draft;
  readonly set: (name: keyof Draft) => (value: string) => void;
}

/** Terms: shares of a fee, release, cap. */
export function TermsFields({ draft, set }: Props) {
  const owner = ownersPart(draft);
  return (
    <>
      <Grid columns={{ initial: "1", sm: "2" }} gap="4">
        <PercentInput label="Contributors" value={draft.influence} onChange={set("influence")} testid="model-influence" hint="Shared by who shaped the answers. DataNets ask for a share that it must reach. May rise later, never fall." />
        <PercentInput label="Stake holders" value={draft.stake} onChange={set("stake")} testid="model-stake" hint="Dividends for everybody who holds its stake. May rise later." />
        {draft.kind !== "base" && <PercentInput label="Models that it is made from" value={draft.royalty} onChange={set("royalty")} testid="model-royalty" hint="Royalties. For good: nobody can lower or raise them." />}
        <PercentInput label="Released per round" value={draft.release} onChange={set("release")} testid="model-release" hint="How much of what a round earns a contributor can be claimed at once; the rest stays back for doubt. May rise later." />
        <AmountInput label="A contribution earns at most" value={draft.cap} onChange={set("cap")} testid="model-cap" hint="In all its life, so that no single one can take everything. May rise later." />
      </Grid>
      <Text as="p" size="2" data-testid="model-owner-part">
        {owner === null ? "These are more than 100 %." : `${typedPercent(owner)} % of a fee stay yours, after the protocol's part.`}
      </Text>
    </>
  );
}

/** The stake: 1,000,000 shares, parted once. */
export function StakeFields({ draft, set }: Props) {
  const owner = ownersStake(draft);
  return (
    <>
      <Grid columns={{ initial: "1", sm: "2" }} gap="4">
        <TextInput label="Name of the stake" value={draft.stakeName} onChange={set("stakeName")} testid="stake-name" hint="3 to 50 characters, as wallets show it." />
        <TextInput label="Symbol" value={draft.symbol} onChange={set("symbol")} testid="stake-symbol" hint="3 to 12 letters or hyphens." />
        <PercentInput label="For contributors" value={draft.stakeContributors} onChange={set("stakeContributors")} testid="stake-contributors" hint="A reserve that valuation rounds give away by usefulness." />
        <PercentInput label="For work" value={draft.stakeWork} onChange={set("stakeWork")} testid="stake-work" hint="A reserve that pays who computed or tuned a version, when you register it." />
      </Grid>
      <Text as="p" size="2" data-testid="stake-owner-part">
        {owner === null ? "These are more than 100 %." : `${typedPercent(owner)} % of the 1,000,000 shares are yours. This can never be changed.`}
      </Text>
    </>
  );
}
