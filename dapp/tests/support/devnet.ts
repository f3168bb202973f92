// The devnet that DEVNET names, and its accounts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

interface DevnetFile {
  readonly chain_id: string;
  readonly rpc: string;
  readonly rest: string;
  readonly denom: string;
  readonly gas_price: string;
  readonly accounts: readonly { readonly name: string; readonly address: string; readonly mnemonic_file: string }[];
}

/** Folder of the devnet. */
export const folder = process.env["DEVNET"] ?? "";
if (folder === "") throw new Error("set DEVNET to the folder of a devnet with contracts, as scripts/test-dapp does");

/** devnet.json. */
export const devnet = JSON.parse(readFileSync(join(folder, "devnet.json"), "utf8")) as DevnetFile;

/** deployment.json. */
export const deployed = JSON.parse(readFileSync(join(folder, "deployment.json"), "utf8")) as Readonly<Record<"open_token" | "datanet" | "model" | "attribution" | "settlement", string>>;

/** An account of the tests' own, beside those of the devnet. */
export interface OwnAccount {
  readonly name: string;
  readonly mnemonic: string;
  readonly address: string;
}

/** Where the story keeps the words of its own accounts. */
export const accountsFile = join(folder, "dapp-accounts.json");

/** Name and words of a test account: one of the devnet, or one that the story made. */
export function held(name: string): OwnAccount {
  const found = devnet.accounts.find((one) => one.name === name);
  if (found) return { name, mnemonic: readFileSync(found.mnemonic_file, "utf8").trim(), address: found.address };
  const own = existsSync(accountsFile) ? (JSON.parse(readFileSync(accountsFile, "utf8")) as OwnAccount[]) : [];
  const made = own.find((one) => one.name === name);
  if (!made) throw new Error(`there is no account ${name}, neither of the devnet nor of the story`);
  return made;
}

/** The rules as the page has them. */
export function rulesBytes(): Buffer {
  return readFileSync(new URL("../../public/rules.wasm", import.meta.url));
}
