// The queue of a reviewer and curator.
import { Flex, Text } from "@radix-ui/themes";
import { Address, To } from "../components/figures";
import { Table } from "../components/Table";
import { Note, Nothing, Screen, Section, Shown } from "../components/ui";
import { type Pending, useQueue } from "../data/reviews";
import { useWallet } from "../wallet/WalletContext";
import { Votes } from "./contribution/Votes";
import { Approve } from "./model/Approve";

/** The screen. */
export function Reviews() {
  const { account } = useWallet();
  const queue = useQueue(account?.address ?? null);
  return (
    <Screen title="Reviews" lead="What waits for your judgement. Look at the items before you vote: a vote stands.">
      {!account && <Note color="amber">Connect your wallet to see what waits for you.</Note>}
      {account && (
        <Shown query={queue}>
          {(found) => (
            <Flex direction="column" gap="5">
              <Section title="Contributions" testid="review-queue">
                {found.reviewed.length === 0 && <Nothing>You are a reviewer of no DataNet.</Nothing>}
                {found.reviewed.length > 0 && found.pending.length === 0 && <Nothing>Nothing waits for a vote.</Nothing>}
                {found.pending.length > 0 && <PendingTable pending={found.pending} />}
              </Section>
              <Section title="Validation examples" note="Curators approve the examples that usefulness is measured with." testid="proposal-queue">
                {found.proposals.length === 0 ? <Nothing>No proposal waits for you.</Nothing> : <Flex direction="column" gap="5">{found.proposals.map(({ model, onBehalf }) => <Approve key={model.id} model={model} onBehalf={onBehalf} />)}</Flex>}
              </Section>
            </Flex>
          )}
        </Shown>
      )}
    </Screen>
  );
}

/** Rows that are shown at once; the rest move up as votes come in. */
const atOnce = 50;

function PendingTable({ pending }: { pending: readonly Pending[] }) {
  return (
    <>
      <Table
        caption="Contributions under review"
        testid="pending-table"
        rows={pending.slice(0, atOnce)}
        rowKey={(row) => row.contribution.id}
        columns={[
          { title: "Contribution", cell: ({ contribution }) => <To to={`/contributions/${contribution.id}`}>{contribution.id}</To> },
          { title: "DataNet", cell: ({ datanet }) => <To to={`/datanets/${datanet.id}`}>{datanet.settings.name}</To> },
          { title: "By", cell: ({ contribution }) => <Address of={contribution.contributor} /> },
          { title: "Items", cell: ({ contribution }) => contribution.revealed?.item_count ?? "–", numeric: true },
          { title: "Where", cell: ({ contribution }) => contribution.revealed?.uri || "–" },
          { title: "Votes", cell: ({ contribution, datanet }) => `${contribution.accepts} for, ${contribution.rejects} against; ${threshold(datanet.settings.admission)} accept` },
          { title: "Your vote", cell: ({ contribution }) => <Votes contribution={contribution.id} /> },
        ]}
      />
      {pending.length > atOnce && <Text size="2" color="gray">{pending.length - atOnce} more wait.</Text>}
    </>
  );
}

function threshold(admission: Pending["datanet"]["settings"]["admission"]): number {
  return "reviewed" in admission ? admission.reviewed.threshold : 0;
}
