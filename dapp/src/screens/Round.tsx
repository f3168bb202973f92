// A round: its windows, its operators and how far they agreed, what it settled.
import { Box } from "@radix-ui/themes";
import { useParams } from "react-router";
import type { Round } from "../../../schema/attribution";
import { percentOfBps } from "../amount/amount";
import { useAsk, useDeployment } from "../chain/ChainContext";
import { message } from "../chain/messages";
import { Address, Code, Facts, Open, To } from "../components/figures";
import { SendButton } from "../components/SendButton";
import { Table } from "../components/Table";
import { Due, Time, useHasCome } from "../components/time";
import { Screen, Section, Shown, State } from "../components/ui";
import { useWallet } from "../wallet/WalletContext";

/** The screen. */
export function RoundScreen() {
  const { id = "", round = "" } = useParams();
  const query = useAsk("attribution", "round", { model: id, round }, { live: true });
  return (
    <Screen title={`Round ${round} of model ${id}`} lead={<To to={`/models/${id}`}>Back to the model</To>}>
      <Section title="The round">
        <Shown query={query}>
          {(found) => (
            <>
              <About round={found} />
              <NextStep round={found} />
            </>
          )}
        </Shown>
      </Section>
      <Operators model={id} round={round} />
    </Screen>
  );
}

function About({ round }: { round: Round }) {
  return (
    <Facts
      facts={[
        ["State", <State key="state" is={round.outcome ?? round.phase} testid="round-state" />],
        ["About", round.kind === "fees" ? "fees that payers paid" : "a valuation: royalties and stake"],
        ["Epochs", round.first_epoch === round.last_epoch ? round.first_epoch : `${round.first_epoch} to ${round.last_epoch}`],
        ["Opened", <Time key="opened" at={round.opened_at} />],
        ...(round.phase === "commit" || round.phase === "reveal" ? ([["Window ends", <Due key="due" at={round.window_ends_at} over="over, once enough blocks have passed" />]] as const) : []),
        ["Pool", <Open key="pool" uopen={round.pool} testid="round-pool" />],
        ["Redemptions", round.redemptions],
        ["Positions", round.positions],
        ["Committed", `${round.committed} of ${round.operators.length}`],
        ["Revealed", `${round.vectors} vectors, ${round.too_few} that say too few; ${round.quorum} are needed`, "round-revealed"],
        ["Sum that scores are divided by", round.denominator ?? "not known yet"],
        ["Inputs", <Code key="inputs">{round.inputs}</Code>],
      ]}
    />
  );
}

/** What anybody may send next, so that a round never waits for one account. Operators' services send it too. */
function NextStep({ round }: { round: Round }) {
  const { contracts } = useDeployment();
  const over = useHasCome(round.window_ends_at);
  const [at, label] = [{ model: round.model, round: round.id }, "Move a round on"];
  const aggregate = message(contracts.attribution, "attribution", "aggregate", at, label);
  const steps = {
    commit: over ? message(contracts.attribution, "attribution", "end_commits", at, label) : null,
    reveal: over ? aggregate : null,
    aggregate,
    advance: message(contracts.attribution, "attribution", "advance", at, label),
    closed: null,
  };
  const step = steps[round.phase];
  if (!step) return null;
  const titles = { commit: "End the commits", reveal: "Take the medians", aggregate: "Take more medians", advance: "Settle the next positions", closed: "" };
  return (
    <Box mt="4">
      <SendButton title={titles[round.phase]} size="1" variant="soft" testid="round-step" messages={() => [step]} />
    </Box>
  );
}

function Operators({ model, round }: { model: string; round: string }) {
  const { account } = useWallet();
  const query = useAsk("attribution", "participations", { model, round }, { live: true });
  return (
    <Section title="Agreement of operators" note="How near each report is to the medians, compared with the nearest thing it could have copied.">
      <Shown query={query}>
        {(rows) => (
          <Table
            caption="Operators of this round"
            testid="participations-table"
            rows={rows}
            rowKey={(row) => row.operator}
            columns={[
              { title: "Operator", cell: (row) => <Address of={row.operator} own={account?.address} /> },
              { title: "Committed", cell: (row) => (row.commitment ? "yes" : "no") },
              { title: "Revealed", cell: (row) => revealed(row.revealed) },
              { title: "Agreement", cell: (row) => (row.agreement == null ? "–" : percentOfBps(row.agreement)), numeric: true },
              { title: "Slashed", cell: (row) => (row.slashed ? "yes, for silence" : "no") },
            ]}
          />
        )}
      </Shown>
    </Section>
  );
}

function revealed(what: { vector: object } | { too_few: object } | null | undefined): string {
  if (!what) return "no";
  return "vector" in what ? "scores" : "too few to say";
}
