// What anybody may send for a model so that its money moves on: nobody waits for an owner or an operator who has gone.
import { Flex, Text } from "@radix-ui/themes";
import type { ReactNode } from "react";
import type { Model } from "../../../../schema/model";
import type { Config, ModelTotals } from "../../../../schema/settlement";
import { sum } from "../../amount/amount";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { type Message, message } from "../../chain/messages";
import { Open } from "../../components/figures";
import { SendButton } from "../../components/SendButton";

/** The buttons that mean something now; nothing if there is none. The contract checks what takes several queries to know. */
export function Pushes({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const { settlement } = contracts;
  const totals = useAsk("settlement", "model_totals", { model: model.id }, { live: true });
  const config = useAsk("settlement", "config", {});
  const epoch = useAsk("settlement", "current_epoch", {}, { live: true });
  if (!totals.data || !config.data) return null;
  const of = { model: model.id };
  const owed = BigInt(totals.data.royalties_owed);
  return (
    <Flex direction="column" gap="2" mt="4">
      {owed > 0n && model.parents.length > 0 && (
        <Push says={<>Royalties of <Open uopen={owed} /> are owed to the models that it was made from.</>} title="Pass royalties on" testid="flow" message={message(settlement, "settlement", "flow", of, "Pass royalties on")} />
      )}
      {stale(totals.data, config.data, epoch.data ?? null) && (
        <Push says="No round has settled these fees for long. If they are too old they can go to the treasury." title="Let old fees lapse" testid="lapse" message={message(settlement, "settlement", "lapse", of, "Let fees lapse")} />
      )}
      {idle(totals.data) && (
        <Push says="It has no fees. If it had none for long enough, what doubt holds back can be released." title="Retire its ledger" testid="retire" message={message(settlement, "settlement", "retire", of, "Retire a ledger")} />
      )}
    </Flex>
  );
}

function unsettled({ unsettled: { influence, owner, parents, protocol, stake } }: ModelTotals): bigint {
  return sum([influence, owner, parents, protocol, stake].map(BigInt));
}

/** Fees wait, and more epochs have passed since the last round than a range lives. */
function stale(totals: ModelTotals, config: Config, epoch: string | null): boolean {
  const since = BigInt(epoch ?? "0") - BigInt(totals.settled_through ?? "0");
  return unsettled(totals) > 0n && since > BigInt(config.lapse_after);
}

function idle(totals: ModelTotals): boolean {
  return unsettled(totals) === 0n && totals.retired_in == null && BigInt(totals.liability) > BigInt(totals.payable);
}

function Push({ says, title, testid, message: one }: { says: ReactNode; title: string; testid: string; message: Message }) {
  return (
    <Flex gap="3" align="center" wrap="wrap">
      <Text size="2">{says}</Text>
      <SendButton title={title} size="1" variant="soft" testid={testid} messages={() => [one]} />
    </Flex>
  );
}
