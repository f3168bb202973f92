// One channel: what is in it, and topping it up, closing it, finishing the close.
import { Box, Card, Flex, Heading } from "@radix-ui/themes";
import { fromBase64 } from "@cosmjs/encoding";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import type { Channel } from "../../../../schema/settlement";
import { readTyped } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { message, sendOpen } from "../../chain/messages";
import { AmountInput } from "../../components/fields";
import { Address, Facts, Open } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Due, useHasCome } from "../../components/time";
import { State } from "../../components/ui";
import { hasVoucherKey } from "../../keep/voucherKeys";

/** The card. */
export function ChannelCard({ channel, model }: { channel: Channel; model: Model | null }) {
  const { contracts } = useDeployment();
  const noticeOver = useHasCome(channel.close_at);
  const state = channel.closed ? "closed" : channel.close_at ? "closing" : "open";
  const left = BigInt(channel.deposit) - BigInt(channel.redeemed);
  const of = { channel: channel.id };
  const key = useQuery({ queryKey: ["voucher-key", channel.voucher_key], queryFn: () => hasVoucherKey(fromBase64(channel.voucher_key)) });
  return (
    <Box mt="4">
      <Card data-testid={`channel-${channel.id}`} data-state={state}>
        <Flex gap="3" align="center" mb="3">
          <Heading as="h3" size="3">
            Channel {channel.id}: {model?.name ?? `model ${channel.model}`}
          </Heading>
          <State is={state} testid="channel-state" />
        </Flex>
        <Facts
          facts={[
            ["Deposit", <Open key="deposit" uopen={channel.deposit} testid="deposit" />],
            ["Paid for calls", <Open key="redeemed" uopen={channel.redeemed} testid="redeemed" />],
            [channel.closed ? "Paid back" : "Left", <Open key="left" uopen={left} testid="left" />],
            ["Key of its vouchers", key.data === undefined ? "…" : key.data ? "in this browser" : "not in this browser: calls are paid where the channel was opened", "voucher-key"],
            ["Gateway", <Address key="gateway" of={channel.gateway} />],
            ...(channel.close_at && !channel.closed ? ([["Can be closed for good", <Due key="due" at={channel.close_at} over="now, once enough blocks have passed" />]] as const) : []),
          ]}
        />
        {!channel.closed && (
          <Flex gap="3" wrap="wrap" align="end" mt="3">
            {!channel.close_at && <TopUp channel={channel.id} />}
            {!channel.close_at && (
              <SendButton title="Close the channel" color="red" variant="soft" testid={`close-${channel.id}`} messages={() => [message(contracts.settlement, "settlement", "close_channel", of, "Close a channel")]} />
            )}
            {channel.close_at && (
              <SendButton title="Finish and get the rest back" disabled={!noticeOver} testid={`finish-${channel.id}`} messages={() => [message(contracts.settlement, "settlement", "finish_close", of, "Finish the close")]} />
            )}
          </Flex>
        )}
      </Card>
    </Box>
  );
}

function TopUp({ channel }: { channel: string }) {
  const { contracts } = useDeployment();
  const [amount, setAmount] = useState("");
  const read = readTyped(amount);
  return (
    <Flex gap="2" align="end" wrap="wrap">
      <AmountInput label="Add to the deposit" value={amount} onChange={setAmount} testid={`top-up-amount-${channel}`} />
      <SendButton
        title="Top up"
        testid={`top-up-${channel}`}
        disabled={!read.ok || read.units === 0n}
        messages={() => (read.ok ? [sendOpen(contracts.open_token, contracts.settlement, read.units, { top_up: { channel } }, "Top up a channel")] : null)}
        onDone={() => setAmount("")}
      />
    </Flex>
  );
}
