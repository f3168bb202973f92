// The rounds of a model, the latest with its operators, and what anybody can send next.
import { Flex, Text } from "@radix-ui/themes";
import type { Model } from "../../../../schema/model";
import type { Openable, Round } from "../../../../schema/attribution";
import { useAsk, useDeployment, useReader } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Open, To } from "../../components/figures";
import { PageButtons, usePages } from "../../components/Paged";
import { SendButton } from "../../components/SendButton";
import { Table } from "../../components/Table";
import { Due } from "../../components/time";
import { Shown, State } from "../../components/ui";
import { OpenValuation } from "./OpenValuation";
import styles from "./tab.module.css";

/** The rounds. */
export function Rounds({ model }: { model: Model }) {
  const reader = useReader();
  const { attribution } = reader.deployment.contracts;
  const pages = usePages<Round>({
    key: ["attribution", "rounds", model.id],
    read: (page) => reader.ask(attribution, "attribution", "rounds", { model: model.id, page }),
    cursor: (row) => String(row.id),
  });
  return (
    <div className={styles.tab}>
      <Next model={model} />
      <Shown query={pages.query} empty={(rows) => rows.length === 0} none="No round was opened yet. A round measures who shaped the answers that were paid for.">
        {() => (
          <>
            <Table
              caption="Rounds"
              testid="rounds-table"
              rows={pages.rows}
              rowKey={(row) => String(row.id)}
              columns={[
                { title: "Round", cell: (row) => <To to={`/models/${model.id}/rounds/${row.id}`} testid={`round-${row.id}`}>{row.id}</To> },
                { title: "About", cell: (row) => row.kind },
                { title: "Epochs", cell: (row) => (row.first_epoch === row.last_epoch ? row.first_epoch : `${row.first_epoch} to ${row.last_epoch}`) },
                { title: "State", cell: (row) => <State is={row.outcome ?? row.phase} /> },
                { title: "Revealed", cell: (row) => `${row.vectors} of ${row.operators.length}` },
                { title: "Pool, OPEN", cell: (row) => <Open uopen={row.pool} unit={false} />, numeric: true },
              ]}
            />
            <PageButtons pages={pages} what="rounds" testid="rounds" />
          </>
        )}
      </Shown>
    </div>
  );
}

function Next({ model }: { model: Model }) {
  const openable = useAsk("attribution", "openable", { model: model.id }, { live: true });
  const open = useAsk("attribution", "open_round", { model: model.id }, { live: true });
  if (!openable.data || open.data) return null;
  return (
    <>
      <ByFees model={model} found={openable.data} />
      <OpenValuation model={model} />
    </>
  );
}

function ByFees({ model, found }: { model: Model; found: Openable }) {
  const { contracts } = useDeployment();
  if ("no_fees" in found) return <Text size="2" color="gray">No fees wait for a round.</Text>;
  if ("redeemable" in found) {
    return (
      <Text size="2" color="gray">
        Fees of epoch {found.redeemable.epoch} can still be redeemed. A round over them can open <Due at={found.redeemable.until} over="now, once enough blocks have passed" />.
      </Text>
    );
  }
  return (
    <Flex gap="3" align="center" wrap="wrap">
      <Text size="2">
        A round over epochs {found.range.first_epoch} to {found.range.last_epoch} can open, with a pool of <Open uopen={found.range.pool} />.
      </Text>
      <SendButton title="Open the round" size="1" testid="open-round" messages={() => [message(contracts.attribution, "attribution", "open", { model: model.id }, "Open a round")]} />
    </Flex>
  );
}
