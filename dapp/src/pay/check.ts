// Whether a receipt is for what was sent and got. Nothing is signed for another one. The same checks as `oracle pay` makes.
import { fee, nextHead, orderDigest, outputHash, type Place, receiptDigest, salted, seal, servedDigest } from "../rules/calls";
import type { Rules } from "../rules/module";
import type { Output } from "./asked";
import { PayProblem } from "./problems";
import type { Charged, Price, Reach, SealedOrder } from "./x402";

/** What was sent and got. */
export interface Sent {
  /** Chain and `settlement`. */
  readonly domain: Place;
  readonly model: string;
  readonly order: SealedOrder;
  /** The price that the order names. */
  readonly price: Price;
  /** Canonical bytes of the prompt as hex. */
  readonly prompt: string;
  readonly output: Output;
  /** The epochs that the call can be of, first and last. */
  readonly epochs: readonly [bigint, bigint];
  /** What both sides of the channel derive of their keys. */
  readonly shared: string;
}

/** The fee of a call by a price, in uopen. */
export function feeOf(rules: Rules, price: Price, tokensIn: number, tokensOut: number): bigint {
  const { per_call, per_1000_in, per_1000_out } = price;
  return BigInt(fee(rules, { per_call, per_1000_in, per_1000_out, tokens_in: String(tokensIn), tokens_out: String(tokensOut) }));
}

/** The digest of an order, whatever its seal. */
export function digestOf(rules: Rules, domain: Place, order: Omit<SealedOrder, "seal">): string {
  const { channel, number, cumulative, head, request, salt, priceSheet, price, ceiling } = order;
  return orderDigest(rules, { domain, channel, number: String(number), cumulative, head, request, salt, price_sheet: priceSheet, price, ceiling });
}

/** Where the channel stands after a call, if its receipt is true; throws `false-receipt` if it is not. */
export function check(rules: Rules, sent: Sent, charged: Charged): Reach {
  const { order, price, output } = sent;
  const tokensIn = sent.prompt.length / 2;
  if (charged.number !== order.number || charged.priceSheet !== order.priceSheet || charged.receiptId !== `${order.channel}-${order.number}`) throw wrong(order, "number or price sheet");
  if (charged.tokensIn !== tokensIn || charged.tokensOut !== output.tokens) throw wrong(order, "tokens");
  const expected = feeOf(rules, price, tokensIn, output.tokens);
  if (price.name !== order.price || BigInt(charged.chargedAmount) !== expected || expected > BigInt(order.ceiling)) throw wrong(order, "fee");
  if (BigInt(charged.epoch) < sent.epochs[0] || BigInt(charged.epoch) > sent.epochs[1]) throw wrong(order, "epoch");
  const after = reachAfter(rules, sent, charged, expected);
  const { number, sum, head } = charged.after;
  if (after.number !== number || after.sum !== sum || after.head !== head || charged.commitment !== head) throw wrong(order, "head or sum");
  const served = servedDigest(rules, digestOf(rules, sent.domain, order), after.head);
  if (seal(rules, { domain: sent.domain, channel: order.channel, shared: sent.shared, digest: served }) !== charged.seal) throw wrong(order, "the gateway's seal");
  return after;
}

function reachAfter(rules: Rules, sent: Sent, charged: Charged, charge: bigint): Reach {
  const { order, domain, model, output } = sent;
  const receipt = receiptDigest(rules, {
    domain,
    model,
    version: charged.version,
    channel: order.channel,
    epoch: String(charged.epoch),
    number: String(order.number),
    prompt_hash: salted(rules, order.salt, sent.prompt),
    output_hash: outputHash(rules, output.bytes),
    tokens_in: String(charged.tokensIn),
    tokens_out: String(charged.tokensOut),
    fee: charge.toString(),
    price_sheet: charged.priceSheet,
  });
  return { number: order.number, sum: (BigInt(order.cumulative) + charge).toString(), head: nextHead(rules, order.head, receipt) };
}

function wrong(order: SealedOrder, what: string): PayProblem {
  return new PayProblem(
    "false-receipt",
    `The receipt of call ${order.number} does not match what was sent and got (${what}). Nothing was signed for it, and this browser uses channel ${order.channel} no further. Close the channel to get the rest of your deposit back, and tell whoever runs the gateway.`,
    what,
  );
}
