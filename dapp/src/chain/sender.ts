// Sending: what it would cost, the wallet's signature, the block. Each step is told, so that the page can show where it is.
import { toUtf8 } from "@cosmjs/encoding";
import { type IndexedTx, type MsgExecuteContractEncodeObject, SigningCosmWasmClient } from "@cosmjs/cosmwasm";
import type { OfflineSigner } from "@cosmjs/proto-signing";
import { calculateFee, GasPrice } from "@cosmjs/stargate";
import { Comet38Client, HttpClient } from "@cosmjs/tendermint-rpc";
import type { ChainConfig } from "../config/deployment";
import type { Message } from "./messages";
import { ChainProblem, problemOf } from "./problems";
import { TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

/** Where a transaction is on its way. */
export type Stage = "estimating" | "signing" | "sent" | "included";

/** What an included transaction left. */
export interface Receipt {
  readonly hash: string;
  readonly height: number;
  readonly gasUsed: bigint;
  readonly gasWanted: bigint;
  /** Events of the contracts, by type, without the `wasm-` before it. */
  readonly events: readonly ContractEvent[];
}

/** An event of a contract. */
export interface ContractEvent {
  readonly type: string;
  readonly contract: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** How a transaction is sent. */
export interface Sending {
  readonly signer: OfflineSigner;
  readonly sender: string;
  readonly messages: readonly Message[];
  /** Gas over what the simulation used, in per cent. */
  readonly marginPercent: number;
  readonly onStage: (stage: Stage, hash?: string) => void;
}

/**
 * Gas limit over what the simulation used, in per cent. A simulated transaction pays no fee, so it misses the 20,000 gas of taking
 * one: a third of a small message.
 */
export const usualMargin = 160;

/** How long a transaction is waited for before the page says that it is in no block yet. */
const waitMs = 60_000;
const pollMs = 400;

/** Simulates, signs, sends and waits for the block. Rejects with a problem that has a sentence for people. */
export async function send(chain: ChainConfig, sending: Sending): Promise<Receipt> {
  const { signer, sender, messages, onStage } = sending;
  try {
    onStage("estimating");
    const comet = Comet38Client.create(new HttpClient(chain.rpc));
    const client = SigningCosmWasmClient.createWithSigner(comet, signer);
    await refuseOtherChain(client, chain);
    const encoded = messages.map((message) => encode(sender, message));
    const used = await client.simulate(sender, encoded, "");
    const gas = Math.ceil((used * sending.marginPercent) / 100);
    const fee = calculateFee(gas, GasPrice.fromString(`${chain.gasPrice}${chain.denom}`));
    onStage("signing");
    // The memo stays empty: wallets may change it.
    const signed = await client.sign(sender, encoded, fee, "");
    const hash = await client.broadcastTxSync(TxRaw.encode(signed).finish());
    onStage("sent", hash);
    const receipt = await included(client, hash);
    onStage("included", hash);
    return receipt;
  } catch (error) {
    throw problemOf(error);
  }
}

function encode(sender: string, message: Message): MsgExecuteContractEncodeObject {
  return {
    typeUrl: "/cosmwasm.wasm.v1.MsgExecuteContract",
    value: { sender, contract: message.contract, msg: toUtf8(JSON.stringify(message.body)), funds: [] },
  };
}

async function refuseOtherChain(client: SigningCosmWasmClient, chain: ChainConfig): Promise<void> {
  const found = await client.getChainId();
  if (found !== chain.chainId) {
    throw new ChainProblem("wrong-chain", `The node serves the chain ${found}, and this page is for ${chain.chainId}. Nothing was sent.`);
  }
}

async function included(client: SigningCosmWasmClient, hash: string): Promise<Receipt> {
  const until = Date.now() + waitMs;
  while (Date.now() < until) {
    const receipt = receiptOf(await client.getTx(hash));
    if (receipt) return receipt;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new ChainProblem("pending", "The transaction was sent and is in no block yet. Do not send it again: look for it in a minute.", hash);
}

/** What a transaction left; null while it is in no block. Throws the problem if it failed in its block. */
export function receiptOf(found: IndexedTx | null): Receipt | null {
  if (!found) return null;
  if (found.code !== 0) throw problemOf(new Error(found.rawLog));
  return { hash: found.hash, height: found.height, gasUsed: found.gasUsed, gasWanted: found.gasWanted, events: contractEvents(found.events) };
}

interface RawEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** The typed events of contracts among all events of a transaction. */
export function contractEvents(events: readonly RawEvent[]): readonly ContractEvent[] {
  return events
    .filter((event) => event.type.startsWith("wasm"))
    .map((event) => {
      const attributes = Object.fromEntries(event.attributes.map(({ key, value }) => [key, value]));
      return { type: event.type.replace(/^wasm-?/, ""), contract: attributes["_contract_address"] ?? "", attributes };
    });
}
