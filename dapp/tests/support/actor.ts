// An account that acts on chain from the test's process: what other people do while the page is looked at.
import { SigningCosmWasmClient } from "@cosmjs/cosmwasm";
import { stringToPath } from "@cosmjs/crypto";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { GasPrice } from "@cosmjs/stargate";
import type { Message } from "../../src/chain/messages.ts";
import { contractEvents, type ContractEvent } from "../../src/chain/sender.ts";
import { devnet, held } from "./devnet.ts";

/** An account. */
export class Actor {
  private constructor(
    readonly name: string,
    readonly address: string,
    private readonly client: SigningCosmWasmClient,
  ) {}

  /** A test account of the devnet. */
  static async named(name: string): Promise<Actor> {
    const { mnemonic, address } = held(name);
    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: "wasm", hdPaths: [stringToPath("m/44'/118'/0'/0/0")] });
    const client = await SigningCosmWasmClient.connectWithSigner(devnet.rpc, wallet, {
      gasPrice: GasPrice.fromString(`${devnet.gas_price}${devnet.denom}`),
      broadcastPollIntervalMs: 150,
    });
    return new Actor(name, address, client);
  }

  /** Sends messages in one transaction, and waits for its block. */
  async send(...messages: readonly Message[]): Promise<readonly ContractEvent[]> {
    const instructions = messages.map(({ contract, body }) => ({ contractAddress: contract, msg: body as Record<string, unknown> }));
    const done = await this.client.executeMultiple(this.address, instructions, 1.8);
    return contractEvents(done.events);
  }

  /** Sends coins of the chain. */
  async sendCoins(to: string, amount: bigint): Promise<void> {
    await this.client.sendTokens(this.address, to, [{ denom: devnet.denom, amount: amount.toString() }], 1.8);
  }

  /** Asks a contract. */
  ask<Answer>(contract: string, query: object): Promise<Answer> {
    return this.client.queryContractSmart(contract, query as Record<string, unknown>) as Promise<Answer>;
  }

  /** Seconds of the last block. */
  async now(): Promise<number> {
    const block = await this.client.getBlock();
    return Math.floor(Date.parse(block.header.time) / 1000);
  }
}

/** Waits until something holds; asks again and again, with a bound. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${what}: not within ${seconds} s`);
}
