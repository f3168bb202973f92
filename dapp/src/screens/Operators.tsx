// Methods and their operators: who measures, with which bond, and what each has to answer for.
import { Box, Flex } from "@radix-ui/themes";
import type { Method, Operator } from "../../../schema/attribution";
import { useAsk, useDeployment, useTip } from "../chain/ChainContext";
import { message, sendOpen } from "../chain/messages";
import { Address, Facts, Open } from "../components/figures";
import { SendButton } from "../components/SendButton";
import { Table } from "../components/Table";
import { Due, formatSeconds, useHasCome } from "../components/time";
import { Screen, Section, Shown, State } from "../components/ui";
import { useMethods } from "../data/methods";
import { useWallet } from "../wallet/WalletContext";

/** The screen. */
export function Operators() {
  const methods = useMethods();
  return (
    <Screen title="Operators" lead="They measure who shaped the answers, each for itself. A round takes the median of what they say.">
      <Shown query={methods} empty={(rows) => rows.length === 0} none="No method is registered on this chain yet.">
        {(rows) => rows.map((method) => <MethodShown key={method.id} method={method} />)}
      </Shown>
    </Screen>
  );
}

function MethodShown({ method }: { method: Method }) {
  const operators = useAsk("attribution", "operators", { method: method.id }, { live: true });
  return (
    <Section title={method.params.name} testid={`method-${method.id}`}>
      <Box mb="4">
        <About method={method} />
      </Box>
      <Shown query={operators} empty={(rows) => rows.length === 0} none="Nobody was admitted yet.">
        {(rows) => <OperatorTable operators={rows} method={method} />}
      </Shown>
    </Section>
  );
}

function About({ method: { params } }: { method: Method }) {
  return (
    <Facts
      facts={[
        ["Bond of each", <Open key="bond" uopen={params.bond} />],
        ["Smallest pool of a round", <Open key="pool" uopen={params.min_pool} />],
        ["Windows", `${formatSeconds(params.commit_period)} to commit, ${formatSeconds(params.reveal_period)} to reveal`],
        ["Counts as certain beyond", `${params.z_tenths / 10} standard errors`],
        ["Examples per round", params.validation_per_round],
      ]}
    />
  );
}

function OperatorTable({ operators, method }: { operators: readonly Operator[]; method: Method }) {
  const { account } = useWallet();
  const tip = useTip();
  const now = tip.data?.seconds ?? 0n;
  return (
    <Table
      caption="Operators"
      testid="operators-table"
      rows={operators}
      rowKey={(row) => row.account}
      columns={[
        { title: "Operator", cell: (row) => <Address of={row.account} own={account?.address} /> },
        { title: "State", cell: (row) => <State is={stateOf(row, method, now)} /> },
        { title: "Bond, OPEN", cell: (row) => <Open uopen={row.bond} unit={false} />, numeric: true },
        { title: "In open rounds", cell: (row) => row.open_sets, numeric: true },
        { title: "Missed in a row", cell: (row) => row.missed, numeric: true },
        { title: "Penalties", cell: (row) => row.penalties, numeric: true },
        { title: "Slashed", cell: (row) => row.slashed, numeric: true },
        { title: "Takes sealed prompts", cell: (row) => (row.encryption_key ? "yes" : "no") },
        { title: "Actions", cell: (row) => (account?.address === row.account ? <Own operator={row} method={method} /> : null) },
      ]}
    />
  );
}

function stateOf(operator: Operator, method: Method, now: bigint): string {
  if (operator.leaves_at != null) return BigInt(operator.leaves_at) <= now ? "left" : "leaving";
  if (BigInt(operator.bond) < BigInt(method.params.bond)) return "bond short";
  return BigInt(operator.active_from) > now ? "waiting" : "active";
}

function Own({ operator, method }: { operator: Operator; method: Method }) {
  const { contracts } = useDeployment();
  const free = useHasCome(operator.bond_free_at);
  const lacking = BigInt(method.params.bond) - BigInt(operator.bond);
  const of = { method: method.id };
  return (
    <Flex gap="2" wrap="wrap">
      {lacking > 0n && operator.leaves_at == null && (
        <SendButton title="Pay the bond" size="1" testid="pay-bond" messages={() => [sendOpen(contracts.open_token, contracts.attribution, lacking, { bond: of }, "Pay the bond")]} />
      )}
      {operator.bond_free_at == null && BigInt(operator.bond) > 0n && (
        <SendButton title="Leave" size="1" color="red" variant="soft" testid="unbond" messages={() => [message(contracts.attribution, "attribution", "unbond", of, "Leave")]} />
      )}
      {operator.bond_free_at != null && BigInt(operator.bond) > 0n && (
        <>
          <SendButton title="Take the bond back" size="1" disabled={!free} testid="withdraw-bond" messages={() => [message(contracts.attribution, "attribution", "withdraw_bond", of, "Take the bond back")]} />
          {!free && <Due at={operator.bond_free_at} />}
        </>
      )}
    </Flex>
  );
}
