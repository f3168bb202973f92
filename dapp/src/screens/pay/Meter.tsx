// What calls cost while they are made: this call, this channel, today.
import type { Channel } from "../../../../schema/settlement";
import { Open, Tiles } from "../../components/figures";
import type { PaidCall } from "../../pay/books";
import type { Progress } from "../../pay/courier";
import type { Playground } from "./usePlayground";

/** The meter. What runs is added to what is booked, so that it only moves on. */
export function Meter({ channel, playground }: { channel: Channel; playground: Playground }) {
  const { kept, going, last } = playground;
  const running = going?.progress?.fee ?? 0n;
  const paid = BigInt(kept.data?.pocket?.paid.sum ?? channel.redeemed) + running;
  const today = BigInt(kept.data?.today.fees ?? "0") + running;
  const call = going ? going.progress : (paidOf(kept.data?.calls.at(-1)) ?? last);
  return (
    <div data-testid="meter" data-state={going ? "running" : "still"} role="group" aria-label="What calls cost">
      <Tiles
        tiles={[
          [going ? "This call, so far" : "Last call", <Open key="call" uopen={call?.fee ?? 0n} testid="meter-call" />, going?.progress && <>at most <Open uopen={going.progress.ceiling} testid="meter-ceiling" /></>],
          ["Tokens", <Tokens key="tokens" call={call} />, "bytes read and written, as receipts count them"],
          ["This channel", <Open key="channel" uopen={paid} testid="meter-channel" />, <>left: <Open uopen={BigInt(channel.deposit) - paid} testid="meter-left" /></>],
          ["Today (UTC)", <Open key="today" uopen={today} testid="meter-today" />, kept.data && <>you allow <Open uopen={kept.data.budget.perDay} testid="meter-allowed" /></>],
        ]}
      />
    </div>
  );
}

type Metered = Pick<Progress, "fee" | "tokensIn" | "tokensOut">;

function paidOf(call: PaidCall | undefined): Metered | null {
  return call ? { fee: BigInt(call.fee), tokensIn: call.tokensIn, tokensOut: call.tokensOut } : null;
}

function Tokens({ call }: { call: Metered | null }) {
  return (
    <>
      <span data-testid="meter-in">{call?.tokensIn ?? 0}</span> + <span data-testid="meter-out">{call?.tokensOut ?? 0}</span>
    </>
  );
}
