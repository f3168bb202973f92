// What can be done with a contribution, by who is connected: vote, withdraw, change who is paid, take the bond back, forfeit.
import { Flex } from "@radix-ui/themes";
import type { Contribution } from "../../../../schema/datanet";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { To } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Due, useHasCome } from "../../components/time";
import { Note, Section } from "../../components/ui";
import { useWallet } from "../../wallet/WalletContext";
import { reviewersOf } from "../names";
import { PayeesForm } from "./PayeesForm";
import { ProveCopies } from "./ProveCopies";
import { Votes } from "./Votes";

/** The actions; nothing if there is none. */
export function Actions({ contribution }: { contribution: Contribution }) {
  const { account } = useWallet();
  const datanet = useAsk("datanet", "datanet", { datanet: contribution.datanet });
  const { status } = contribution;
  if (!account) return null;
  const own = account.address === contribution.contributor;
  const reviewer = !own && status === "pending" && datanet.data && reviewersOf(datanet.data.settings.admission).includes(account.address);
  const slashable = !own && (status === "pending" || status === "accepted" || status === "withdrawn");
  const settable = own && (status === "pending" || status === "accepted" || status === "withdrawn");
  return (
    <>
      {status === "committed" && <Overdue contribution={contribution} own={own} />}
      {reviewer && (
        <Section title="Your vote" testid="vote-section">
          <Votes contribution={contribution.id} />
        </Section>
      )}
      {slashable && <ProveCopies contribution={contribution} />}
      {settable && (
        <Section title="Your contribution" testid="own-section">
          <Flex direction="column" gap="4">
            <PayeesForm contribution={contribution} />
            <Leaving contribution={contribution} />
          </Flex>
        </Section>
      )}
    </>
  );
}

function Overdue({ contribution, own }: { contribution: Contribution; own: boolean }) {
  const { contracts } = useDeployment();
  const config = useAsk("datanet", "config", {});
  const due = config.data ? (BigInt(contribution.committed_at) + BigInt(config.data.reveal_period)).toString() : null;
  const overdue = useHasCome(due);
  if (!due) return null;
  if (!overdue) {
    return (
      <Note>
        It must be revealed <Due at={due} />. {own && <To to={`/datanets/${contribution.datanet}/contribute`} testid="go-reveal">Reveal it</To>}
      </Note>
    );
  }
  return (
    <Section title="The reveal is overdue">
      <SendButton title="Forfeit the bond to the treasury" color="red" testid="forfeit" messages={() => [message(contracts.datanet, "datanet", "forfeit", { contribution: contribution.id }, "Forfeit a bond")]} />
    </Section>
  );
}

function Leaving({ contribution }: { contribution: Contribution }) {
  const { contracts } = useDeployment();
  const config = useAsk("datanet", "config", {});
  const notice = (since: string) => (config.data ? (BigInt(since) + BigInt(config.data.notice_period)).toString() : null);
  const { status, withdrawn_at } = contribution;
  // Reviewers have their time first; afterwards the bond of what no model uses waits for the same notice.
  const leaves = status === "pending" ? notice(contribution.committed_at) : null;
  const released = status === "withdrawn" && !contribution.used && withdrawn_at != null ? notice(withdrawn_at) : null;
  const [canLeave, canRelease] = [useHasCome(leaves), useHasCome(released)];
  const of = { contribution: contribution.id };
  return (
    <Flex gap="3" wrap="wrap" align="center">
      {status !== "withdrawn" && (
        <SendButton title="Withdraw" color="red" variant="soft" disabled={status === "pending" && !canLeave} testid="withdraw" messages={() => [message(contracts.datanet, "datanet", "withdraw", of, "Withdraw a contribution")]} />
      )}
      {leaves && !canLeave && <Due at={leaves} />}
      {status !== "pending" && !contribution.bond_returned && (
        <SendButton title="Take the bond back" variant="soft" disabled={released !== null && !canRelease} testid="release-bond" messages={() => [message(contracts.datanet, "datanet", "release_bond", of, "Release a bond")]} />
      )}
      {released && !canRelease && !contribution.bond_returned && <Due at={released} />}
    </Flex>
  );
}
