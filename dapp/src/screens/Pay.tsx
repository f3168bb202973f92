// Paying: a playground, channels of the connected account, and opening a new one.
import { sum } from "../amount/amount";
import { useAsk } from "../chain/ChainContext";
import { Open, Tiles } from "../components/figures";
import { Note, Screen, Section, Shown } from "../components/ui";
import { useOwnChannels } from "../data/mine";
import { useModels } from "../data/models";
import { useWallet } from "../wallet/WalletContext";
import { ChannelCard } from "./pay/ChannelCard";
import { OpenChannel } from "./pay/OpenChannel";
import { Playground } from "./pay/Playground";

/** The screen. */
export function Pay() {
  const { account } = useWallet();
  const models = useModels();
  const channels = useOwnChannels(account?.address ?? null);
  const config = useAsk("settlement", "config", {});
  const open = (channels.data ?? []).filter((channel) => !channel.closed);
  return (
    <Screen title="Pay" lead="You pay a deposit into a channel of a model, promise parts of it call by call, and get the rest back.">
      {!account && <Note color="amber">Connect your wallet to open a channel or see yours.</Note>}
      {account && channels.data && models.data && <Playground channels={channels.data} models={models.data} />}
      {account && (
        <Section title="Your channels" testid="channels">
          <Shown query={channels} empty={(rows) => rows.length === 0} none="You have no channel yet. Open one below.">
            {(rows) => (
              <>
                <Tiles
                  tiles={[
                    ["Open channels", open.length],
                    ["Deposits", <Open key="deposits" uopen={sum(open.map((channel) => BigInt(channel.deposit)))} />],
                    ["Paid for calls", <Open key="redeemed" uopen={sum(rows.map((channel) => BigInt(channel.redeemed)))} />, "redeemed by gateways"],
                  ]}
                />
                {rows.slice(0, 50).map((channel) => (
                  <ChannelCard key={channel.id} channel={channel} model={models.data?.find((one) => one.id === channel.model) ?? null} />
                ))}
              </>
            )}
          </Shown>
        </Section>
      )}
      {account && (
        <Section title="Open a channel" note={config.data && <>Fees are booked by epochs of {config.data.epoch_length} s; of each fee {config.data.protocol_share / 100} % is the protocol&rsquo;s.</>} testid="open-channel-section">
          <Shown query={models} empty={(rows) => rows.every((model) => model.versions === 0)} none="No model can be used yet: none has a version.">
            {(rows) => <OpenChannel models={rows.filter((model) => model.versions > 0)} />}
          </Shown>
        </Section>
      )}
    </Screen>
  );
}
