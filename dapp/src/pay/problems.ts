// What keeps a call from being made, paid or shown, in sentences that say what to do.
import { ChainProblem } from "../chain/problems";

/** What kind of thing it is; screens offer different ways on. */
export type PayProblemKind =
  | "question" // it cannot be asked like this
  | "budget" // more than its owner allows
  | "deposit" // the channel has too little left
  | "channel" // the channel is used no further
  | "terms" // the gateway wants what is not paid here
  | "false-receipt"
  | "refused" // the gateway does not answer this
  | "busy" // another call or tab uses the channel
  | "unreachable" // the gateway does not answer at all
  | "storage"; // this browser keeps nothing

/** Something in the way of a call. `message` is for people. */
export class PayProblem extends Error {
  constructor(
    readonly kind: PayProblemKind,
    message: string,
    readonly detail: string = message,
  ) {
    super(message);
    this.name = "PayProblem";
  }
}

/** No answer, or none that goes on: what was ordered stays ordered. */
export function unreachable(url: string, error: unknown): PayProblem {
  const offline = typeof navigator !== "undefined" && navigator.onLine === false;
  const why = offline ? "This device is offline." : `The gateway at ${url} does not answer.`;
  return new PayProblem("unreachable", `${why} If a call was under way, it is fetched and paid once when the gateway answers again. Try again in a moment.`, textOf(error));
}

/** What a gateway says is wrong, as a sentence. Codes that say little for people get words of the page. */
export function refusal(status: number, code: string, message: string): PayProblem {
  const own: Readonly<Record<string, readonly [PayProblemKind, string]>> = {
    rate_limit_exceeded: ["busy", "The gateway gets too many requests. Wait a second and ask again."],
    channel_busy: ["busy", "The channel answers another call. Wait for it, or use another channel."],
    overloaded: ["busy", "The gateway is busy. Wait a moment and ask again."],
    shutting_down: ["unreachable", "The gateway is being stopped and takes no calls now. Ask again in a minute."],
    chain_unavailable: ["unreachable", "The gateway does not hear from the chain. Ask again in a moment."],
    unsaleable_answer: ["refused", "The model had nothing to say to this. Nothing was paid. Ask in other words."],
  };
  const [kind, words] = own[code] ?? [status === 400 || status === 404 ? "question" : "refused", `The gateway says: ${sentence(message)}`];
  return new PayProblem(kind, words, `${status} ${code}: ${message}`);
}

/** A problem of any error. */
export function payProblemOf(error: unknown): PayProblem {
  if (error instanceof PayProblem) return error;
  // Without the chain no receipt can be checked: what was ordered waits for it.
  if (error instanceof ChainProblem) return new PayProblem(error.kind === "unreachable" ? "unreachable" : "refused", error.message, error.detail);
  return new PayProblem("refused", sentence(textOf(error)));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
