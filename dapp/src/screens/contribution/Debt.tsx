// Proved debt of a contribution in one model: anybody claims it, reviewers or curators appeal, anybody collects it after the window.
import { Flex, Text } from "@radix-ui/themes";
import type { Account } from "../../../../schema/settlement";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Open } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Due, useHasCome } from "../../components/time";
import { useWallet } from "../../wallet/WalletContext";
import { reviewersOf } from "../names";

/** Settled rounds in a row with proved debt before it can be claimed. */
const roundsBefore = 2;

interface Props {
  readonly contribution: string;
  readonly datanet: string;
  readonly model: string;
  readonly account: Account;
}

/** What can be done about the debt; nothing if there is none and never was a case. */
export function Debt({ contribution, datanet, model, account }: Props) {
  const { contracts } = useDeployment();
  const config = useAsk("datanet", "config", {});
  const found = useAsk("datanet", "debt_case", { contribution, model }, { live: true });
  const recognised = useAsk("datanet", "recognitions", { datanet });
  const due = found.data && config.data ? (BigInt(found.data.claimed_at) + BigInt(config.data.appeal_period)).toString() : null;
  const over = useHasCome(due);
  const proved = BigInt(account.proved_debt);
  const of = { contribution, model };
  if (!found.isSuccess || (proved === 0n && !found.data)) return null;
  const open = found.data?.state === "open";
  const allowed = recognised.data?.some((one) => one.model === model && one.confirmed) ?? false;
  return (
    <Flex direction="column" gap="2" mt="3" data-testid={`debt-${model}`}>
      <Text size="2">
        Proved debt: <Open uopen={proved} testid="proved-debt" />, after {account.rounds_with_debt} settled rounds in a row with it.{" "}
        {!allowed && "The DataNet does not recognise this model, so its bond is not touched."}
        {found.data && <> The last claim is {found.data.state}, with {found.data.appeals} appeals; <Open uopen={found.data.collected} /> was taken.</>}
      </Text>
      <Flex gap="2" wrap="wrap" align="center">
        {!open && found.data?.state !== "barred" && allowed && proved > 0n && account.rounds_with_debt >= roundsBefore && (
          <SendButton title="Claim the debt" size="1" testid={`claim-debt-${model}`} messages={() => [message(contracts.datanet, "datanet", "claim_debt", of, "Claim a debt")]} />
        )}
        {open && !over && <Appeal {...{ contribution, datanet, model }} />}
        {open && due && !over && <Text size="2" color="gray">It can be collected <Due at={due} />.</Text>}
        {open && over && (
          <SendButton title="Collect the debt" size="1" testid={`collect-debt-${model}`} messages={() => [message(contracts.datanet, "datanet", "collect_debt", of, "Collect a debt")]} />
        )}
      </Flex>
    </Flex>
  );
}

/** For reviewers of a reviewed DataNet, for curators of others. */
function Appeal({ contribution, datanet, model }: Omit<Props, "account">) {
  const { contracts } = useDeployment();
  const { account } = useWallet();
  const found = useAsk("datanet", "datanet", { datanet });
  const settings = found.data?.settings;
  if (!account || !settings) return null;
  const judges = "reviewed" in settings.admission ? reviewersOf(settings.admission) : settings.curators;
  if (!judges.includes(account.address)) return null;
  return <SendButton title="Appeal" size="1" variant="soft" testid={`appeal-${model}`} messages={() => [message(contracts.datanet, "datanet", "appeal", { contribution, model }, "Appeal")]} />;
}
