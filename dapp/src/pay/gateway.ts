// A gateway over HTTP: what it is asked, and what it refuses, in words for people. Nothing here decides about money.
import type { SignedVoucher } from "../../../schema/settlement";
import { type PayProblem, refusal, unreachable } from "./problems";
import { type ChannelState, fields, paymentRequired, paymentResponse, paymentSignature, readChannelState, readRequired, readSettled, type Required } from "./x402";

/** What a gateway says that did not answer. */
export interface Refused {
  readonly status: number;
  readonly required: Required | null;
  /** It took the order, and surely did not serve it. */
  readonly isUnserved: boolean;
  readonly problem: PayProblem;
}

/** What became of a voucher: `refused` is not what the gateway counts, `lost` is to be sent again. */
export type Delivery = "arrived" | "refused" | "lost";

/** What became of a correction. */
export type CorrectionState =
  | { readonly status: "waiting" | "unwanted" }
  | { readonly status: "validation"; readonly curator: string }
  | { readonly status: "committing"; readonly datanet: string }
  | { readonly status: "contributed"; readonly datanet: string; readonly contribution: string };

/** What shaped an answer, once its round is settled. */
export interface Earned {
  readonly position: number;
  readonly contribution: string;
  /** Share of the influence on this answer, −1 to 1. */
  readonly influence: number;
  readonly score: number;
  readonly error: number;
  readonly earned: string;
}

/** What shaped an answer; null while its round is not settled. */
export interface Attribution {
  readonly round: string;
  readonly pool: string;
  readonly contributions: readonly Earned[];
  readonly citations: readonly Citation[];
}

/** Words of an answer that stand in a contribution. */
export interface Citation {
  readonly quote: string;
  readonly contribution: string | null;
}

/** Between two tries at a channel that is busy: the first, and the longest. */
const shortestPauseMs = 100;
const longestPauseMs = 2_000;

/** A gateway at an address. */
export class Gateway {
  constructor(readonly url: string) {}

  /** Sends a request; with a payment, waits while the channel answers another one, as it may do for a tab that was closed. */
  async send(path: string, body: string, payment: { readonly header: string; readonly patience: number } | null): Promise<Response> {
    const until = Date.now() + (payment?.patience ?? 0);
    let pause = shortestPauseMs;
    for (;;) {
      const headers = { "content-type": "application/json", ...(payment && { [paymentSignature]: payment.header }) };
      const response = await this.fetch(path, { method: "POST", headers, body });
      if (response.status !== 409 || Date.now() > until) return response;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, longestPauseMs);
    }
  }

  /** Hands over a voucher. */
  async deliver(voucher: SignedVoucher): Promise<Delivery> {
    try {
      const { status } = await this.send("/v1/vouchers", JSON.stringify(voucher), null);
      if (status >= 200 && status < 300) return "arrived";
      return status >= 400 && status < 500 && ![408, 409, 429].includes(status) ? "refused" : "lost";
    } catch {
      return "lost";
    }
  }

  /** Where a channel stands there; null if it is not known there, undefined if the gateway does not say. */
  async channel(channel: string): Promise<ChannelState | null | undefined> {
    const response = await this.fetch(`/v1/channels/${channel}`, {});
    if (response.status === 404) return null;
    return response.ok ? readChannelState(await response.json()) : undefined;
  }

  /** Sends what an answer should have been: the answer as hex, as receipts hold it, and the signature by the voucher key. */
  async correct(receipt: string, answer: string, signature: string): Promise<CorrectionState> {
    return this.correctionState(await this.send("/v1/corrections", JSON.stringify({ receipt, answer, signature }), null));
  }

  /** What became of a correction. */
  async correction(receipt: string): Promise<CorrectionState> {
    return this.correctionState(await this.fetch(`/v1/corrections/${receipt}`, {}));
  }

  private async correctionState(response: Response): Promise<CorrectionState> {
    if (!response.ok) throw (await refusedOf(response)).problem;
    return fields(await response.json(), "the correction")["state"] as CorrectionState;
  }

  /** What shaped an answer; null while its round is not settled. */
  async attribution(receipt: string): Promise<Attribution | null> {
    const response = await this.fetch(`/v1/receipts/${receipt}/attribution`, {});
    if (response.status === 202) return null;
    if (!response.ok) throw (await refusedOf(response)).problem;
    return readAttribution(await response.json());
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, { ...init, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" });
    } catch (error) {
      throw unreachable(this.url, error);
    }
  }
}

/** Reads an answer that is none. */
export async function refusedOf(response: Response): Promise<Refused> {
  const required = response.headers.get(paymentRequired);
  const settled = response.headers.get(paymentResponse);
  const { code, message } = errorIn(await response.text().catch(() => ""));
  return {
    status: response.status,
    required: required === null ? null : readRequired(required),
    isUnserved: settled !== null && !readSettled(settled).success,
    problem: refusal(response.status, code, message || `it answers ${response.status}`),
  };
}

function errorIn(body: string): { readonly code: string; readonly message: string } {
  try {
    const error = fields(fields(JSON.parse(body), "body")["error"], "error");
    const text = (name: string) => (typeof error[name] === "string" ? error[name] : "");
    return { code: text("code"), message: text("message") };
  } catch {
    return { code: "", message: "" };
  }
}

function readAttribution(value: unknown): Attribution {
  const found = fields(value, "the attribution");
  const round = fields(found["round"], "round");
  const cited = found["citations"];
  return {
    round: idOf(round["id"]),
    pool: idOf(round["pool_uopen"]),
    contributions: list(found["contributions"]).map((row) => {
      const one = fields(row, "a contribution");
      return { position: finite(one["position"]), contribution: idOf(one["contribution"]), influence: finite(one["influence"]), score: finite(one["round_score"]), error: finite(one["round_error"]), earned: idOf(one["earned_uopen"]) };
    }),
    citations: cited === undefined || cited === null ? [] : list(fields(cited, "citations")["citations"]).map(readCitation),
  };
}

function readCitation(value: unknown): Citation {
  const one = fields(value, "a citation");
  const place = list(one["places"])[0];
  const contribution = place === undefined ? undefined : fields(place, "a place")["contribution"];
  return { quote: String(one["text"]), contribution: contribution === undefined || contribution === null ? null : idOf(contribution) };
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal(200, "", "it does not say who earned in a way that this page reads");
  return value;
}

/** An id or an amount, which come as text or as a number. */
function idOf(value: unknown): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^[0-9]{1,39}$/.test(text)) throw refusal(200, "", "it does not say who earned in a way that this page reads");
  return text;
}

function finite(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw refusal(200, "", "it does not say who earned in a way that this page reads");
  return value;
}
