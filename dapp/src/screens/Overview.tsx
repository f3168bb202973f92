// All models and DataNets, what was paid, and where the money is.
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import type { Datanet } from "../../../schema/datanet";
import type { Model } from "../../../schema/model";
import { useAsk, useReader } from "../chain/ChainContext";
import { Open, Tiles, To } from "../components/figures";
import { PageButtons, usePages } from "../components/Paged";
import { Bars } from "../components/plots";
import { Table } from "../components/Table";
import { Nothing, Screen, Section, Shown, State } from "../components/ui";
import { sum } from "../amount/amount";
import { admissionName } from "./names";

/** The first screen. */
export function Overview() {
  return (
    <Screen title="Overview" lead="People contribute data, models are made from it, and each time a model is used the contributors are paid.">
      <Money />
      <Models />
      <Datanets />
    </Screen>
  );
}

function Money() {
  const totals = useAsk("settlement", "totals", {}, { live: true });
  const epoch = useAsk("settlement", "current_epoch", {}, { live: true });
  return (
    <Section title="Where the money is" testid="totals">
      <Shown query={totals}>
        {(found) => (
          <Tiles
            tiles={[
              ["Epoch", <span key="epoch" data-testid="epoch">{epoch.data ?? "none yet"}</span>],
              ["Deposits of payers", <Open key="channels" uopen={found.channels} testid="total-channels" />],
              ["Fees before a round", <Open key="pools" uopen={found.pools} testid="total-pools" />],
              ["Earned by contributors", <Open key="liability" uopen={found.liability} testid="total-liability" />, "ever, paid or not"],
              ["Royalties on their way", <Open key="royalties" uopen={found.royalties} />],
              ["Owners and operators", <Open key="balances" uopen={found.balances} />],
              ["Treasury", <Open key="treasury" uopen={found.treasury} testid="total-treasury" />],
            ]}
          />
        )}
      </Shown>
    </Section>
  );
}

function Models() {
  const reader = useReader();
  const { model, settlement } = reader.deployment.contracts;
  const pages = usePages<Model>({ key: ["model", "models"], read: (page) => reader.ask(model, "model", "models", { page }), cursor: (found) => found.id });
  const current = useAsk("settlement", "current_epoch", {}, { live: true });
  const page = lastEpochs(current.data ?? null);
  const epochs = useQueries({
    queries: pages.rows.map(({ id }) => ({
      queryKey: ["settlement", "epochs", id, "latest", page],
      queryFn: () => reader.ask(settlement, "settlement", "epochs", { model: id, page }),
      enabled: current.isSuccess,
      placeholderData: keepPreviousData,
    })),
  });
  const feesOf = (index: number) => sum((epochs[index]?.data ?? []).map((book) => BigInt(book.gross)));
  const byEpoch = new Map<string, bigint>();
  for (const { data } of epochs) for (const book of data ?? []) byEpoch.set(book.epoch, (byEpoch.get(book.epoch) ?? 0n) + BigInt(book.gross));
  const bars = [...byEpoch].sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1)).slice(-24).map(([epoch, amount]) => ({ name: epoch, amount }));
  return (
    <Section title="Models" testid="models" actions={<To to="/models/new" testid="new-model">New model</To>}>
      <Shown query={pages.query} empty={(rows) => rows.length === 0} none="No model was created on this chain yet.">
        {() => (
          <>
            <Table
              caption="Models"
              testid="models-table"
              rows={pages.rows}
              rowKey={(row) => row.id}
              columns={[
                { title: "Model", cell: (row) => <To to={`/models/${row.id}`} testid={`model-${row.id}`}>{row.name}</To> },
                { title: "Kind", cell: (row) => row.kind },
                { title: "Version", cell: (row) => (row.versions === 0 ? "none yet" : row.versions), numeric: true },
                { title: "Contributions", cell: (row) => row.positions, numeric: true },
                { title: "Round", cell: (row) => <LastRound model={row.id} /> },
                { title: "Fees, last 100 epochs", cell: (row) => <Open uopen={feesOf(pages.rows.indexOf(row))} unit={false} />, numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="models" testid="models" />
            {bars.length > 0 && (
              <figure>
                <figcaption>Fees by epoch, all models above</figcaption>
                <Bars bars={bars} title="Fees by epoch" testid="fees-plot" />
              </figure>
            )}
          </>
        )}
      </Shown>
    </Section>
  );
}

/** Epochs that the overview looks back. */
const lookBack = 100;

function lastEpochs(current: string | null): { limit: number; start_after?: string } {
  const before = BigInt(current ?? "0") - BigInt(lookBack);
  return before >= 0n ? { limit: lookBack, start_after: before.toString() } : { limit: lookBack };
}

function LastRound({ model }: { model: string }) {
  const open = useAsk("attribution", "open_round", { model }, { live: true });
  const settled = useAsk("settlement", "model_totals", { model });
  if (open.data) return <State is={open.data.phase} />;
  if (settled.data?.settled_through == null) return <span>none settled yet</span>;
  return <span>settled to epoch {settled.data.settled_through}</span>;
}

function Datanets() {
  const reader = useReader();
  const { datanet } = reader.deployment.contracts;
  const pages = usePages<Datanet>({ key: ["datanet", "datanets"], read: (page) => reader.ask(datanet, "datanet", "datanets", { page }), cursor: (found) => found.id });
  return (
    <Section title="DataNets" note="Lists of contributions that models are made from." testid="datanets" actions={<To to="/datanets/new" testid="new-datanet">New DataNet</To>}>
      <Shown query={pages.query} empty={(rows) => rows.length === 0} none={<Nothing>No DataNet was created on this chain yet.</Nothing>}>
        {() => (
          <>
            <Table
              caption="DataNets"
              testid="datanets-table"
              rows={pages.rows}
              rowKey={(row) => row.id}
              columns={[
                { title: "DataNet", cell: (row) => <To to={`/datanets/${row.id}`} testid={`datanet-${row.id}`}>{row.settings.name}</To> },
                { title: "Items", cell: (row) => row.settings.media },
                { title: "Who may contribute", cell: (row) => admissionName(row.settings.admission) },
                { title: "Accepted", cell: (row) => row.version, numeric: true },
                { title: "Bond, OPEN", cell: (row) => <Open uopen={row.settings.bond} unit={false} />, numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="DataNets" testid="datanets" />
          </>
        )}
      </Shown>
    </Section>
  );
}
