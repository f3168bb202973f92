// Names, bodies and answers of the contracts' messages, from the types that are generated out of the contracts.
import type { Api as AttributionApi } from "../../../schema/attribution";
import type { Api as DatanetApi } from "../../../schema/datanet";
import type { Api as ModelApi } from "../../../schema/model";
import type { Api as OpenTokenApi } from "../../../schema/open-token";
import type { Api as SettlementApi } from "../../../schema/settlement";
import type { Api as StakeApi } from "../../../schema/stake";

/** What `schema/` says of each contract. */
export interface Apis {
  open_token: OpenTokenApi;
  datanet: DatanetApi;
  model: ModelApi;
  attribution: AttributionApi;
  settlement: SettlementApi;
  stake: StakeApi;
}

/** A kind of contract: those of the deployment, and the stakes of models. */
export type Kind = keyof Apis;

/** The names in a union of messages: `"transfer" | "send" | …`. */
export type NameOf<Message> = Message extends unknown ? Extract<keyof Message, string> : never;

/** What the message of a name holds. */
export type BodyOf<Message, Name extends string> = Extract<Message, Record<Name, unknown>>[Name & keyof Extract<Message, Record<Name, unknown>>];

/** Names of the queries of a contract. */
export type QueryOf<K extends Kind> = NameOf<Apis[K]["query"]>;

/** What a query asks. */
export type Asked<K extends Kind, Name extends QueryOf<K>> = BodyOf<Apis[K]["query"], Name>;

/** What a query answers. */
export type Answer<K extends Kind, Name extends QueryOf<K>> = Name extends keyof Apis[K]["responses"] ? Apis[K]["responses"][Name] : never;

/** A message to a contract, typed where it is made. */
export interface Message {
  readonly contract: string;
  readonly body: object;
  /** What it does, for who confirms it. */
  readonly label: string;
}

/** A message of a contract's own type. */
export function message<K extends Kind, Name extends NameOf<Apis[K]["execute"]>>(
  contract: string,
  _kind: K,
  name: Name,
  body: BodyOf<Apis[K]["execute"], Name>,
  label: string,
): Message {
  return { contract, body: { [name]: body }, label };
}

/** OPEN sent to a contract with a message inside. */
export function sendOpen(token: string, to: string, amount: bigint, inside: object, label: string): Message {
  const msg = base64(new TextEncoder().encode(JSON.stringify(inside)));
  return message(token, "open_token", "send", { contract: to, amount: amount.toString(), msg }, label);
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
