// Keplr as it behaves: it may appear after the page, asks for its password first, and knows a chain once it was offered.
import type { Keplr, Window as KeplrWindow } from "@keplr-wallet/types";
import type { OfflineSigner } from "@cosmjs/proto-signing";
import { ChainProblem, problemOf } from "../chain/problems";
import type { Deployment } from "../config/deployment";
import { chainInfo } from "./chainInfo";

declare global {
  // What the extension adds to the page.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Window extends KeplrWindow {}
}

/** An account of the wallet on this chain. */
export interface Account {
  readonly address: string;
  /** What its owner calls it. */
  readonly name: string;
  readonly signer: OfflineSigner;
}

/** The wallet's event when another account was chosen, or its keys changed. */
export const accountChanged = "keplr_keystorechange";

/** How long the extension may take to appear after the page. */
const appearsWithinMs = 3_000;
const lookEveryMs = 100;

/**
 * The fee is the page's, and so is the empty memo. Otherwise the wallet puts in a fee of its own, and what the page says a
 * transaction costs would not be what is signed. It still shows the fee, and who signs may change it there.
 */
const options = { preferNoSetFee: true, preferNoSetMemo: true } as const;

/** The wallet, once it has appeared; null if it does not. */
export async function findKeplr(): Promise<Keplr | null> {
  const until = Date.now() + appearsWithinMs;
  for (;;) {
    if (window.keplr) return window.keplr;
    if (Date.now() > until) return null;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Asks for access to the chain, offering it first: that also adds it where it is not known. */
export async function connect(deployment: Deployment): Promise<Account> {
  const keplr = await findKeplr();
  if (!keplr) throw new ChainProblem("no-wallet", "No Keplr wallet was found in this browser. Install it from keplr.app, reload the page and connect.");
  try {
    await keplr.experimentalSuggestChain(chainInfo(deployment.chain));
    await keplr.enable(deployment.chain.chainId);
    return await currentAccount(keplr, deployment);
  } catch (error) {
    throw problemOf(error);
  }
}

/** The account that the wallet shows now, after access was given before. Rejects if it was not. */
export async function reconnect(deployment: Deployment): Promise<Account> {
  const keplr = await findKeplr();
  if (!keplr) throw new ChainProblem("no-wallet", "No Keplr wallet was found in this browser.");
  try {
    return await currentAccount(keplr, deployment);
  } catch (error) {
    throw problemOf(error);
  }
}

async function currentAccount(keplr: Keplr, { chain }: Deployment): Promise<Account> {
  const key = await keplr.getKey(chain.chainId);
  return { address: key.bech32Address, name: key.name, signer: signerOf(keplr, chain.chainId, key.isNanoLedger) };
}

/** Signs directly. Only hardware that cannot is asked for amino; with an empty memo nothing of it is lost. */
function signerOf(keplr: Keplr, chainId: string, hardware: boolean): OfflineSigner {
  const signer = hardware ? keplr.getOfflineSignerOnlyAmino(chainId, options) : keplr.getOfflineSigner(chainId, options);
  return signer as OfflineSigner;
}

/** Shows OPEN, or the stake of a model, in the wallet. */
export async function showToken(deployment: Deployment, token: string): Promise<void> {
  const keplr = await findKeplr();
  if (!keplr) throw new ChainProblem("no-wallet", "No Keplr wallet was found in this browser.");
  await keplr.suggestToken(deployment.chain.chainId, token).catch((error: unknown) => {
    throw problemOf(error);
  });
}
