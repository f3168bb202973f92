// Contributing from files to an accepted contribution, with the tab closed in between, read back from the chain.
import type { Contribution } from "../../../schema/datanet.ts";
import { digestItem, itemsRoot } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor } from "../support/actor.ts";
import { deployed, rulesBytes } from "../support/devnet.ts";
import { connect, expect, guard, included, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

const texts = ["A lens gathers rays.", "Cafe\u0301 windows\r\nhalf reflect.", "  Shadows have soft edges.  "];
const file = { name: "notes.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(texts.map((text) => JSON.stringify({ text })).join("\n")) };

async function expectedRoot(): Promise<string> {
  const rules = await Rules.from(new Uint8Array(rulesBytes()));
  return itemsRoot(rules, texts.map((text) => digestItem(rules, { text }).digest));
}

test("files become a contribution, though the tab closes between commit and reveal", async ({ page, context, site, wallet }) => {
  const { sentences } = seed();
  const root = await expectedRoot();
  await visit(page, site, `/datanets/${sentences}/contribute`);
  await connect(page);
  await page.getByTestId("files").setInputFiles(file);
  await expect(page.getByTestId("batch-count")).toHaveText("3");
  await expect(page.getByTestId("batch-root")).toHaveAttribute("data-full", root);
  await page.getByTestId("commit").click();
  await included(page);
  const commitment = await page.getByTestId("kept").first().getAttribute("data-commitment");
  await page.close();

  const again = await context.newPage();
  const wrong = guard(again, [new URL(site.url).origin, new URL(site.configuration.chain.rpc).origin], null);
  await visit(again, site, `/datanets/${sentences}/contribute`);
  const kept = again.locator(`[data-commitment="${commitment}"]`);
  await expect(kept).toHaveAttribute("data-status", "committed");
  await kept.getByTestId("reveal-uri").fill("https://example.org/notes");
  await kept.getByTestId("reveal").click();
  await included(again);
  await expect(kept).toHaveAttribute("data-status", "accepted");

  const bob = await Actor.named("bob");
  const id = (await kept.getByRole("link").textContent())?.replace(/\D/g, "") ?? "";
  const contribution = await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: id } });
  expect(contribution.status).toBe("accepted");
  expect(contribution.commitment).toBe(commitment);
  expect(contribution.contributor).toBe(wallet.address);
  expect(contribution.revealed).toMatchObject({ items_root: root, item_count: "3", kind: "data", licence: "CC-BY-4.0", uri: "https://example.org/notes" });
  await kept.getByTestId("forget").click();
  await expect(kept).toBeHidden();
  expect(wrong).toEqual([]);
});

test("the record is kept before the wallet is asked, and a refusal loses nothing", async ({ page, site, wallet }) => {
  const { sentences } = seed();
  await visit(page, site, `/datanets/${sentences}/contribute`);
  await connect(page);
  await page.getByTestId("files").setInputFiles(file);
  wallet.refuseNext("sign");
  await page.getByTestId("commit").click();
  await expect(page.getByTestId("transaction-problem")).toHaveAttribute("data-kind", "rejected");
  await page.reload();
  const kept = page.getByTestId("kept").first();
  await expect(kept).toHaveAttribute("data-status", "not on chain");
  await kept.getByTestId("forget").click();
  await expect(page.getByTestId("kept")).toHaveCount(0);
});

test("a backup brings a record back after the browser's data were lost", async ({ page, site, wallet }) => {
  const { sentences } = seed();
  await visit(page, site, `/datanets/${sentences}/contribute`);
  await connect(page);
  await page.getByTestId("files").setInputFiles({ ...file, buffer: Buffer.from('"One sentence about prisms."') });
  wallet.refuseNext("sign");
  await page.getByTestId("commit").click();
  await expect(page.getByTestId("transaction-problem")).toBeVisible();
  await page.getByTestId("transaction-dismiss").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("save-backup").click()]);
  const backup = await download.path();
  await page.getByTestId("forget").click();
  await expect(page.getByTestId("kept")).toHaveCount(0);
  await page.getByTestId("restore-file").setInputFiles({ name: "no-backup.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await expect(page.getByTestId("restore-said")).toContainText("no record");
  await page.getByTestId("restore-file").setInputFiles(backup);
  await expect(page.getByTestId("kept")).toHaveCount(1);
});

test("files that hold no items are refused with the line that is wrong", async ({ page, site }) => {
  await visit(page, site, `/datanets/${seed().sentences}/contribute`);
  await connect(page);
  const refused = async (name: string, content: string, said: RegExp) => {
    await page.getByTestId("files").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(content) });
    await expect(page.getByTestId("items-problem")).toHaveText(said);
    await expect(page.getByTestId("commit")).toBeDisabled();
  };
  await refused("a.jsonl", '{"text": "fine"}\nnot json', /a\.jsonl, line 2: this is no JSON/);
  await refused("b.csv", "3,1,2,300,4", /b\.csv, line 1: grey values/);
  await refused("c.pdf", "%PDF", /use \.txt/);
  await refused("d.txt", "   ", /Item 1 is empty/);
});
