// A reviewer's two buttons.
import { Flex } from "@radix-ui/themes";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { SendButton } from "../../components/SendButton";

/** Accept or reject a contribution. */
export function Votes({ contribution }: { contribution: string }) {
  const { contracts } = useDeployment();
  return (
    <Flex gap="2" wrap="wrap">
      <SendButton title="Accept" size="1" color="green" testid={`accept-${contribution}`} messages={() => [message(contracts.datanet, "datanet", "review", { contribution, verdict: "accept" }, "Accept a contribution")]} />
      <SendButton title="Reject" size="1" color="red" variant="soft" testid={`reject-${contribution}`} messages={() => [message(contracts.datanet, "datanet", "review", { contribution, verdict: "reject" }, "Reject a contribution")]} />
    </Flex>
  );
}
