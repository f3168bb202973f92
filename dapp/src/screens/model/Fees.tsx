// What a model earned, epoch by epoch, and how it is split.
import type { Model } from "../../../../schema/model";
import type { EpochBook } from "../../../../schema/settlement";
import { useReader } from "../../chain/ChainContext";
import { Open } from "../../components/figures";
import { PageButtons, usePages } from "../../components/Paged";
import { Bars } from "../../components/plots";
import { Table } from "../../components/Table";
import { Shown } from "../../components/ui";
import { Pushes } from "./Pushes";
import styles from "./tab.module.css";

/** The books. */
export function Fees({ model }: { model: Model }) {
  const reader = useReader();
  const { settlement } = reader.deployment.contracts;
  const pages = usePages<EpochBook>({
    key: ["settlement", "epochs", model.id],
    read: (page) => reader.ask(settlement, "settlement", "epochs", { model: model.id, page }),
    cursor: (row) => row.epoch,
  });
  const part = (title: string, of: (row: EpochBook) => string) => ({ title, cell: (row: EpochBook) => <Open uopen={of(row)} unit={false} />, numeric: true });
  return (
    <div className={styles.tab}>
      <Shown query={pages.query} empty={(rows) => rows.length === 0} none="Nobody has paid for this model yet.">
        {() => (
          <>
            <figure>
              <figcaption>Fees by epoch</figcaption>
              <Bars title="Fees by epoch" testid="model-fees-plot" bars={pages.rows.map((row) => ({ name: row.epoch, amount: BigInt(row.gross) }))} />
            </figure>
            <Table
              caption="Fees by epoch, and their parts"
              testid="epochs-table"
              rows={pages.rows}
              rowKey={(row) => row.epoch}
              columns={[
                { title: "Epoch", cell: (row) => row.epoch },
                part("Fees, OPEN", (row) => row.gross),
                part("Contributors", (row) => row.parts.influence),
                part("Owner", (row) => row.parts.owner),
                part("Stake", (row) => row.parts.stake),
                part("Parents", (row) => row.parts.parents),
                part("Protocol", (row) => row.parts.protocol),
                { title: "Round", cell: (row) => row.settled_by ?? "none yet" },
              ]}
            />
            <PageButtons pages={pages} what="epochs" testid="epochs" before={(number) => (number > 0n ? (number - 1n).toString() : null)} />
          </>
        )}
      </Shown>
      <Pushes model={model} />
    </div>
  );
}
