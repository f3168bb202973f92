// A private DataNet of images: its key is made on the page and never sent, and what is committed to are digests under it.
import { readFile } from "node:fs/promises";
import type { Contribution, Datanet } from "../../../schema/datanet.ts";
import { digestItem, itemsRoot, keyCommitment } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor } from "../support/actor.ts";
import { deployed, rulesBytes } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";

test.use({ holders: ["olga", "nils"] });
test.describe.configure({ mode: "serial" });

const images = [{ label: 7, pixels: [0, 255, 16, 3] }, { label: 2, pixels: [9, 9, 0, 1] }];
const csv = { name: "digits.csv", mimeType: "text/csv", buffer: Buffer.from(images.map(({ label, pixels }) => [label, ...pixels].join(",")).join("\n")) };
const wide = { width: 3, height: 1, label: 4, pixels: [1, 2, 3] };
const jsonl = { name: "wide.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(JSON.stringify(wide)) };

let datanet = "";
let key = "";

test("its key is saved to a file, and the chain gets what commits to it", async ({ page, site }) => {
  const rules = await Rules.from(new Uint8Array(rulesBytes()));
  await visit(page, site, "/datanets/new");
  await connect(page);
  await page.getByTestId("new-name").fill("Secret digits");
  await page.getByTestId("new-media").fill("image/x-grey8");
  await page.getByTestId("new-key").fill("abc");
  await expect(page.getByTestId("create-datanet")).toBeDisabled();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("make-key").click()]);
  key = (await readFile(await download.path(), "utf8")).trim();
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  await sendBy(page, page.getByTestId("create-datanet"));
  await expect(page.getByTestId("screen-title")).toHaveText("Secret digits");
  datanet = page.url().split("/").at(-1) ?? "";
  const olga = await Actor.named("olga");
  const { settings } = await olga.ask<Datanet>(deployed.datanet, { datanet: { datanet } });
  expect(settings).toMatchObject({ media: "image/x-grey8", item_key: keyCommitment(rules, key) });
});

test("images become digests under the key, their size stays withheld, and another key is refused", async ({ page, site, wallet }) => {
  const rules = await Rules.from(new Uint8Array(rulesBytes()));
  const nils = await Actor.named("nils");
  await visit(page, site, `/datanets/${datanet}/contribute`);
  await wallet.choose("nils");
  await connect(page);
  await page.getByTestId("files").setInputFiles(csv);
  await expect(page.getByTestId("items-problem")).toContainText("Enter the key");
  await page.getByTestId("private-key").fill("0".repeat(64));
  await page.getByTestId("files").setInputFiles(csv);
  await expect(page.getByTestId("items-problem")).toContainText("another one");
  await page.getByTestId("private-key").fill(key);
  await page.getByTestId("files").setInputFiles([csv, jsonl]);
  await expect(page.getByTestId("batch-count")).toHaveText("3");
  await expect(page.getByTestId("batch")).toContainText("image of 2 × 2, label 7");
  await expect(page.getByTestId("batch")).toContainText("image of 3 × 1, label 4");
  const square = images.map(({ label, pixels }) => ({ image: { width: 2, height: 2, label, pixels: Buffer.from(pixels).toString("hex") } }));
  const items = [...square, { image: { ...wide, pixels: Buffer.from(wide.pixels).toString("hex") } }];
  const root = itemsRoot(rules, items.map((item) => digestItem(rules, item, key).digest));
  expect(root).not.toBe(itemsRoot(rules, items.map((item) => digestItem(rules, item).digest)));
  await expect(page.getByTestId("batch-root")).toHaveAttribute("data-full", root);
  await sendBy(page, page.getByTestId("commit"));
  const kept = page.getByTestId("kept").first();
  await expect(kept).toHaveAttribute("data-status", "committed");
  await kept.getByTestId("reveal-uri").fill("https://example.org/sealed");
  await sendBy(page, kept.getByTestId("reveal"));
  await expect(kept).toHaveAttribute("data-status", "accepted");
  const id = (await kept.getByRole("link").textContent())?.replace(/\D/g, "") ?? "";
  const { revealed } = await nils.ask<Contribution>(deployed.datanet, { contribution: { contribution: id } });
  expect(revealed).toMatchObject({ items_root: root, item_count: "3", bytes: "0" });
});

test("it is handed over to another account", async ({ page, site, wallet }) => {
  await visit(page, site, `/datanets/${datanet}`);
  await connect(page);
  const nils = await Actor.named("nils");
  await page.getByTestId("offer-to").fill(nils.address);
  await sendBy(page, page.getByTestId("offer"));
  await wallet.choose("nils");
  await sendBy(page, page.getByTestId("accept-offer"));
  expect(await nils.ask<Datanet>(deployed.datanet, { datanet: { datanet } })).toMatchObject({ owner: nils.address, offered_to: null });
});
