// The contributions that a model uses, in the order of their positions, and their accounts.
import { Box } from "@radix-ui/themes";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Model, UsedContribution } from "../../../../schema/model";
import type { Account } from "../../../../schema/settlement";
import { percentOfFees } from "../../amount/amount";
import { liveMs, useReader } from "../../chain/ChainContext";
import { Open, To } from "../../components/figures";
import { PageButtons, usePages } from "../../components/Paged";
import { Table } from "../../components/Table";
import { Shown } from "../../components/ui";
import { useWallet } from "../../wallet/WalletContext";
import { AppendForm } from "./AppendForm";
import styles from "./tab.module.css";

/** What the model uses, a page at a time, each with its account once a round has measured it. */
export function Positions({ model }: { model: Model }) {
  const reader = useReader();
  const { account } = useWallet();
  const pages = usePages<UsedContribution>({
    key: ["model", "used", model.id],
    read: (page) => reader.ask(reader.deployment.contracts.model, "model", "used", { model: model.id, page }),
    cursor: (row) => String(row.position),
  });
  const accounts = useAccounts(model, pages.rows);
  const open = (row: UsedContribution, of: (found: Account) => string) => {
    const found = accounts.data?.get(row.position);
    return found ? <Open uopen={of(found)} unit={false} /> : "–";
  };
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
                { title: "Contribution", cell: (row) => <To to={`/contributions/${row.contribution}`} testid={`position-${row.position}`}>{row.contribution}</To> },
                { title: "Last score", cell: (row) => percentOf(accounts.data?.get(row.position)), numeric: true },
                { title: "Accrued, OPEN", cell: (row) => open(row, (found) => found.accrued), numeric: true },
                { title: "Held back", cell: (row) => open(row, (found) => found.held_back), numeric: true },
                { title: "Debt", cell: (row) => open(row, (found) => found.debt), numeric: true },
                { title: "Released", cell: (row) => open(row, (found) => found.payable), numeric: true },
                { title: "Claimed", cell: (row) => open(row, (found) => found.claimed), numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="positions" testid="positions" before={(number) => (number > 0n ? (number - 1n).toString() : null)} />
          </>
        )}
      </Shown>
      {account?.address === model.owner && (
        <Box mt="5">
          <AppendForm model={model} />
        </Box>
      )}
    </div>
  );
}

/** Accounts of some positions that follow one another. A position has none until a round has reached it. */
function useAccounts(model: Model, rows: readonly UsedContribution[]): UseQueryResult<ReadonlyMap<number, Account>> {
  const reader = useReader();
  const first = rows[0]?.position ?? 0;
  const page = { limit: Math.max(rows.length, 1), ...(first > 0 && { start_after: String(first - 1) }) };
  return useQuery({
    queryKey: ["settlement", "accounts", model.id, page],
    queryFn: async () => {
      const found = await reader.ask(reader.deployment.contracts.settlement, "settlement", "accounts", { model: model.id, page });
      return new Map(found.map((one) => [one.position, one]));
    },
    enabled: rows.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: liveMs,
  });
}

function percentOf(account: Account | undefined): string {
  return account ? percentOfFees(account.last_score) : "not measured yet";
}
