// One call from the question to its paid answer: an order is made, kept and sent, the receipt checked, the voucher kept and handed over. The browser's counterpart of
// `oracle pay`, with the same order of steps: what binds money is on disk before anything is sent.
import { toHex } from "@cosmjs/encoding";
import type { Channel, SignedVoucher } from "../../../schema/settlement";
import { formatOpen } from "../amount/amount";
import type { Reader } from "../chain/reader";
import { randomSalt } from "../keep/commitments";
import { correctionDigest, type Place, requestDigest, seal, voucherDigest } from "../rules/calls";
import type { Rules } from "../rules/module";
import { type Output, outputIn, type Request, textOutput } from "./asked";
import type { Books, PaidCall, Pending, Pocket, Question } from "./books";
import { check, digestOf, feeOf } from "./check";
import { type CorrectionState, type Gateway, type Refused, refusedOf } from "./gateway";
import { shared, sign } from "./keys";
import { alone } from "./locks";
import { PayProblem, refusal, unreachable } from "./problems";
import { Gathered } from "./stream";
import { choose } from "./terms";
import { type Charged, type ChannelState, paymentHeader, paymentResponse, type Reach, readSettled, type Required, type Requirements, type SealedOrder } from "./x402";

/** How often an order is made anew when the gateway asks for another one. */
const attempts = 3;
/** The longest that a busy channel is waited for, whatever its gateway says. */
const longestMs = 3_600_000;

/** A call as it goes on: what was written so far, and what that costs. */
export interface Progress {
  readonly text: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly fee: bigint;
  /** What it costs at most. */
  readonly ceiling: bigint;
}

/** What is asked, of which channel, at which price. */
export interface Wish {
  readonly channel: Channel;
  readonly request: Request;
  readonly price: string;
  readonly question: Question;
}

/** What became of a call that was left under way. */
export type Recovered =
  | { readonly found: "nothing" }
  | { readonly found: "paid"; readonly call: PaidCall }
  | { readonly found: "unserved" }
  | { readonly found: "retired"; readonly why: string };

/** What a courier works with. */
export interface Means {
  readonly reader: Reader;
  readonly rules: Rules;
  readonly books: Books;
  readonly gateway: Gateway;
  /** The private key, as hex, of a channel's vouchers, by its public key as hex. */
  readonly keyOf: (publicKey: string) => Promise<string>;
}

/** Whether an order that is refused may have been sent before, and served then. */
type Turn = "first" | "again";

/** An answer with its receipt. */
interface Answered {
  readonly charged: Charged;
  readonly text: string;
  readonly output: Output;
  readonly finish: string | null;
}

/** Makes calls through one gateway. */
export class Courier {
  private readonly terms = new Map<string, Requirements>();

  constructor(private readonly means: Means) {}

  /** Makes a call and pays for it. Throws a {@link PayProblem}; nothing is signed then, but a call that is under way may have been served, and is fetched by {@link recover}. */
  ask(wish: Wish, told: (progress: Progress) => void): Promise<PaidCall> {
    return alone(this.lock(wish.channel.id), async () => {
      const kept = await this.pocketOf(wish.channel);
      if (kept.pending) await this.finish(kept);
      for (let attempt = 1; ; attempt += 1) {
        const pocket = await this.pocketOf(wish.channel);
        if (pocket.retired !== null) throw new PayProblem("channel", `This browser uses channel ${pocket.channel} no further: ${pocket.retired} Close it to get the rest of your deposit back, and open another one.`);
        const accepted = await this.termsOf(wish);
        const ordered = await this.order(pocket, wish, accepted);
        const response = await this.send(ordered);
        if (response.ok) return this.settle(ordered, await this.answered(ordered, response, told));
        const refused = await refusedOf(response);
        await this.judge(ordered, "first", refused);
        this.terms.clear();
        // Other terms may do better; what is refused for itself is refused again.
        if (refused.required === null || attempt === attempts) throw refused.problem;
      }
    });
  }

  /** Fetches and pays what an earlier tab left under way, and hands over a voucher that did not arrive. Nothing is paid twice: the gateway gives the same answer to the same order. */
  recover(channel: Channel): Promise<Recovered> {
    return alone(this.lock(channel.id), async () => {
      const pocket = await this.means.books.pocket(channel.id);
      if (!pocket) return { found: "nothing" };
      if (pocket.pending) return this.finish(pocket);
      await this.handOver(pocket);
      return { found: "nothing" };
    });
  }

  /** Says what an answer should have been, signed by the channel's key. The answer as receipts hold it. */
  async correct(publicKey: string, call: PaidCall, answer: Output, shown: string): Promise<CorrectionState> {
    const { rules, books, gateway } = this.means;
    const digest = correctionDigest(rules, { domain: this.domain(), channel: call.channel, number: String(call.number), answer: answer.bytes });
    const state = await gateway.correct(call.receipt, answer.bytes, sign(digest, await this.means.keyOf(publicKey)));
    await books.corrected(call, shown);
    return state;
  }

  private domain(): Place {
    const { chain, contracts } = this.means.reader.deployment;
    return [chain.chainId, contracts.settlement];
  }

  private lock(channel: string): string {
    return `attribution-channel/${this.means.books.idOf(channel)}`;
  }

  /** The channel as this browser keeps it, or as the chain shows it if it was never used here. */
  private async pocketOf(channel: Channel): Promise<Pocket> {
    const kept = await this.means.books.pocket(channel.id);
    if (kept) return kept;
    return {
      id: this.means.books.idOf(channel.id), chainId: this.means.reader.deployment.chain.chainId, channel: channel.id, model: channel.model,
      publicKey: toHex(Uint8Array.from(atob(channel.voucher_key), (letter) => letter.charCodeAt(0))),
      paid: { number: 0, sum: channel.redeemed, head: channel.head }, epoch: channel.last_epoch ?? null, unsent: null, pending: null, retired: null,
    };
  }

  /** How this is paid, as the gateway said last and the chain confirmed; asked for once. */
  private async termsOf({ channel, request, price }: Wish): Promise<Requirements> {
    const key = `${request.path} ${channel.model} ${channel.gateway} ${price}`;
    const known = this.terms.get(key);
    if (known) return known;
    const refused = await refusedOf(await this.means.gateway.send(request.path, request.body, null));
    if (refused.required === null) throw refused.problem;
    const chosen = await choose(this.means.reader, channel, refused.required, price);
    // Its prompt could not be rebuilt here, and so its receipt not be checked.
    if (request.way === "chat" && chosen.template !== null) {
      throw new PayProblem("question", "This model is talked to by a template of its own, which this page does not know how to fill in, so it could not check what it pays for. Let it continue a text instead, or chat through oracle pay.", chosen.template);
    }
    this.terms.set(key, chosen);
    return chosen;
  }

  /** Makes an order and keeps it, if deposit and budget have room for it. */
  private async order(pocket: Pocket, { channel: { id }, request, question }: Wish, accepted: Requirements): Promise<Pocket & { readonly pending: Pending }> {
    const { reader, rules, books } = this.means;
    const ceiling = feeOf(rules, accepted.price, request.tokensIn, request.mostOut);
    await books.room(id, ceiling);
    const channel = await reader.ask(reader.deployment.contracts.settlement, "settlement", "channel", { channel: id });
    if (channel.closed || channel.close_at) throw new PayProblem("channel", `Channel ${id} is closing and pays for no more calls. Open another one.`);
    const left = BigInt(channel.deposit) - BigInt(pocket.paid.sum);
    if (left < ceiling) throw new PayProblem("deposit", `This call may cost up to ${formatOpen(ceiling)}, and channel ${id} has ${formatOpen(left)} left. Top it up, or ask for a shorter answer.`);
    const open = {
      channel: id, number: pocket.paid.number + 1, cumulative: pocket.paid.sum, head: pocket.paid.head,
      request: requestDigest(rules, request.path, textOutput(request.body).bytes), salt: randomSalt(), priceSheet: accepted.priceSheet, price: accepted.price.name, ceiling: ceiling.toString(),
    };
    const common = shared(await this.means.keyOf(pocket.publicKey), accepted.gatewayKey);
    const order: SealedOrder = { ...open, seal: seal(rules, { domain: this.domain(), channel: id, shared: common, digest: digestOf(rules, this.domain(), open) }) };
    const pending: Pending = {
      order, way: request.way, path: request.path, body: request.body, prompt: request.prompt, accepted: accepted.raw, price: accepted.price, gatewayKey: accepted.gatewayKey,
      patience: Math.min(accepted.maxTimeoutSeconds * 1_000, longestMs), question,
    };
    const ordered = { ...pocket, pending };
    await books.order(ordered);
    return ordered;
  }

  private send({ pending, unsent }: Pocket & { readonly pending: Pending }): Promise<Response> {
    const header = paymentHeader(pending.accepted, pending.order, unsent);
    return this.means.gateway.send(pending.path, pending.body, { header, patience: pending.patience });
  }

  /** Reads an answer to its end. An order that the gateway says it did not serve is forgotten. */
  private async answered(pocket: Pocket & { readonly pending: Pending }, response: Response, told: (progress: Progress) => void): Promise<Answered> {
    const { pending } = pocket;
    if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) return this.whole(pocket, response);
    const gathered = await this.gather(pocket, response, told);
    const settled = gathered.settled === null ? null : readSettled(gathered.settled);
    if (gathered.failure) {
      if (settled && !settled.success) await this.means.books.put({ ...pocket, pending: null });
      throw refusal(response.status, gathered.failure.code, gathered.failure.message);
    }
    if (!settled?.charged) throw unreachable(this.means.gateway.url, new Error(`the answer to call ${pending.order.number} ended without a receipt`));
    return { charged: settled.charged, text: gathered.text, output: textOutput(gathered.text), finish: gathered.finish };
  }

  private async gather(pocket: Pocket & { readonly pending: Pending }, response: Response, told: (progress: Progress) => void): Promise<Gathered> {
    const { order, prompt, price } = pocket.pending;
    const [gathered, tokensIn, ceiling] = [new Gathered(), prompt.length / 2, BigInt(order.ceiling)];
    const reader = response.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read().catch((error: unknown) => { throw unreachable(this.means.gateway.url, error); })) ?? { done: true };
      if (done || value === undefined) return gathered;
      gathered.take(value);
      const tokensOut = textOutput(gathered.text).tokens;
      const fee = feeOf(this.means.rules, price, tokensIn, tokensOut);
      if (fee > ceiling) {
        await reader?.cancel().catch(() => undefined);
        throw await this.retire(pocket, new PayProblem("false-receipt", `The gateway writes more than was ordered. Nothing was signed for it, and this browser uses channel ${order.channel} no further. Close the channel to get the rest of your deposit back.`), "its gateway wrote more than was ordered.");
      }
      told({ text: gathered.text, tokensIn, tokensOut, fee, ceiling });
    }
  }

  private async whole({ pending }: Pocket & { readonly pending: Pending }, response: Response): Promise<Answered> {
    const header = response.headers.get(paymentResponse);
    const body: unknown = await response.json().catch((error: unknown) => { throw unreachable(this.means.gateway.url, error); });
    const charged = header === null ? null : readSettled(header).charged;
    const said = outputIn(pending.way, body);
    if (!charged || !said) throw unreachable(this.means.gateway.url, new Error("the answer came without a receipt, or is none"));
    return { charged, ...said, finish: null };
  }

  /** Checks the receipt, signs for it, keeps all of it, and hands the voucher over. */
  private async settle(pocket: Pocket & { readonly pending: Pending }, answered: Answered): Promise<PaidCall> {
    const { reader, rules, books } = this.means;
    const { pending } = pocket;
    const privateKey = await this.means.keyOf(pocket.publicKey);
    const epoch = await reader.ask(reader.deployment.contracts.settlement, "settlement", "current_epoch", {});
    const { charged, output } = answered;
    let after: Reach;
    try {
      const epochs = [BigInt(pocket.epoch ?? "0"), BigInt(epoch ?? "0") + 1n] as const;
      after = check(rules, { domain: this.domain(), model: pocket.model, order: pending.order, price: pending.price, prompt: pending.prompt, output, epochs, shared: shared(privateKey, pending.gatewayKey) }, charged);
    } catch (error) {
      throw error instanceof PayProblem ? await this.retire(pocket, error, `the receipt of call ${pending.order.number} did not match what was sent and got (${error.detail}).`) : error;
    }
    const promised = { channel: pocket.channel, epoch: String(charged.epoch), cumulative: after.sum, head: after.head };
    const voucher: SignedVoucher = { ...promised, signature: sign(voucherDigest(rules, { domain: this.domain(), ...promised }), privateKey) };
    const paid: Pocket = { ...pocket, paid: after, epoch: promised.epoch, unsent: voucher, pending: null };
    const call: PaidCall = {
      id: `${pocket.id}/${after.number}`, pocket: pocket.id, channel: pocket.channel, number: after.number, receipt: charged.receiptId, way: pending.way, question: pending.question,
      answer: answered.text, finish: answered.finish, fee: charged.chargedAmount, tokensIn: charged.tokensIn, tokensOut: charged.tokensOut, version: charged.version, epoch: promised.epoch,
      paidAt: Date.now(), correction: null,
    };
    await books.spend(paid, call);
    await this.handOver(paid);
    return call;
  }

  /** Sends the last voucher; one that does not arrive goes with the next order, or is sent again. */
  private async handOver(pocket: Pocket): Promise<void> {
    if (pocket.unsent && (await this.means.gateway.deliver(pocket.unsent)) === "arrived") await this.means.books.put({ ...pocket, unsent: null });
  }

  /** Asks again for what is under way, and settles it or learns that it never was. */
  private async finish(pocket: Pocket): Promise<Recovered> {
    const { pending } = pocket;
    if (!pending) return { found: "nothing" };
    const ordered = { ...pocket, pending };
    const response = await this.send(ordered);
    if (response.ok) return { found: "paid", call: await this.settle(ordered, await this.answered(ordered, response, () => undefined)) };
    const refused = await refusedOf(response);
    const judged = await this.judge(ordered, "again", refused);
    if (judged.retired !== null) return { found: "retired", why: judged.retired };
    if (judged.pending === null) return { found: "unserved" };
    throw new PayProblem("unreachable", "The gateway does not say what became of an earlier call of this channel. Nothing new is asked before it does. Try again in a moment.", refused.problem.detail);
  }

  /** Forgets the order under way if it was surely not served, and uses the channel no further if its gateway counts otherwise. An order that may have been served stays. */
  private async judge(pocket: Pocket, turn: Turn, refused: Refused): Promise<Pocket> {
    const judged = await this.judged(pocket, turn, refused);
    await this.means.books.put(judged);
    return judged;
  }

  private async judged(pocket: Pocket, turn: Turn, { status, required, isUnserved }: Refused): Promise<Pocket> {
    const state = stateIn(required, pocket.channel);
    // Refused for what it is, or by who stands before the gateway.
    const isOfTheRequest = status >= 400 && status < 500 && ![408, 409, 429].includes(status);
    if (state && required) return decide(pocket, state, required.error.includes("open another") ? required.error : null);
    if (isUnserved || (turn === "first" && (isOfTheRequest || status === 429))) return { ...pocket, pending: null };
    if (!isOfTheRequest) return pocket;
    // It was sent before and is no longer looked at: where the channel stands tells whether it was served then.
    const told = await this.means.gateway.channel(pocket.channel);
    return told === undefined ? pocket : decide(pocket, told, null);
  }

  private async retire(pocket: Pocket, problem: PayProblem, why: string): Promise<PayProblem> {
    await this.means.books.put({ ...pocket, pending: null, retired: why });
    return problem;
  }
}

function stateIn(required: Required | null, channel: string): ChannelState | null {
  return required?.accepts.find((one) => one.channelState?.channel === channel)?.channelState ?? null;
}

/** An order of which is known where its channel stands is not under way any more. `over` says why the channel takes no more. */
function decide(pocket: Pocket, state: ChannelState | null, over: string | null): Pocket {
  const { number, sum, head } = pocket.paid;
  const differs = state !== null && (state.served.number !== number || state.served.sum !== sum || state.served.head !== head);
  const retired = over !== null ? `${over}.` : differs ? "its gateway counts other calls than this browser." : pocket.retired;
  return { ...pocket, pending: null, retired };
}
