// Opening a channel: which model, how much, and a key for its vouchers that is made and kept here first.
import { Box, Button, Flex, Grid } from "@radix-ui/themes";
import { toBase64 } from "@cosmjs/encoding";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import { readTyped } from "../../amount/amount";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { sendOpen } from "../../chain/messages";
import { useSender } from "../../chain/SendContext";
import { AmountInput, Choice } from "../../components/fields";
import { Open } from "../../components/figures";
import { Note } from "../../components/ui";
import { makeVoucherKey } from "../../keep/voucherKeys";

/** The form. */
export function OpenChannel({ models }: { models: readonly Model[] }) {
  const { contracts } = useDeployment();
  const { send, busy } = useSender();
  const [id, setId] = useState(models[0]?.id ?? "");
  const [amount, setAmount] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const model = models.find((one) => one.id === id);
  const sheet = useAsk("model", "price_sheet", { model: id, version: model?.price_sheet ?? 1 }, { enabled: model !== undefined });
  const read = readTyped(amount);

  const open = async () => {
    if (!read.ok) return;
    try {
      const key = await makeVoucherKey();
      const inside = { open_channel: { model: id, voucher_key: toBase64(key) } };
      if (await send("Open a channel", [sendOpen(contracts.open_token, contracts.settlement, read.units, inside, "Open a channel")])) setAmount("");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <Flex direction="column" gap="3">
      <Grid columns={{ initial: "1", sm: "2" }} gap="3">
        <Choice label="Model" value={id} onChange={setId} testid="channel-model" choices={models.map((one) => [one.id, one.name])} hint={sheet.data && <>A call costs {sheet.data.prices.map((price, index) => <span key={price.name}>{index > 0 && ", "}{price.name} <Open uopen={price.per_call} /></span>)}.</>} />
        <AmountInput label="Deposit" value={amount} onChange={setAmount} testid="channel-deposit" hint="What is not used comes back when you close the channel." />
      </Grid>
      {problem && <Note color="red">{problem}</Note>}
      <Box>
        <Button disabled={busy || !read.ok || read.units === 0n} onClick={() => void open()} data-testid="open-channel">
          Open the channel
        </Button>
      </Box>
    </Flex>
  );
}
