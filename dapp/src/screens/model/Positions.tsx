// The accounts of a model's contributions, in the order of their positions.
import { useQueries } from "@tanstack/react-query";
import type { Model } from "../../../../schema/model";
import type { Account } from "../../../../schema/settlement";
import { percentOfFees } from "../../amount/amount";
import { useReader } from "../../chain/ChainContext";
import { Open, To } from "../../components/figures";
import { PageButtons, usePages } from "../../components/Paged";
import { Table } from "../../components/Table";
import { Shown } from "../../components/ui";
import styles from "./tab.module.css";

/** The accounts, a page at a time. */
export function Positions({ model }: { model: Model }) {
  const reader = useReader();
  const { settlement, model: models } = reader.deployment.contracts;
  const pages = usePages<Account>({
    key: ["settlement", "accounts", model.id],
    read: (page) => reader.ask(settlement, "settlement", "accounts", { model: model.id, page }),
    cursor: (row) => String(row.position),
  });
  const positions = pages.rows.map((row) => row.position);
  const [used] = useQueries({
    queries: [{ queryKey: ["model", "at", model.id, positions], queryFn: () => reader.ask(models, "model", "at", { model: model.id, positions }), enabled: positions.length > 0 }],
  });
  const contributionOf = (index: number) => used?.data?.[index];
  return (
    <div className={styles.tab}>
      <Shown query={pages.query} empty={(rows) => rows.length === 0} none="This model uses no contributions yet.">
        {() => (
          <>
            <Table
              caption="Contributions that the model uses, and their accounts"
              testid="positions-table"
              rows={pages.rows}
              rowKey={(row) => String(row.position)}
              columns={[
                { title: "Position", cell: (row) => row.position },
                {
                  title: "Contribution",
                  cell: (row) => {
                    const id = contributionOf(pages.rows.indexOf(row));
                    return id === undefined ? "…" : <To to={`/contributions/${id}`} testid={`position-${row.position}`}>{id}</To>;
                  },
                },
                { title: "Last score", cell: (row) => percentOfFees(row.last_score), numeric: true },
                { title: "Accrued, OPEN", cell: (row) => <Open uopen={row.accrued} unit={false} />, numeric: true },
                { title: "Held back", cell: (row) => <Open uopen={row.held_back} unit={false} />, numeric: true },
                { title: "Debt", cell: (row) => <Open uopen={row.debt} unit={false} />, numeric: true },
                { title: "Released", cell: (row) => <Open uopen={row.payable} unit={false} />, numeric: true },
                { title: "Claimed", cell: (row) => <Open uopen={row.claimed} unit={false} />, numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="positions" testid="positions" before={(number) => (number > 0n ? (number - 1n).toString() : null)} />
          </>
        )}
      </Shown>
    </div>
  );
}
