// Tests of pages: the built page, served with its policy and set to the devnet, with a wallet; and a guard that fails a test in which
// the page did what its policy forbids, logged an error, or asked another host.
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type PageConfiguration } from "../../configure.mjs";
import { serve } from "../../serve.mjs";
import { type Held, StandIn } from "../wallet/standin.ts";
import { devnet, folder, held } from "./devnet.ts";

interface Fixtures {
  /** Accounts of the wallet, the first chosen; none for a browser without a wallet. */
  readonly holders: readonly string[];
  /** Changes to what the page is told of the chain. */
  readonly changed: Partial<Record<"rpc" | "chain_id", string>>;
  /** What may be said on the console, in a test that breaks something on purpose. */
  readonly noise: RegExp | null;
  readonly site: { readonly url: string; readonly configuration: PageConfiguration };
  readonly wallet: StandIn;
}

const out = new URL("../out/", import.meta.url).pathname;

/** The test function. */
export const test = base.extend<Fixtures>({
  holders: [["bob", "carol", "alice", "faucet"], { option: true }],
  changed: [{}, { option: true }],
  noise: [null, { option: true }],

  site: async ({ changed }, use, info) => {
    mkdirSync(out, { recursive: true });
    const plain = await configuration(folder);
    const told = { ...plain, chain: { ...plain.chain, ...changed } };
    const file = join(out, `deployment-${info.testId}.json`);
    writeFileSync(file, JSON.stringify(told));
    const { url, close } = await serve({ port: 0, deploymentFile: file });
    await use({ url, configuration: told });
    await close();
  },

  wallet: async ({ context, holders }, use) => {
    const wallet = await StandIn.holding(await Promise.all((holders.length > 0 ? holders : ["bob"]).map(holder)));
    if (holders.length > 0) await wallet.install(context);
    await use(wallet);
  },

  page: async ({ context, wallet: _, site, noise }, use) => {
    const page = await context.newPage();
    const wrong = guard(page, [new URL(site.url).origin, new URL(site.configuration.chain.rpc).origin], noise);
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };

/** A test account of the devnet, or a newcomer: an account that the chain has never seen. */
async function holder(name: string): Promise<Held> {
  if (name !== "newcomer") return held(name);
  return { name, mnemonic: (await DirectSecp256k1HdWallet.generate(12)).mnemonic };
}

/** Everything that a page must not do; filled while it runs. */
export function guard(page: Page, hosts: readonly string[], noise: RegExp | null): readonly string[] {
  const wrong: string[] = [];
  const note = (what: string) => {
    if (!noise?.test(what)) wrong.push(what);
  };
  page.on("console", (said) => {
    if (said.type() === "error") note(`console: ${said.text()}`);
  });
  page.on("pageerror", (error) => note(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "blob:" && !hosts.includes(url.origin)) note(`asked another host: ${url.href}`);
  });
  return wrong;
}

/** Opens a screen and waits for its title. */
export async function visit(page: Page, site: { readonly url: string }, path: string): Promise<void> {
  await page.goto(`${site.url}#${path}`);
  await expect(page.getByTestId("screen-title")).toBeVisible();
}

/** Connects the wallet. */
export async function connect(page: Page): Promise<void> {
  await page.getByTestId("connect").click();
  await expect(page.getByTestId("account-name")).toBeVisible();
}

/** Waits until the transaction that was just sent is in a block; returns its hash. */
export async function included(page: Page): Promise<string> {
  const region = page.getByTestId("transaction");
  await expect(region).toHaveAttribute("data-state", /done|failed/, { timeout: 90_000 });
  const problem = page.getByTestId("transaction-problem");
  if (await problem.isVisible()) throw new Error(`the transaction failed: ${await problem.textContent()}`);
  const hash = (await page.getByTestId("transaction-hash").textContent()) ?? "";
  await page.getByTestId("transaction-dismiss").click();
  return hash.trim();
}

/** Clicks, and waits for the block. */
export async function sendBy(page: Page, button: Locator): Promise<string> {
  await button.click();
  return included(page);
}

/** The exact amount that an element shows, in uopen. */
export async function uopen(shown: Locator): Promise<bigint> {
  return BigInt((await shown.getAttribute("data-uopen")) ?? "");
}

/** Chain id of the devnet. */
export const chainId = devnet.chain_id;
