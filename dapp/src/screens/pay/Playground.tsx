// The playground: a channel is chosen, a model is asked, and what it costs is told while it answers. No wallet is asked: the channel's own key signs.
import { Flex } from "@radix-ui/themes";
import { fromBase64 } from "@cosmjs/encoding";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import type { Channel } from "../../../../schema/settlement";
import { formatUnits } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { Choice } from "../../components/fields";
import { Note, Section, Waiting } from "../../components/ui";
import { hasVoucherKey } from "../../keep/voucherKeys";
import { payProblemOf } from "../../pay/problems";
import { Budgets } from "./Budgets";
import { Calls } from "./Calls";
import { Composer } from "./Composer";
import { Meter } from "./Meter";
import { useLookAfter, usePlayground } from "./usePlayground";

/** The section: for channels whose key is in this browser, and whose model's gateway is known. */
export function Playground({ channels, models }: { channels: readonly Channel[]; models: readonly Model[] }) {
  const { gateways } = useDeployment();
  const [chosen, setChosen] = useState("");
  const open = channels.filter((channel) => !channel.closed && !channel.close_at);
  const own = useOwn(channels.filter((channel) => !channel.closed && gateways[channel.model] !== undefined));
  const usable = own?.filter((channel) => !channel.close_at) ?? [];
  const channel = usable.find((one) => one.id === chosen) ?? usable[0];
  const nameOf = (one: Channel) => models.find((model) => model.id === one.model)?.name ?? `model ${one.model}`;
  const url = channel && gateways[channel.model];
  return (
    <Section title="Playground" note="Ask a model and pay call by call. Your wallet is not asked: the channel's own key in this browser signs." testid="playground">
      {channel && url !== undefined ? (
        <Flex direction="column" gap="4">
          <Choice
            label="Pay from"
            value={channel.id}
            onChange={setChosen}
            testid="playground-channel"
            choices={usable.map((one) => [one.id, `${nameOf(one)} – channel ${one.id}, deposit ${formatUnits(BigInt(one.deposit))} OPEN`])}
            hint={`Its gateway is at ${url}.`}
          />
          <Talk key={channel.id} channel={channel} model={models.find((model) => model.id === channel.model) ?? null} url={url} />
        </Flex>
      ) : own ? (
        <Note testid="playground-none">{whyNone(open, gateways)}</Note>
      ) : (
        <Waiting />
      )}
      {own?.filter((one) => one.id !== channel?.id).map((one) => <LookAfter key={one.id} channel={one} url={gateways[one.model] ?? ""} />)}
    </Section>
  );
}

/** Channels whose key this browser has; null until that is known. */
function useOwn(channels: readonly Channel[]): readonly Channel[] | null {
  const keys = useQuery({
    queryKey: ["voucher-keys", channels.map((channel) => channel.voucher_key)],
    queryFn: () => Promise.all(channels.map((channel) => hasVoucherKey(fromBase64(channel.voucher_key)))),
  });
  return keys.data ? channels.filter((_, index) => keys.data[index]) : null;
}

function LookAfter({ channel, url }: { channel: Channel; url: string }) {
  useLookAfter(channel, url);
  return null;
}

function whyNone(open: readonly Channel[], gateways: Readonly<Record<string, string>>): string {
  if (Object.keys(gateways).length === 0) return "This page knows no gateway. Whoever runs it names one in deployment.json: scripts/dapp --gateway MODEL=URL.";
  if (open.length === 0) return "Open a channel of a model first.";
  if (open.every((channel) => gateways[channel.model] === undefined)) return "This page knows no gateway of the models that your channels pay for. Open a channel of another model, or ask whoever runs this page to name its gateway.";
  return "The keys of your channels' vouchers are not in this browser. Pay from the browser in which they were opened, or open another channel here.";
}

function Talk({ channel, model, url }: { channel: Channel; model: Model | null; url: string }) {
  const playground = usePlayground(channel, url);
  const calls = playground.kept.data?.calls ?? [];
  // A conversation goes on where it was left.
  const [begun, setBegun] = useState<number | null>(null);
  const thread = begun ?? calls.at(-1)?.question.thread ?? 0;
  const retired = playground.kept.data?.pocket?.retired;
  return (
    <Flex direction="column" gap="4">
      {playground.kept.isError && <Note color="red" testid="books-failed">{payProblemOf(playground.kept.error).message}</Note>}
      {retired && playground.problem === null && (
        <Note color="red" testid="retired">
          This browser uses channel {channel.id} no further: {retired} Close it below to get the rest of your deposit back, and open another one.
        </Note>
      )}
      <Meter channel={channel} playground={playground} />
      <Calls playground={playground} channel={channel} model={model} thread={thread} />
      <Composer channel={channel} playground={playground} thread={thread} onNew={() => setBegun(thread + 1)} />
      <Budgets playground={playground} />
    </Flex>
  );
}
