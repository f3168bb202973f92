// A contribution: where it stands, what can be done with it, and what it earned in each model, recomputed step by step.
import { useParams } from "react-router";
import type { Contribution } from "../../../schema/datanet";
import { percentOfBps } from "../amount/amount";
import { useAsk } from "../chain/ChainContext";
import { Address, Code, Facts, Open, To } from "../components/figures";
import { Time } from "../components/time";
import { Screen, Section, Shown, State } from "../components/ui";
import { useModels } from "../data/models";
import { useWallet } from "../wallet/WalletContext";
import { Actions } from "./contribution/Actions";
import { InModel } from "./contribution/InModel";

/** The screen. */
export function ContributionScreen() {
  const { id = "" } = useParams();
  const query = useAsk("datanet", "contribution", { contribution: id }, { live: true });
  const models = useModels();
  return (
    <Screen title={`Contribution ${id}`} lead={query.data && <>In <To to={`/datanets/${query.data.datanet}`}>DataNet {query.data.datanet}</To></>}>
      {query.data?.used && (models.data ?? []).map((model) => <InModel key={model.id} model={model} contribution={query.data} />)}
      <Section title="Where it stands">
        <Shown query={query}>{(contribution) => <About contribution={contribution} />}</Shown>
      </Section>
      {query.data && <Actions contribution={query.data} />}
    </Screen>
  );
}

function About({ contribution }: { contribution: Contribution }) {
  const { account } = useWallet();
  const { revealed } = contribution;
  return (
    <Facts
      facts={[
        ["State", <State key="state" is={contribution.status} testid="contribution-state" />],
        ["Contributor", <Address key="by" of={contribution.contributor} own={account?.address} />],
        ["Committed", <Time key="at" at={contribution.committed_at} />],
        ["Commitment", <Code key="commitment">{contribution.commitment}</Code>],
        ...(revealed
          ? ([
              ["Kind", revealed.kind],
              ["Items", revealed.item_count, "item-count"],
              ["Bytes", revealed.bytes === "0" ? "withheld" : revealed.bytes],
              ["Root", <Code key="root" testid="items-root">{revealed.items_root}</Code>],
              ["Licence", revealed.licence],
              ["Where the items are", revealed.uri || "–"],
            ] as const)
          : []),
        ["Votes", `${contribution.accepts} for, ${contribution.rejects} against`, "votes"],
        ["Copied items proved", contribution.duplicates],
        ["Bond", <Open key="bond" uopen={contribution.bond} />],
        ["Of that taken", <Open key="taken" uopen={contribution.bond_taken} />],
        ["Bond returned", contribution.bond_returned ? "yes" : "no"],
        ["Paid to", contribution.payees.map((payee) => <div key={payee.account}><Address of={payee.account} own={account?.address} /> {percentOfBps(payee.share)}</div>), "payees"],
      ]}
    />
  );
}
