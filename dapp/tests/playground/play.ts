// Tests of the playground: the built page, set to a gateway behind something that can be slow, break, or lie.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { BrowserContext, Page } from "@playwright/test";
import type { Channel } from "../../../schema/settlement.ts";
import { configuration, type PageConfiguration } from "../../configure.mjs";
import { serve } from "../../serve.mjs";
import { Actor } from "../support/actor.ts";
import { deployed, folder } from "../support/devnet.ts";
import { connect, expect, guard, sendBy, test as base, uopen, visit } from "../support/page.ts";
import { Between } from "./between.ts";
import { serving, world, type World } from "./world.ts";

export { altered } from "./between.ts";
export { expect, uopen };

/** What a browser says by itself of a price that is asked for, of what a gateway refuses, and of a way that breaks. */
const usualNoise = /status of 40[029]|ERR_|net::|blocked by CORS/;

interface PerTest {
  readonly between: Between;
  /** A tab of the same browser, watched as the first one. */
  readonly openTab: () => Promise<Page>;
}

interface PerWorker {
  readonly made: World;
}

const out = new URL("../out/", import.meta.url).pathname;

/** The test function. */
export const test = base.extend<PerTest, PerWorker>({
  made: [
    async ({}, use) => {
      const made = await world();
      const end = await serving(made);
      await use(made);
      await end();
    },
    { scope: "worker", timeout: 400_000 },
  ],

  between: async ({ made }, use) => {
    const between = await Between.before(`http://127.0.0.1:${made.port}`);
    await use(between);
    between.close();
  },

  site: async ({ made, between }, use, info) => {
    mkdirSync(out, { recursive: true });
    const told: PageConfiguration = await configuration(folder, { [made.model]: between.url });
    const file = join(out, `deployment-${info.testId}.json`);
    writeFileSync(file, JSON.stringify(told));
    const folderOfPage = process.env["DAPP_DIST"];
    const { url, close } = await serve({ port: 0, deploymentFile: file, ...(folderOfPage && { folder: folderOfPage }) });
    await use({ url, configuration: told });
    await close();
  },

  openTab: async ({ context, wallet: _, site, between }, use) => {
    const wrong: (readonly string[])[] = [];
    await use(() => tab(context, [new URL(site.url).origin, new URL(site.configuration.chain.rpc).origin, between.url], wrong));
    expect(wrong.flat()).toEqual([]);
  },

  page: async ({ openTab }, use) => {
    await use(await openTab());
  },
});

async function tab(context: BrowserContext, hosts: readonly string[], wrong: (readonly string[])[]): Promise<Page> {
  const page = await context.newPage();
  wrong.push(guard(page, hosts, usualNoise));
  return page;
}

/** Goes to the playground with the wallet connected. */
export async function go(page: Page, site: { readonly url: string }): Promise<void> {
  await visit(page, site, "/pay");
  // A browser that was connected before connects by itself, as soon as the wallet appears.
  const remembered = await page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("attribution.connected")));
  if (remembered) await expect(page.getByTestId("account-name")).toBeVisible();
  else await connect(page);
  await expect(page.getByTestId("playground")).toBeVisible();
}

/** Opens a channel of the model by the page, and waits until calls can be paid from it. Returns its id. */
export async function openChannel(page: Page, made: World, deposit = "5"): Promise<string> {
  await page.getByTestId("channel-model").selectOption(made.model);
  await page.getByTestId("channel-deposit").fill(deposit);
  const before = await page.locator('[data-testid^="channel-"][data-state]').count();
  await sendBy(page, page.getByTestId("open-channel"));
  const cards = page.locator('[data-testid^="channel-"][data-state]');
  await expect(cards).toHaveCount(before + 1);
  const id = ((await cards.first().getAttribute("data-testid")) ?? "").replace("channel-", "");
  await page.getByTestId("playground-channel").selectOption(id);
  await expect(page.getByTestId("meter")).toBeVisible();
  return id;
}

/** Asks, and does not wait. */
export async function ask(page: Page, text: string, tokens = "16", way: "chat" | "continue" | "classify" = "continue"): Promise<void> {
  await page.getByTestId("ask-way").selectOption(way);
  if (way !== "classify") await page.getByTestId("ask-tokens").fill(tokens);
  await page.getByTestId("ask-text").fill(text);
  await expect(page.getByTestId("ask")).toBeEnabled();
  await page.getByTestId("ask").click();
}

/** Waits until a call is paid; returns its fee. */
export async function paid(page: Page, number: number): Promise<bigint> {
  const call = page.getByTestId(`call-${number}`);
  await expect(call).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId("meter")).toHaveAttribute("data-state", "still");
  return uopen(call.getByTestId("call-fee"));
}

/** A channel in the gateway's books. */
export interface InBooks {
  readonly served: { readonly number: number; readonly sum: string; readonly head: string };
  readonly signed: { readonly number: number; readonly sum: string; readonly head: string };
  readonly redeemed: { readonly number: number; readonly sum: string; readonly head: string };
}

/** What the gateway's books say of a channel. */
export async function books({ port }: World, channel: string): Promise<InBooks> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/channels/${channel}`);
  if (!answer.ok) throw new Error(`the gateway does not know channel ${channel}: ${answer.status}`);
  return (await answer.json()) as InBooks;
}

/** What the chain says of a channel. */
export async function onChain(channel: string): Promise<Channel> {
  return (await Actor.named("alice")).ask<Channel>(deployed.settlement, { channel: { channel } });
}

