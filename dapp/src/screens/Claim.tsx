// Everything that an account can be paid now, in one transaction.
import { Flex, Text } from "@radix-ui/themes";
import { sum } from "../amount/amount";
import { useReader } from "../chain/ChainContext";
import { Open, Shares, Tiles, To } from "../components/figures";
import { SendButton } from "../components/SendButton";
import { Table } from "../components/Table";
import { Nothing, Note, Screen, Section, Shown, State } from "../components/ui";
import { type Claimable, claimMessages, useClaimable } from "../data/claims";
import { useOwnContributions } from "../data/mine";
import { useWallet } from "../wallet/WalletContext";

/** The screen. */
export function Claim() {
  const { account } = useWallet();
  const claimable = useClaimable(account?.address ?? null);
  return (
    <Screen title="Earnings" lead="What your contributions, your stakes and your models have earned, and can be paid now.">
      {!account && <Note color="amber">Connect your wallet to see what it earned.</Note>}
      {account && (
        <Section title="To be paid now" testid="claimable">
          <Shown query={claimable}>{(found) => <Payable claimable={found} />}</Shown>
        </Section>
      )}
      {account && <Own account={account.address} />}
    </Screen>
  );
}

function Payable({ claimable }: { claimable: Claimable }) {
  const reader = useReader();
  const fromPositions = sum(claimable.positions.map((one) => one.own));
  const fromDividends = sum(claimable.dividends.map((one) => one.uopen));
  const units = sum(claimable.positions.map((one) => one.ownStake));
  const messages = claimMessages(reader, claimable);
  if (messages.length === 0) return <Nothing>Nothing can be paid now. Earnings come in when rounds are settled.</Nothing>;
  const total = fromPositions + fromDividends + claimable.balance;
  return (
    <Flex direction="column" gap="4">
      <Tiles
        tiles={[
          ["In all", <Open key="all" uopen={total} testid="claim-total" />],
          ["Contributions", <Open key="positions" uopen={fromPositions} />, `${claimable.positions.length} positions`],
          ["Dividends", <Open key="dividends" uopen={fromDividends} />],
          ["Balance", <Open key="balance" uopen={claimable.balance} />, "as owner or operator"],
          ["Stake", <Shares key="stake" units={units} />],
        ]}
      />
      {claimable.positions.length > 0 && (
        <Table
          caption="Positions that pay you"
          testid="claimable-positions"
          rows={claimable.positions}
          rowKey={(row) => `${row.model.id}-${row.position}`}
          columns={[
            { title: "Contribution", cell: (row) => <To to={`/contributions/${row.contribution}`}>{row.contribution}</To> },
            { title: "Model", cell: (row) => <To to={`/models/${row.model.id}`}>{row.model.name}</To> },
            { title: "Position", cell: (row) => row.position, numeric: true },
            { title: "Your part, OPEN", cell: (row) => <Open uopen={row.own} unit={false} />, numeric: true },
            { title: "All payees, OPEN", cell: (row) => <Open uopen={row.whole} unit={false} />, numeric: true },
            { title: "Your stake", cell: (row) => <Shares units={row.ownStake} />, numeric: true },
          ]}
        />
      )}
      <Flex gap="3" align="center" wrap="wrap">
        <SendButton title="Claim all" testid="claim-all" messages={() => messages} />
        <Text size="2" color="gray">
          One transaction of {messages.length} {messages.length === 1 ? "message" : "messages"}. Other payees of these positions are paid with it.
        </Text>
      </Flex>
    </Flex>
  );
}

function Own({ account }: { account: string }) {
  const own = useOwnContributions(account);
  return (
    <Section title="Your contributions">
      <Shown query={own} empty={(rows) => rows.length === 0} none="You have not contributed yet. Choose a DataNet in the overview.">
        {(rows) => (
          <Table
            caption="Your contributions"
            testid="own-contributions"
            rows={rows.slice(0, 100)}
            rowKey={(row) => row.id}
            columns={[
              { title: "Number", cell: (row) => <To to={`/contributions/${row.id}`} testid={`own-${row.id}`}>{row.id}</To> },
              { title: "DataNet", cell: (row) => <To to={`/datanets/${row.datanet}`}>{row.datanet}</To> },
              { title: "State", cell: (row) => <State is={row.status} /> },
              { title: "Items", cell: (row) => row.revealed?.item_count ?? "–", numeric: true },
              { title: "Bond left, OPEN", cell: (row) => <Open uopen={row.bond_returned ? 0n : BigInt(row.bond) - BigInt(row.bond_taken)} unit={false} />, numeric: true },
            ]}
          />
        )}
      </Shown>
    </Section>
  );
}
