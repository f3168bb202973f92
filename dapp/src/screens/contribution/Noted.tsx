// Tells a model that a contribution which it uses was withdrawn or slashed: its next versions must leave it out. Anybody may.
import { Flex, Text } from "@radix-ui/themes";
import type { Contribution } from "../../../../schema/datanet";
import type { Model } from "../../../../schema/model";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { SendButton } from "../../components/SendButton";
import { positionsIn } from "../../data/manifest";

/** The sentence and the button; nothing while the contribution may be used. */
export function Noted({ model, contribution, position }: { model: Model; contribution: Contribution; position: number }) {
  const { contracts } = useDeployment();
  const gone = contribution.status === "withdrawn" || contribution.status === "slashed";
  const withdrawn = useAsk("model", "withdrawn", { model: model.id }, { enabled: gone, live: true });
  if (!gone || withdrawn.data === undefined) return null;
  const noted = positionsIn(withdrawn.data, model.positions).includes(position);
  return (
    <Flex gap="3" align="center" wrap="wrap" mt="3" data-testid={`noted-${model.id}`} data-noted={noted}>
      <Text size="2">{noted ? "Later versions of this model must leave it out." : "The model does not know yet that it may not use this any more."}</Text>
      {!noted && <SendButton title="Tell the model" size="1" testid={`note-withdrawal-${model.id}`} messages={() => [message(contracts.model, "model", "note_withdrawals", { model: model.id, contributions: [contribution.id] }, "Note a withdrawal")]} />}
    </Flex>
  );
}
