// The examples that a model's usefulness is measured with: how many are left, what is proposed, what was approved.
import { Flex } from "@radix-ui/themes";
import type { Model, ValidationExtension } from "../../../../schema/model";
import { useReader } from "../../chain/ChainContext";
import { Code, Facts } from "../../components/figures";
import { PageButtons, usePages } from "../../components/Paged";
import { Table } from "../../components/Table";
import { Time } from "../../components/time";
import { Note, Shown } from "../../components/ui";
import { useCuratorship } from "../../data/curating";
import { useWallet } from "../../wallet/WalletContext";
import { Approve } from "./Approve";
import { ProposeForm } from "./ProposeForm";
import styles from "./tab.module.css";

/** The pool. */
export function Validation({ model }: { model: Model }) {
  const { account } = useWallet();
  const side = useCuratorship(model, account?.address ?? null);
  const { approved, cursor, proposal } = model.validation;
  return (
    <div className={styles.tab}>
      <Flex direction="column" gap="5">
        <Facts
          facts={[
            ["Approved", approved, "validation-approved"],
            ["Used by rounds", cursor],
            ["Left", (BigInt(approved) - BigInt(cursor)).toString(), "validation-left"],
            ["Proposed", proposal ? <span key="proposal">{proposal.count}, root <Code testid="proposal-root">{proposal.root}</Code></span> : "nothing", "validation-proposed"],
            ...(proposal ? ([["Approvals", `model: ${proposal.model_curator ? "yes" : "not yet"}; DataNet: ${proposal.datanet_curator ? "yes" : "not yet"}`, "validation-approvals"]] as const) : []),
          ]}
        />
        {BigInt(approved) === BigInt(cursor) && <Note color="amber">No example is left: no round can open until some are approved.</Note>}
        <Extensions model={model} />
        {side.data && <Approve model={model} onBehalf={side.data} />}
        {account?.address === model.owner && <ProposeForm model={model} />}
      </Flex>
    </div>
  );
}

function Extensions({ model }: { model: Model }) {
  const reader = useReader();
  const { model: models } = reader.deployment.contracts;
  const pages = usePages<ValidationExtension>({
    key: ["model", "extensions", model.id],
    read: (page) => reader.ask(models, "model", "validation_extensions", { model: model.id, page }),
    cursor: (row) => String(row.number),
  });
  return (
    <Shown query={pages.query} empty={(rows) => rows.length === 0} none="No examples were approved yet.">
      {() => (
        <>
          <Table
            caption="Approved examples"
            testid="extensions-table"
            rows={pages.rows}
            rowKey={(row) => String(row.number)}
            columns={[
              { title: "Number", cell: (row) => row.number },
              { title: "Examples", cell: (row) => row.count, numeric: true },
              { title: "Approved", cell: (row) => <Time at={row.approved_at} /> },
              { title: "Published at", cell: (row) => row.uri || "–" },
              { title: "Root", cell: (row) => <Code>{row.root}</Code> },
            ]}
          />
          <PageButtons pages={pages} what="approved examples" testid="extensions" />
        </>
      )}
    </Shown>
  );
}
