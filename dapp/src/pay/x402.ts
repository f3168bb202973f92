// How a payment travels over HTTP: x402 version 2, its scheme batch-settlement on a Cosmos chain. docs/gateway.md has the binding. What comes from outside is
// parsed here, once, into readonly types; whole numbers above 32 bits stay text.
import { fromBase64, toBase64, toHex } from "@cosmjs/encoding";
import { sha256 } from "@cosmjs/crypto";
import type { SignedVoucher } from "../../../schema/settlement";
import { PayProblem } from "./problems";

/** Header of what is asked for payment. */
export const paymentRequired = "payment-required";
/** Header of a payment. */
export const paymentSignature = "payment-signature";
/** Header of what was charged; a comment with this name in a stream. */
export const paymentResponse = "payment-response";
/** The scheme. */
export const scheme = "batch-settlement";

const version = 2;
/** The longest header that is read, in characters. */
const maxHeader = 16 * 1024;
/** The longest reference of a CAIP-2 name. */
const maxReference = 32;

/** How far a channel is: calls, their sum in uopen, and the head of their receipts. */
export interface Reach {
  readonly number: number;
  readonly sum: string;
  readonly head: string;
}

/** A price of a sheet, in uopen. */
export interface Price {
  readonly name: string;
  readonly per_call: string;
  readonly per_1000_in: string;
  readonly per_1000_out: string;
}

/** A channel as its gateway keeps it. */
export interface ChannelState {
  readonly channel: string;
  readonly served: Reach;
  readonly signed: Reach;
}

/** A way to pay. `raw` is what the gateway sent, to be sent back with the payment. */
export interface Requirements {
  readonly scheme: string;
  readonly network: string;
  readonly payTo: string;
  readonly maxTimeoutSeconds: number;
  readonly settlement: string;
  readonly model: string;
  readonly priceSheet: number;
  readonly price: Price;
  /** Compressed public key as hex. */
  readonly gatewayKey: string;
  readonly channelState: ChannelState | null;
  /** How conversations become prompts, if the version has a template of its own. */
  readonly template: string | null;
  readonly raw: unknown;
}

/** What must be paid. */
export interface Required {
  readonly error: string;
  readonly accepts: readonly Requirements[];
}

/** An order with the payer's seal, as it travels. */
export interface SealedOrder {
  readonly channel: string;
  readonly number: number;
  readonly cumulative: string;
  readonly head: string;
  readonly request: string;
  readonly salt: string;
  readonly priceSheet: number;
  readonly price: string;
  readonly ceiling: string;
  readonly seal: string;
}

/** What a call did cost: the receipt but for prompt, salt and answer. */
export interface Charged {
  readonly commitment: string;
  readonly chargedAmount: string;
  readonly receiptId: string;
  readonly version: number;
  readonly epoch: number;
  readonly number: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly priceSheet: number;
  readonly after: Reach;
  readonly seal: string;
}

/** Whether an order was served, and what it did cost. */
export interface Settled {
  readonly success: boolean;
  readonly charged: Charged | null;
}

/** The header that pays: an order, with the voucher for the calls before it where one is owed. */
export function paymentHeader(accepted: unknown, order: SealedOrder, voucher: SignedVoucher | null): string {
  const payload = { x402Version: version, accepted, payload: { order, ...(voucher && { voucher }) } };
  return toBase64(new TextEncoder().encode(JSON.stringify(payload)));
}

/** Reads a header that asks for payment. */
export function readRequired(header: string): Required {
  const found = fields(decode(header), "what is asked for payment");
  const accepts = found["accepts"];
  if (!Array.isArray(accepts)) throw unreadable("accepts");
  return { error: text(found, "error"), accepts: accepts.map(requirements) };
}

/** Reads what was charged. */
export function readSettled(header: string): Settled {
  const found = fields(decode(header), "what was charged");
  const extra = found["extra"];
  return { success: found["success"] === true, charged: extra === undefined || extra === null ? null : charged(fields(extra, "extra")) };
}

/** Reads a channel's state. */
export function readChannelState(value: unknown): ChannelState {
  const found = fields(value, "a channel's state");
  return { channel: units(found, "channel"), served: reach(found, "served"), signed: reach(found, "signed") };
}

/** A chain in CAIP-2 form: its id where that is 1 to 32 letters, digits, `-` or `_`, else the first 16 hex digits of its SHA-256 after `hashed-`. */
export function network(chainId: string): string {
  const fits = chainId.length <= maxReference && /^[a-zA-Z0-9_-]+$/.test(chainId) && !chainId.startsWith("hashed-");
  return `cosmos:${fits ? chainId : `hashed-${toHex(sha256(new TextEncoder().encode(chainId))).slice(0, 16)}`}`;
}

function requirements(raw: unknown): Requirements {
  const found = fields(raw, "accepts");
  const extra = fields(found["extra"], "extra");
  const [state, template] = [extra["channelState"], extra["template"]];
  return {
    scheme: text(found, "scheme"),
    network: text(found, "network"),
    payTo: text(found, "payTo"),
    maxTimeoutSeconds: whole(found, "maxTimeoutSeconds"),
    settlement: text(extra, "settlement"),
    model: units(extra, "model"),
    priceSheet: whole(extra, "priceSheet"),
    price: readPrice(extra["price"]),
    gatewayKey: hexOf(extra, "gatewayKey", 33),
    channelState: state === undefined || state === null ? null : readChannelState(state),
    template: template === undefined || template === null ? null : String(template),
    raw,
  };
}

/** Reads a price; what is left out costs nothing. */
export function readPrice(value: unknown): Price {
  const found = fields(value, "price");
  const of = (name: string) => (found[name] === undefined ? "0" : units(found, name));
  return { name: text(found, "name"), per_call: units(found, "per_call"), per_1000_in: of("per_1000_in"), per_1000_out: of("per_1000_out") };
}

function charged(found: Fields): Charged {
  return {
    commitment: hexOf(found, "commitment", 32),
    chargedAmount: units(found, "chargedAmount"),
    receiptId: text(found, "receiptId"),
    version: whole(found, "version"),
    epoch: whole(found, "epoch"),
    number: whole(found, "number"),
    tokensIn: whole(found, "tokensIn"),
    tokensOut: whole(found, "tokensOut"),
    priceSheet: whole(found, "priceSheet"),
    after: reach(found, "after"),
    seal: hexOf(found, "seal", 32),
  };
}

function reach(within: Fields, name: string): Reach {
  const found = fields(within[name], name);
  return { number: whole(found, "number"), sum: units(found, "sum"), head: hexOf(found, "head", 32) };
}

/** An object whose fields nobody has looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object, or a problem that names it. */
export function fields(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unreadable(name);
  return value as Fields;
}

function text(within: Fields, name: string): string {
  const value = within[name];
  if (typeof value !== "string") throw unreadable(name);
  return value;
}

/** A decimal number as text; ids come so too. */
function units(within: Fields, name: string): string {
  const value = text(within, name);
  if (!/^(?:0|[1-9][0-9]{0,38})$/.test(value)) throw unreadable(name);
  return value;
}

function whole(within: Fields, name: string): number {
  const value = within[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw unreadable(name);
  return value;
}

function hexOf(within: Fields, name: string, bytes: number): string {
  const value = text(within, name).toLowerCase();
  if (!/^[0-9a-f]*$/.test(value) || value.length !== 2 * bytes) throw unreadable(name);
  return value;
}

function decode(header: string): unknown {
  if (header.length > maxHeader) throw unreadable("a header that is too long");
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64(header)));
  } catch (error) {
    throw unreadable("a header", error);
  }
}

function unreadable(name: string, error?: unknown): PayProblem {
  return new PayProblem("terms", "What the gateway says of payment cannot be read, so nothing was signed. It may be of another version than this page: reload the page, or tell whoever runs the gateway.", `${name} is not what is expected${error ? `: ${String(error)}` : ""}`);
}
