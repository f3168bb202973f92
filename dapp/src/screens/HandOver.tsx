// Handing a model or a DataNet to another account: its owner offers it, and the other account takes it.
import { Box, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import { useDeployment } from "../chain/ChainContext";
import { type Message, message } from "../chain/messages";
import { TextInput } from "../components/fields";
import { Address } from "../components/figures";
import { SendButton } from "../components/SendButton";
import { useWallet } from "../wallet/WalletContext";

interface Props {
  readonly what: "model" | "DataNet";
  readonly id: string;
  readonly owner: string;
  readonly offeredTo: string | null | undefined;
  /** What the new owner should know. */
  readonly note: string;
}

/** The owner's form and the other account's button; nothing for everybody else. */
export function HandOver({ what, id, owner, offeredTo, note }: Props) {
  const { account } = useWallet();
  const own = account?.address;
  if (own === undefined || (own !== owner && own !== offeredTo)) return null;
  return (
    <Flex direction="column" gap="3" data-testid="hand-over">
      {offeredTo && (
        <Text as="p" size="2" data-testid="offered-to">
          It is offered to <Address of={offeredTo} own={own} />. {note}
        </Text>
      )}
      {own === offeredTo && <Accept what={what} id={id} />}
      {own === owner && <Offer what={what} id={id} />}
    </Flex>
  );
}

function Offer({ what, id }: Pick<Props, "what" | "id">) {
  const { contracts } = useDeployment();
  const [to, setTo] = useState("");
  const offer = (): Message =>
    what === "model"
      ? message(contracts.model, "model", "offer_model", { model: id, to: to.trim() }, "Offer a model")
      : message(contracts.datanet, "datanet", "offer_datanet", { datanet: id, to: to.trim() }, "Offer a DataNet");
  return (
    <>
      <Box maxWidth="36rem">
        <TextInput label="Hand it over to" value={to} onChange={setTo} testid="offer-to" hint="An address. It stays yours until that account accepts; another offer replaces this one." />
      </Box>
      <Box>
        <SendButton title={`Offer the ${what}`} variant="soft" disabled={to.trim() === ""} testid="offer" messages={() => [offer()]} onDone={() => setTo("")} />
      </Box>
    </>
  );
}

function Accept({ what, id }: Pick<Props, "what" | "id">) {
  const { contracts } = useDeployment();
  const accept = (): Message =>
    what === "model"
      ? message(contracts.model, "model", "accept_model", { model: id }, "Take a model")
      : message(contracts.datanet, "datanet", "accept_datanet", { datanet: id }, "Take a DataNet");
  return (
    <Box>
      <SendButton title={`Take the ${what}`} testid="accept-offer" messages={() => [accept()]} />
    </Box>
  );
}
