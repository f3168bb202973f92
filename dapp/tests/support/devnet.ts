// The devnet that DEVNET names, and its accounts.
import { readFileSync } from "node:fs";
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

/** Name and words of a test account. */
export function held(name: string): { readonly name: string; readonly mnemonic: string; readonly address: string } {
  const found = devnet.accounts.find((one) => one.name === name);
  if (!found) throw new Error(`the devnet has no account ${name}`);
  return { name, mnemonic: readFileSync(found.mnemonic_file, "utf8").trim(), address: found.address };
}

/** The rules as the page has them. */
export function rulesBytes(): Buffer {
  return readFileSync(new URL("../../public/rules.wasm", import.meta.url));
}
