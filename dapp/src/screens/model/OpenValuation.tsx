// A round that measures usefulness alone: it shares out royalties and a part of the stake. Anybody may open it.
import { Flex, Text } from "@radix-ui/themes";
import type { Model } from "../../../../schema/model";
import { sum } from "../../amount/amount";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Open, Shares } from "../../components/figures";
import { SendButton } from "../../components/SendButton";

/** What waits for it, and the button; nothing if nothing waits. */
export function OpenValuation({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const valuation = useAsk("settlement", "valuation", { model: model.id }, { enabled: model.versions > 0, live: true });
  if (!valuation.data) return null;
  const { royalties, tranche, epoch, not_before } = valuation.data;
  const waiting = sum([royalties.influence, royalties.owner, royalties.stake, royalties.parents, royalties.protocol].map(BigInt));
  if (waiting === 0n && BigInt(tranche) === 0n) return null;
  const early = BigInt(epoch) < BigInt(not_before);
  return (
    <Flex gap="3" align="center" wrap="wrap" mb="3">
      <Text size="2">
        A valuation would share out <Open uopen={waiting} /> of royalties and <Shares units={tranche} /> of the stake{early ? `, from epoch ${not_before} on` : ""}.
      </Text>
      <SendButton title="Open a valuation" size="1" variant="soft" disabled={early} testid="open-valuation" messages={() => [message(contracts.attribution, "attribution", "open_valuation", { model: model.id }, "Open a valuation")]} />
    </Flex>
  );
}
