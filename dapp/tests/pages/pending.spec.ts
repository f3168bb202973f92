// A transaction that the node shows in no block for long: nobody is told to send it again, and it is found later, also in another tab.
import type { Datanet } from "../../../schema/datanet.ts";
import { serveBetween } from "../support/between.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, test as base, visit } from "../support/page.ts";

/** A node that knows of no transaction by its hash until it is told to. */
interface Forgetful {
  readonly rpc: string;
  readonly remember: () => void;
  readonly close: () => void;
}

const test = base.extend<{ node: Forgetful }>({
  node: async ({}, use) => {
    let forgets = true;
    const node = await serveBetween((call) => (forgets && call.method === "tx_search" && call.params["query"]?.includes("tx.hash") ? { txs: [], total_count: "0" } : null));
    await use({ ...node, remember: () => { forgets = false; } });
    node.close();
  },
  changed: async ({ node }, use) => use({ rpc: node.rpc }),
  holders: ["kurt"],
});

test("it stays on its way, survives the tab, and is found once the node knows it", async ({ page, context, site, node }) => {
  const name = `Late ${Date.now()}`;
  const kurt = await Actor.named("kurt");
  const made = async () => (await kurt.ask<Datanet[]>(deployed.datanet, { datanets: { page: { limit: 100 } } })).filter((one) => one.settings.name === name);
  await page.clock.install();
  await visit(page, site, "/datanets/new");
  await connect(page);
  await page.getByTestId("new-name").fill(name);
  await page.getByTestId("create-datanet").click();
  await expect(page.getByTestId("transaction")).toHaveAttribute("data-stage", "sent");
  await page.clock.fastForward(61_000);
  await expect(page.getByTestId("transaction-unseen")).toContainText("Do not send it again");
  await expect(page.getByTestId("transaction-again")).toBeHidden();
  const hash = await page.getByTestId("transaction-hash").textContent();
  await page.getByTestId("transaction-look").click();
  await expect(page.getByTestId("transaction-unseen")).toBeVisible();
  await page.close();

  const again = await context.newPage();
  await visit(again, site, "/");
  await expect(again.getByTestId("transaction-unseen")).toBeVisible();
  await expect(again.getByTestId("transaction-hash")).toHaveText(hash ?? "");
  node.remember();
  await again.getByTestId("transaction-look").click();
  await expect(again.getByTestId("transaction-done")).toBeVisible();
  // Sent once, made once.
  expect(await made()).toHaveLength(1);
  await again.reload();
  await expect(again.getByTestId("transaction")).toHaveAttribute("data-state", "none");
});
