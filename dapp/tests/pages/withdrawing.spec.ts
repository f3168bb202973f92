// Leaving: a contribution is withdrawn, models are told, bonds come back; and a commitment that nobody reveals is forfeit.
import type { Contribution } from "../../../schema/datanet.ts";
import type { Model } from "../../../schema/model.ts";
import { message } from "../../src/chain/messages.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor } from "../support/actor.ts";
import { deployed, held, rulesBytes } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";
import { attribute, contribute, newDatanet } from "../support/story.ts";

test.use({ holders: ["kurt", "olga"] });

let rules: Rules;
let kurt: Actor;
let olga: Actor;

const bond = 5_000_000n;
const contribution = (id: string) => kurt.ask<Contribution>(deployed.datanet, { contribution: { contribution: id } });
const balance = async () => BigInt((await kurt.ask<{ balance: string }>(deployed.open_token, { balance: { address: kurt.address } })).balance);

test.beforeAll(async () => {
  rules = await Rules.from(new Uint8Array(rulesBytes()));
  [kurt, olga] = await Promise.all([Actor.named("kurt"), Actor.named("olga")]);
});

/** A DataNet of olga's. */
async function make(name: string, admission: Parameters<typeof newDatanet>[1]): Promise<string> {
  return attribute(await olga.send(message(deployed.datanet, "datanet", "create_datanet", newDatanet(name, admission, [], "For leaving."), "create")), "datanet_created", "datanet");
}

test("an accepted contribution is withdrawn, and after the notice its bond comes back whole", async ({ page, site }) => {
  const id = await contribute({ rules }, kurt, await make("Leaving", { open: {} }), ["Here today."]);
  const before = await balance();
  await visit(page, site, `/contributions/${id}`);
  await connect(page);
  await sendBy(page, page.getByTestId("withdraw"));
  expect((await contribution(id)).status).toBe("withdrawn");
  await expect(page.getByTestId("contribution-state")).toHaveText("withdrawn");
  await expect(page.getByTestId("release-bond")).toBeEnabled();
  await sendBy(page, page.getByTestId("release-bond"));
  expect(await contribution(id)).toMatchObject({ bond_returned: true, bond_taken: "0" });
  expect((await balance()) - before).toBe(bond);
  await expect(page.getByTestId("release-bond")).toBeHidden();
});

test("a bond that models still need is not given back, and the page says why", async ({ page, site }) => {
  const id = await contribute({ rules }, kurt, await make("Staying", { open: {} }), ["Here to stay."]);
  await visit(page, site, `/contributions/${id}`);
  await connect(page);
  await page.getByTestId("release-bond").click();
  await expect(page.getByTestId("transaction-problem")).toContainText("withdraw", { ignoreCase: true });
  expect((await contribution(id)).bond_returned).toBe(false);
});

test("reviewers who do not decide cost nobody a bond", async ({ page, site }) => {
  const id = await contribute({ rules }, kurt, await make("Slow reviews", { reviewed: { reviewers: [held("olga").address], threshold: 1 } }), ["Read me."]);
  const before = await balance();
  await visit(page, site, `/contributions/${id}`);
  await connect(page);
  await expect(page.getByTestId("contribution-state")).toHaveText("pending");
  await expect(page.getByTestId("withdraw")).toBeEnabled();
  await sendBy(page, page.getByTestId("withdraw"));
  expect(await contribution(id)).toMatchObject({ status: "rejected", bond_returned: true });
  expect((await balance()) - before).toBe(bond);
});

test("a model is told of a withdrawal by anybody, and its versions must leave it out from then on", async ({ page, site }) => {
  const { base, method } = seed();
  const id = await contribute({ rules }, kurt, await make("Told", { open: {} }), ["Used, and gone."]);
  const terms = (await olga.ask<Model>(deployed.model, { model: { model: base } })).terms;
  const created = await olga.send(message(deployed.model, "model", "create_model", {
    name: "teller", kind: "base", parents: [], method, gateway: olga.address, curators: [kurt.address], prices: [{ name: "standard", per_call: "1" }], terms,
    stake: { name: "Teller stake", symbol: "TELL", owner: 5000, contributors: 3000, work: 2000 },
  }, "create"));
  const model = attribute(created, "model_created", "model");
  await olga.send(message(deployed.model, "model", "append_contributions", { model, contributions: [id] }, "append"));
  await kurt.send(message(deployed.datanet, "datanet", "withdraw", { contribution: id }, "withdraw"));
  await visit(page, site, `/contributions/${id}`);
  await connect(page);
  await sendBy(page, page.getByTestId(`note-withdrawal-${model}`));
  expect((await olga.ask<Model>(deployed.model, { model: { model } })).withdrawn).toBe(1);
  await expect(page.getByTestId(`noted-${model}`)).toHaveAttribute("data-noted", "true");
});

test("a commitment that was never revealed is forfeit to the treasury, whoever says so", async ({ page, site }) => {
  const { forgotten } = seed();
  await visit(page, site, `/contributions/${forgotten}`);
  await connect(page);
  const forfeit = page.getByTestId("forfeit");
  // Its time to reveal began with the story.
  await expect(forfeit).toBeVisible({ timeout: 120_000 });
  await sendBy(page, forfeit);
  expect(await contribution(forgotten)).toMatchObject({ status: "forfeited", bond_taken: bond.toString() });
  await expect(page.getByTestId("contribution-state")).toHaveText("forfeited");
});
