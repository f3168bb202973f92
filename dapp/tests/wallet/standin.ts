// A stand-in for Keplr, of this project's own: CosmJS's HD wallets behind the interface of the extension. It behaves as Keplr 0.12.309
// was seen to against wasmd 0.61.14:
//
// - `window.keplr` appears some time after the page has loaded; `keplr_keystorechange` tells of another account.
// - Suggesting a chain asks once, and also grants access to it.
// - A chain that it does not know fails with "There is no modular chain info for <id>".
// - Closing or refusing a window fails with "Request rejected".
// - A locked wallet asks for its password before anything else.
// - The fee of the page is replaced by one at the wallet's own gas price, unless the page asks for its own with `preferNoSetFee`.
// - Memos of amino transactions come out HTML-escaped; direct ones are left as they are.
import { Secp256k1HdWallet, type StdSignDoc } from "@cosmjs/amino";
import { stringToPath } from "@cosmjs/crypto";
import { fromBech32 } from "@cosmjs/encoding";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import type { BrowserContext, Page } from "@playwright/test";
import { AuthInfo, Fee, SignDoc } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { readFile } from "node:fs/promises";

/** Characters of an address of an account at most (BIP 173). */
const longestAddress = 90;

/** Windows that the wallet shows. */
export type Window = "password" | "suggest-chain" | "connect" | "sign" | "suggest-token";

/** An account of the wallet. */
export interface Held {
  readonly name: string;
  readonly mnemonic: string;
}

interface Keys {
  readonly name: string;
  readonly address: string;
  readonly pubkey: Uint8Array;
  readonly direct: DirectSecp256k1HdWallet;
  readonly amino: Secp256k1HdWallet;
}

interface SuggestedChain {
  readonly chainId: string;
  readonly feeCurrencies: readonly { readonly coinMinimalDenom: string; readonly gasPriceStep?: { readonly average: number } }[];
}

interface DirectDoc {
  readonly bodyBytes: readonly number[];
  readonly authInfoBytes: readonly number[];
  readonly chainId: string;
  readonly accountNumber: string;
}

interface SignOptions {
  readonly preferNoSetFee?: boolean;
}

/** The wallet. What its owner does is set by the test: {@link refuseNext}, {@link lock}, {@link editGas}, {@link choose}. */
export class StandIn {
  /** Windows that were shown, in order. */
  readonly shown: Window[] = [];
  /** Fees that were signed, as `amount` and `gas`. */
  readonly signedFees: { readonly amount: string; readonly gas: string }[] = [];
  private readonly known = new Map<string, SuggestedChain>();
  private readonly granted = new Set<string>();
  private refused: Window | null = null;
  private locked = false;
  private gas: bigint | null = null;
  private pages: Page[] = [];

  private constructor(
    private readonly keys: readonly Keys[],
    private current: Keys,
  ) {}

  /** A wallet that holds these accounts and shows the first. */
  static async holding(held: readonly Held[], prefix = "wasm"): Promise<StandIn> {
    const keys = await Promise.all(held.map((one) => unlockKeys(one, prefix)));
    const [first] = keys;
    if (!first) throw new Error("a wallet holds at least one account");
    return new StandIn(keys, first);
  }

  /** Puts the wallet into all pages that the context opens from now on. */
  async install(context: BrowserContext, appearsAfterMs = 300): Promise<void> {
    await context.exposeBinding("__walletStandIn", ({ page }, method: string, args: unknown[]) => {
      if (!this.pages.includes(page)) this.pages.push(page);
      return this.answer(method, args);
    });
    const script = await readFile(new URL("page.js", import.meta.url), "utf8");
    const call = script.trim().replace(/;$/, "");
    await context.addInitScript({ content: `${call}(${JSON.stringify({ appearsAfterMs })});` });
  }

  /** The owner refuses the next window of this kind. */
  refuseNext(window: Window): void {
    this.refused = window;
  }

  /** Locks the wallet: the next call asks for the password. */
  lock(): void {
    this.locked = true;
  }

  /** The owner changes the gas of what is signed next. */
  editGas(gas: bigint): void {
    this.gas = gas;
  }

  /** Removes a chain from what the wallet knows, and its access. */
  forget(chainId: string): void {
    this.known.delete(chainId);
    this.granted.delete(chainId);
  }

  /** The owner chooses another account; pages are told. */
  async choose(name: string): Promise<void> {
    const found = this.keys.find((one) => one.name === name);
    if (!found) throw new Error(`the wallet holds no ${name}`);
    this.current = found;
    const open = this.pages.filter((page) => !page.isClosed());
    await Promise.all(open.map((page) => page.evaluate(() => window.dispatchEvent(new Event("keplr_keystorechange")))));
  }

  /** Address of the account that is shown. */
  get address(): string {
    return this.current.address;
  }

  private async answer(method: string, args: unknown[]): Promise<{ ok: unknown } | { error: string }> {
    try {
      return { ok: (await this.perform(method, args)) ?? null };
    } catch (error) {
      return { error: (error as Error).message };
    }
  }

  private perform(method: string, args: unknown[]): unknown {
    switch (method) {
      case "experimentalSuggestChain":
        return this.suggestChain(args[0] as SuggestedChain);
      case "enable":
        return this.enable(([] as string[]).concat(args[0] as string | string[]));
      case "getKey":
        return this.getKey(args[0] as string);
      case "suggestToken":
        this.access(args[0] as string);
        return this.show("suggest-token");
      case "signDirect":
        return this.signDirect(args[0] as string, args[1] as string, args[2] as DirectDoc, args[3] as SignOptions);
      case "signAmino":
        return this.signAmino(args[0] as string, args[1] as string, args[2] as StdSignDoc, args[3] as SignOptions);
      default:
        throw new Error(`the stand-in has no ${method}`);
    }
  }

  private show(window: Window): void {
    this.shown.push(window);
    if (this.refused !== window) return;
    this.refused = null;
    throw new Error("Request rejected");
  }

  private unlock(): void {
    if (!this.locked) return;
    this.show("password");
    this.locked = false;
  }

  private suggestChain(chain: SuggestedChain): void {
    this.unlock();
    if (!this.known.has(chain.chainId)) this.show("suggest-chain");
    this.known.set(chain.chainId, chain);
    this.granted.add(chain.chainId);
  }

  private enable(chainIds: readonly string[]): void {
    for (const chainId of chainIds) this.access(chainId);
  }

  private access(chainId: string): SuggestedChain {
    const chain = this.known.get(chainId);
    if (!chain) throw new Error(`There is no modular chain info for ${chainId}`);
    this.unlock();
    if (!this.granted.has(chainId)) {
      this.show("connect");
      this.granted.add(chainId);
    }
    return chain;
  }

  private getKey(chainId: string): object {
    this.access(chainId);
    const { name, address, pubkey } = this.current;
    return { name, algo: "secp256k1", pubKey: [...pubkey], address: [...fromBech32(address, longestAddress).data], bech32Address: address, ethereumHexAddress: "", isNanoLedger: false, isKeystone: false };
  }

  private signer(address: string): Keys {
    if (address !== this.current.address) throw new Error("Signer mismatched");
    return this.current;
  }

  private async signDirect(chainId: string, address: string, doc: DirectDoc, options: SignOptions): Promise<object> {
    const chain = this.access(chainId);
    const keys = this.signer(address);
    this.show("sign");
    const authInfo = AuthInfo.decode(Uint8Array.from(doc.authInfoBytes));
    const fee = this.feeOf(chain, Fee.fromPartial(authInfo.fee ?? {}), options);
    this.signedFees.push({ amount: fee.amount[0]?.amount ?? "0", gas: fee.gasLimit.toString() });
    const signing = SignDoc.fromPartial({
      bodyBytes: Uint8Array.from(doc.bodyBytes),
      authInfoBytes: AuthInfo.encode({ ...authInfo, fee }).finish(),
      chainId: doc.chainId,
      accountNumber: BigInt(doc.accountNumber),
    });
    const { signed, signature } = await keys.direct.signDirect(address, signing);
    return { signed: { bodyBytes: [...signed.bodyBytes], authInfoBytes: [...signed.authInfoBytes] }, signature };
  }

  private feeOf(chain: SuggestedChain, fee: Fee, options: SignOptions): Fee {
    const gasLimit = this.gas ?? fee.gasLimit;
    this.gas = null;
    if (options.preferNoSetFee) return { ...fee, gasLimit };
    const [currency] = chain.feeCurrencies;
    const price = currency?.gasPriceStep?.average ?? 0.025;
    const amount = BigInt(Math.ceil(price * parseInt(gasLimit.toString(), 10)));
    return { ...fee, gasLimit, amount: [{ denom: currency?.coinMinimalDenom ?? "", amount: amount.toString() }] };
  }

  private async signAmino(chainId: string, address: string, doc: StdSignDoc, options: SignOptions): Promise<object> {
    const chain = this.access(chainId);
    const keys = this.signer(address);
    this.show("sign");
    const [currency] = chain.feeCurrencies;
    const average = BigInt(Math.ceil((currency?.gasPriceStep?.average ?? 0.025) * parseInt(doc.fee.gas, 10)));
    const fee = options.preferNoSetFee ? doc.fee : { ...doc.fee, amount: [{ denom: currency?.coinMinimalDenom ?? "", amount: average.toString() }] };
    const memo = doc.memo.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    this.signedFees.push({ amount: fee.amount[0]?.amount ?? "0", gas: fee.gas });
    return keys.amino.signAmino(address, { ...doc, fee, memo });
  }
}

async function unlockKeys({ name, mnemonic }: Held, prefix: string): Promise<Keys> {
  const options = { prefix, hdPaths: [stringToPath("m/44'/118'/0'/0/0")] };
  const [direct, amino] = await Promise.all([DirectSecp256k1HdWallet.fromMnemonic(mnemonic, options), Secp256k1HdWallet.fromMnemonic(mnemonic, options)]);
  const [account] = await direct.getAccounts();
  if (!account) throw new Error("the mnemonic gives no account");
  return { name, address: account.address, pubkey: account.pubkey, direct, amino };
}
