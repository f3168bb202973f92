// A running devnet, from the two files that describe it: devnet.json and deployment.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringToPath } from "@cosmjs/crypto";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";

/** A funded test account. */
export interface Account {
  readonly name: string;
  readonly address: string;
  readonly mnemonicFile: string;
}

/** How to reach the chain and who has funds on it. */
export interface Devnet {
  readonly chainId: string;
  readonly rpc: string;
  readonly denom: string;
  readonly gasPrice: string;
  readonly accounts: readonly Account[];
}

/** The contracts that a deployment has at least. */
export const deployedNames = ["open_token", "datanet", "model", "attribution", "settlement"] as const;

/** Addresses of the contracts by name. */
export type Deployment = Readonly<Record<(typeof deployedNames)[number], string>>;

/** Reads `devnet.json` of a devnet's folder. */
export async function readDevnet(folder: string): Promise<Devnet> {
  const file = join(folder, "devnet.json");
  const found = fields(await readJson(file, "start it with scripts/devnet up"), file);
  return {
    chainId: text(found, "chain_id", file),
    rpc: text(found, "rpc", file),
    denom: text(found, "denom", file),
    gasPrice: text(found, "gas_price", file),
    accounts: list(found, "accounts", file).map((account) => parseAccount(account, file)),
  };
}

/** Reads `deployment.json` of a devnet's folder. */
export async function readDeployment(folder: string): Promise<Deployment> {
  const file = join(folder, "deployment.json");
  const found = fields(await readJson(file, "deploy with scripts/deploy"), file);
  return Object.fromEntries(deployedNames.map((name) => [name, text(found, name, file)])) as Deployment;
}

/** The wallet of a test account. */
export async function walletOf(account: Account): Promise<DirectSecp256k1HdWallet> {
  const mnemonic = (await readFile(account.mnemonicFile, "utf8")).trim();
  return DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: "wasm", hdPaths: [stringToPath("m/44'/118'/0'/0/0")] });
}

/** The test account of a name. */
export function accountNamed(devnet: Devnet, name: string): Account {
  const account = devnet.accounts.find((one) => one.name === name);
  if (!account) throw new Error(`no account "${name}" on this devnet; there are ${devnet.accounts.map((one) => one.name).join(", ")}`);
  return account;
}

function parseAccount(value: unknown, file: string): Account {
  const found = fields(value, file);
  return { name: text(found, "name", file), address: text(found, "address", file), mnemonicFile: text(found, "mnemonic_file", file) };
}

async function readJson(file: string, hint: string): Promise<unknown> {
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`cannot read ${file}: ${hint}`, { cause });
  });
  return JSON.parse(content);
}

function fields(value: unknown, file: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${file}: an object was expected`);
  return value as Record<string, unknown>;
}

function text(found: Readonly<Record<string, unknown>>, name: string, file: string): string {
  const value = found[name];
  if (typeof value !== "string") throw new Error(`${file}: "${name}" is not a string`);
  return value;
}

function list(found: Readonly<Record<string, unknown>>, name: string, file: string): readonly unknown[] {
  const value = found[name];
  if (!Array.isArray(value)) throw new Error(`${file}: "${name}" is not a list`);
  return value;
}
