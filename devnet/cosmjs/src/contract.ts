// A contract as typed calls: what schema/*.ts says of its messages, over CosmJS.
import type { DeliverTxResponse, SigningCosmWasmClient } from "@cosmjs/cosmwasm";

/** What every module of `schema/` says of a contract. */
export interface ContractApi {
  readonly execute: object;
  readonly query: object;
  readonly responses: object;
}

/** The names in a union of messages: `"transfer" | "send" | …`. */
export type NameOf<Message> = Message extends unknown ? Extract<keyof Message, string> : never;

/** What the message of a name holds. */
export type BodyOf<Message, Name extends string> = Extract<Message, Record<Name, unknown>>[Name & keyof Extract<Message, Record<Name, unknown>>];

/** What the query of a name returns. */
export type AnswerOf<Api extends ContractApi, Name extends string> = Name extends keyof Api["responses"] ? Api["responses"][Name] : never;

/**
 * Gas limit over what the simulation used. A simulated transaction pays no fee, so it misses the 20,000 gas of taking one:
 * a third of a transfer whose code is pinned.
 */
const gasMargin = 1.6;

/** One contract on a chain. Queries need no key; `execute` signs for `sender`, simulates the gas and waits for the block. */
export class Contract<Api extends ContractApi> {
  constructor(
    private readonly client: SigningCosmWasmClient,
    readonly address: string,
  ) {}

  /** Asks the contract. Rejects with the contract's own error text. */
  query<Name extends NameOf<Api["query"]>>(name: Name, body: BodyOf<Api["query"], Name>): Promise<AnswerOf<Api, Name>> {
    return this.client.queryContractSmart(this.address, { [name]: body });
  }

  /** Sends a message; resolves once it is in a block. Rejects if the contract refuses it, in simulation or in the block. */
  execute<Name extends NameOf<Api["execute"]>>(sender: string, name: Name, body: BodyOf<Api["execute"], Name>): Promise<Executed> {
    return this.client.execute(sender, this.address, { [name]: body }, gasMargin);
  }
}

/** What a transaction left on chain. */
export type Executed = Pick<DeliverTxResponse, "height" | "transactionHash" | "gasUsed" | "events">;
