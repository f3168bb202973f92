// A DataNet: its rules, its contributions, the models that it recognises.
import { Button } from "@radix-ui/themes";
import { Link, useParams } from "react-router";
import type { Contribution, Datanet } from "../../../schema/datanet";
import { percentOfBps } from "../amount/amount";
import { useAsk, useReader } from "../chain/ChainContext";
import { Address, Code, Facts, Open, To } from "../components/figures";
import { PageButtons, usePages } from "../components/Paged";
import { Table } from "../components/Table";
import { Screen, Section, Shown, State, Waiting } from "../components/ui";
import { useWallet } from "../wallet/WalletContext";
import { Recognitions } from "./datanet/Recognitions";
import { HandOver } from "./HandOver";
import { admissionName, reviewersOf } from "./names";

/** The screen. */
export function DatanetScreen() {
  const { id = "" } = useParams();
  const query = useAsk("datanet", "datanet", { datanet: id });
  const title = query.data?.settings.name ?? `DataNet ${id}`;
  const contribute = (
    <Button asChild>
      <Link to={`/datanets/${id}/contribute`} data-testid="contribute">
        Contribute
      </Link>
    </Button>
  );
  return (
    <Screen title={title} lead={query.data?.settings.description} actions={contribute}>
      <Section title="Rules">
        <Shown query={query}>{(datanet) => <Rules datanet={datanet} />}</Shown>
        {query.data && <HandOver what="DataNet" id={id} owner={query.data.owner} offeredTo={query.data.offered_to} note="Who takes it decides which models it recognises." />}
      </Section>
      <Contributions datanet={id} />
      {query.data ? <Recognitions datanet={query.data} /> : <Waiting />}
    </Screen>
  );
}

function Rules({ datanet }: { datanet: Datanet }) {
  const { account } = useWallet();
  const { settings } = datanet;
  const own = account?.address;
  return (
    <Facts
      facts={[
        ["Owner", <Address key="owner" of={datanet.owner} own={own} />],
        ["Who may contribute", admissionName(settings.admission), "admission"],
        ...(reviewersOf(settings.admission).length > 0
          ? ([["Reviewers", reviewersOf(settings.admission).map((reviewer) => <div key={reviewer}><Address of={reviewer} own={own} /></div>)]] as const)
          : []),
        ["Curators", settings.curators.length === 0 ? "none" : settings.curators.map((curator) => <div key={curator}><Address of={curator} own={own} /></div>)],
        ["Bond", <Open key="bond" uopen={settings.bond} testid="bond" />],
        ["Items", settings.media],
        ["Schema", settings.schema || "–"],
        ["Licence at least", settings.licence],
        ["Contributors' share at least", percentOfBps(settings.min_influence_share)],
        ["Commits a day", settings.commits_per_day],
        ["Private", settings.item_key ? "yes: items are readable with the DataNet's key only" : "no"],
        ["Accepted", datanet.version, "accepted-count"],
        ["Root", <Code key="root">{datanet.root}</Code>],
      ]}
    />
  );
}

function Contributions({ datanet }: { datanet: string }) {
  const reader = useReader();
  const { account } = useWallet();
  const { datanet: contract } = reader.deployment.contracts;
  const pages = usePages<Contribution>({
    key: ["datanet", "contributions", datanet],
    read: (page) => reader.ask(contract, "datanet", "contributions", { datanet, page }),
    cursor: (row) => row.id,
  });
  return (
    <Section title="Contributions" testid="contributions">
      <Shown query={pages.query} empty={(rows) => rows.length === 0 && pages.number === 1} none="Nobody has contributed to this DataNet yet. Be the first.">
        {() => (
          <>
            <Table
              caption="Contributions of this DataNet, in the order of their commits"
              testid="contributions-table"
              rows={pages.rows}
              rowKey={(row) => row.id}
              columns={[
                { title: "Number", cell: (row) => <To to={`/contributions/${row.id}`} testid={`contribution-${row.id}`}>{row.id}</To> },
                { title: "Contributor", cell: (row) => <Address of={row.contributor} own={account?.address} /> },
                { title: "State", cell: (row) => <State is={row.status} /> },
                { title: "Kind", cell: (row) => row.revealed?.kind ?? "not revealed" },
                { title: "Items", cell: (row) => row.revealed?.item_count ?? "–", numeric: true },
                { title: "Votes", cell: (row) => `${row.accepts} for, ${row.rejects} against` },
                { title: "Duplicates", cell: (row) => row.duplicates, numeric: true },
                { title: "Bond left, OPEN", cell: (row) => <Open uopen={row.bond_returned ? 0n : BigInt(row.bond) - BigInt(row.bond_taken)} unit={false} />, numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="contributions" testid="contributions" before={(number) => (number > 1n ? (number - 1n).toString() : null)} />
          </>
        )}
      </Shown>
    </Section>
  );
}
