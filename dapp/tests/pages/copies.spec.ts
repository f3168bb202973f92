// A copy is proved on the page, with the items of both contributions, and costs its bond.
import type { Contribution } from "../../../schema/datanet.ts";
import { message } from "../../src/chain/messages.ts";
import { digestItem } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor } from "../support/actor.ts";
import { deployed, rulesBytes } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";
import { attribute, contribute, newDatanet } from "../support/story.ts";

test.use({ holders: ["olga"] });

const originals = ["The sun is a star.", "The moon is none.", "Comets have tails."];
const copies = ["Mars is red.", "The moon is none.", "The sun is a star."];

test("items that repeat an earlier contribution's are found, proved, and paid for to the prover", async ({ page, site }) => {
  const rules = await Rules.from(new Uint8Array(rulesBytes()));
  const [olga, kurt, nils] = await Promise.all([Actor.named("olga"), Actor.named("kurt"), Actor.named("nils")]);
  const made = await olga.send(message(deployed.datanet, "datanet", "create_datanet", newDatanet("Sky", { open: {} }, [], "The sky."), "create"));
  const datanet = attribute(made, "datanet_created", "datanet");
  const earlier = await contribute({ rules }, kurt, datanet, originals);
  const later = await contribute({ rules }, nils, datanet, copies);
  const published = (texts: readonly string[]) => ({ name: "items.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(texts.map((text) => digestItem(rules, { text }).canonical))) });
  const balance = async () => BigInt((await olga.ask<{ balance: string }>(deployed.open_token, { balance: { address: olga.address } })).balance);
  const before = await balance();

  await visit(page, site, `/contributions/${later}`);
  await connect(page);
  await page.getByTestId("copies-originals").setInputFiles(published(originals));
  await expect(page.getByTestId("copies-said")).toContainText("Enter the number");
  await page.getByTestId("copies-earlier").fill(earlier);
  await page.getByTestId("copies-originals").setInputFiles(published(copies));
  await expect(page.getByTestId("copies-said")).toContainText("another root");
  await page.getByTestId("copies-originals").setInputFiles(published(originals));
  await page.getByTestId("copies-later").setInputFiles(published(copies));
  await expect(page.getByTestId("copies-said")).toContainText("2 items of this contribution");
  await sendBy(page, page.getByTestId("prove-copies"));
  const found = await olga.ask<Contribution>(deployed.datanet, { contribution: { contribution: later } });
  expect(found.duplicates).toBe("2");
  expect(BigInt(found.bond_taken)).toBeGreaterThan(0n);
  expect((await balance()) - before).toBe(BigInt(found.bond_taken) / 2n);
});
