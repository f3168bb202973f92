// Statements: what an account got and paid, as a table, as CSV, and to print.
import { Box, Button, Flex, Grid } from "@radix-ui/themes";
import { useState } from "react";
import { sum } from "../amount/amount";
import { useDeployment } from "../chain/ChainContext";
import { Field, TextInput } from "../components/fields";
import { Address, Code, Open, Tiles } from "../components/figures";
import { Table } from "../components/Table";
import { Time } from "../components/time";
import { Note, Screen, Section, Shown } from "../components/ui";
import { type Movement, toCsv, useMovements } from "../data/statement";
import { useWallet } from "../wallet/WalletContext";
import { save } from "./contribute/save";
import styles from "./Statements.module.css";

/** The screen. */
export function Statements() {
  const { account } = useWallet();
  const { chain } = useDeployment();
  const [typed, setTyped] = useState<string | null>(null);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const of = (typed ?? account?.address ?? "").trim();
  const valid = new RegExp(`^${chain.prefix}1[02-9ac-hj-np-z]{38,60}$`).test(of);
  const movements = useMovements(valid ? of : null);
  return (
    <Screen title="Statements" lead="What an account got and paid in OPEN, from the chain alone. Every movement of OPEN is a line.">
      <div className={styles.choose}>
        <Section title="Which account, and when">
          <Grid columns={{ initial: "1", sm: "3" }} gap="3">
            <TextInput label="Account" value={typed ?? account?.address ?? ""} onChange={setTyped} testid="statement-account" hint="Anybody's." problem={of !== "" && !valid ? "This is no address of this chain." : null} />
            <DateInput label="From" value={from} onChange={setFrom} testid="statement-from" />
            <DateInput label="Through" value={to} onChange={setTo} testid="statement-to" />
          </Grid>
        </Section>
      </div>
      {!valid && <Note color="amber">Connect your wallet, or enter an account.</Note>}
      {valid && (
        <Section title="Statement" testid="statement" note={<Code>{of}</Code>}>
          <Shown query={movements} empty={(rows) => rows.length === 0} none="This account has never got or paid OPEN by a transaction.">
            {(rows) => <Lines account={of} movements={between(rows, from, to)} />}
          </Shown>
        </Section>
      )}
    </Screen>
  );
}

/** Days are those of UTC, both ends included. */
function between(rows: readonly Movement[], from: string, to: string): readonly Movement[] {
  const start = from === "" ? null : BigInt(Date.parse(`${from}T00:00:00Z`)) / 1000n;
  const end = to === "" ? null : BigInt(Date.parse(`${to}T00:00:00Z`)) / 1000n + 86_400n;
  return rows.filter((row) => (start === null || row.seconds >= start) && (end === null || row.seconds < end));
}

/** Lines that are shown; the CSV has all of them. */
const atOnce = 200;

function Lines({ account, movements }: { account: string; movements: readonly Movement[] }) {
  const first = movements[0];
  const last = movements.at(-1);
  if (!first || !last) return <Note>There is nothing in these days.</Note>;
  const into = sum(movements.filter((line) => line.amount > 0n).map((line) => line.amount));
  const out = sum(movements.filter((line) => line.amount < 0n).map((line) => -line.amount));
  return (
    <Flex direction="column" gap="4">
      <Tiles
        tiles={[
          ["Before", <Open key="opening" uopen={first.balance - first.amount} testid="statement-opening" />],
          ["In", <Open key="in" uopen={into} testid="statement-in" />],
          ["Out", <Open key="out" uopen={out} testid="statement-out" />],
          ["After", <Open key="closing" uopen={last.balance} testid="statement-closing" />],
        ]}
      />
      <Box className={styles.choose}>
        <Flex gap="2" wrap="wrap">
          <Button variant="soft" onClick={() => save(`statement-${account}.csv`, toCsv(movements), "text/csv")} data-testid="statement-csv">
            Save as CSV
          </Button>
          <Button variant="soft" onClick={() => window.print()} data-testid="statement-print">
            Print
          </Button>
        </Flex>
      </Box>
      <Table
        caption="Movements, latest first"
        testid="movements-table"
        rows={[...movements].reverse().slice(0, atOnce)}
        rowKey={(row) => `${row.hash}-${row.balance}-${row.amount}`}
        columns={[
          { title: "Time", cell: (row) => <Time at={row.seconds} /> },
          { title: "What", cell: (row) => row.what },
          { title: "With", cell: (row) => (row.counterparty === "" ? "–" : <Address of={row.counterparty} />) },
          { title: "OPEN", cell: (row) => <Open uopen={row.amount} unit={false} />, numeric: true },
          { title: "Balance", cell: (row) => <Open uopen={row.balance} unit={false} />, numeric: true },
          { title: "Transaction", cell: (row) => <Code keep={6}>{row.hash}</Code> },
        ]}
      />
      {movements.length > atOnce && <Note>{movements.length - atOnce} older lines are in the CSV.</Note>}
    </Flex>
  );
}

function DateInput({ label, value, onChange, testid }: { label: string; value: string; onChange: (value: string) => void; testid: string }) {
  return (
    <Field label={label} hint="A day, UTC. Empty: no bound.">
      {({ id, describedBy }) => <input id={id} type="date" className={styles.date} aria-describedby={describedBy} value={value} onChange={(event) => onChange(event.target.value)} data-testid={testid} />}
    </Field>
  );
}
