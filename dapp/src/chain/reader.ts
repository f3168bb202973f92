// Reading the chain: contract queries in batches, transactions by their events, blocks.
import { CosmWasmClient, type IndexedTx } from "@cosmjs/cosmwasm";
import { Comet38Client, HttpBatchClient } from "@cosmjs/tendermint-rpc";
import type { Deployment } from "../config/deployment";
import type { Answer, Asked, Kind, QueryOf } from "./messages";
import { ChainProblem, problemOf } from "./problems";

/** Queries that are asked within so many milliseconds travel together: ten at most, or nodes as they are configured by default refuse them all. */
const together = { dispatchInterval: 15, batchSizeLimit: 10 } as const;

/** The chain, as who has no key sees it. */
export class Reader {
  private readonly times = new Map<number, bigint>();

  private constructor(
    readonly deployment: Deployment,
    readonly comet: Comet38Client,
    private readonly client: CosmWasmClient,
  ) {}

  /** Makes a reader. Nothing is asked yet. */
  static async create(deployment: Deployment): Promise<Reader> {
    const comet = Comet38Client.create(new HttpBatchClient(deployment.chain.rpc, together));
    return new Reader(deployment, comet, CosmWasmClient.create(comet));
  }

  /** Asks a contract. Rejects with a problem that has a sentence for people. */
  async ask<K extends Kind, Name extends QueryOf<K>>(address: string, _kind: K, name: Name, body: Asked<K, Name>): Promise<Answer<K, Name>> {
    try {
      return (await this.client.queryContractSmart(address, { [name]: body })) as Answer<K, Name>;
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** The chain's id, its last block and that block's time. */
  async tip(): Promise<Tip> {
    try {
      const status = await this.comet.status();
      return {
        chainId: status.nodeInfo.network,
        height: status.syncInfo.latestBlockHeight,
        seconds: BigInt(Math.floor(status.syncInfo.latestBlockTime.getTime() / 1000)),
      };
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** What an account has of the native coin. */
  async coins(address: string): Promise<bigint> {
    try {
      return BigInt((await this.client.getBalance(address, this.deployment.chain.denom)).amount);
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** Transactions with an event, oldest first, all pages: `key=value` pairs of one event type. */
  async transactions(event: string, contract: string, attributes: Readonly<Record<string, string>>): Promise<readonly IndexedTx[]> {
    const wanted = Object.entries({ _contract_address: contract, ...attributes });
    const query = wanted.map(([key, value]) => `wasm-${event}.${key}='${plain(value)}'`).join(" AND ");
    try {
      return await this.client.searchTx(query);
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** Transactions that moved a token from or to an account, as cw20 says it, all pages. */
  async transfers(token: string, side: { readonly from: string } | { readonly to: string }): Promise<readonly IndexedTx[]> {
    const [[key, account]] = Object.entries(side) as [[string, string]];
    try {
      return await this.client.searchTx(`wasm._contract_address='${plain(token)}' AND wasm.${key}='${plain(account)}'`);
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** Times of blocks, in seconds since 1970; each block is asked for once in the life of the page. */
  async blockTimes(heights: readonly number[]): Promise<ReadonlyMap<number, bigint>> {
    const missing = [...new Set(heights)].filter((height) => !this.times.has(height));
    try {
      const blocks = await Promise.all(missing.map((height) => this.comet.block(height)));
      for (const { block } of blocks) this.times.set(block.header.height, BigInt(Math.floor(block.header.time.getTime() / 1000)));
      return this.times;
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** The transaction of a hash, once it is in a block. */
  async transaction(hash: string): Promise<IndexedTx | null> {
    try {
      return await this.client.getTx(hash);
    } catch (error) {
      throw problemOf(error);
    }
  }
}

/** The last block. */
export interface Tip {
  readonly chainId: string;
  readonly height: number;
  /** Its time, in seconds since 1970. */
  readonly seconds: bigint;
}

/** Values stand in quotes in a search: what holds one itself is not asked for. */
function plain(value: string): string {
  if (!/^[A-Za-z0-9_.:-]*$/.test(value)) throw new ChainProblem("unexpected", `"${value}" cannot be searched for`);
  return value;
}
