// What owners do on the page: a new DataNet, prices, and who is paid for a contribution.
import type { Contribution, Datanet } from "../../../schema/datanet.ts";
import type { Model, PriceSheet } from "../../../schema/model.ts";
import { Actor } from "../support/actor.ts";
import { deployed, held } from "../support/devnet.ts";
import { connect, expect, included, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test.describe("alice owns the models", () => {
  test.use({ holders: ["alice"] });

  test("a DataNet is created as it was typed", async ({ page, site }) => {
    await visit(page, site, "/");
    await connect(page);
    await page.getByTestId("new-datanet").click();
    await expect(page.getByTestId("create-datanet")).toBeDisabled();
    await page.getByTestId("new-name").fill("Letters & numbers");
    await page.getByTestId("new-description").fill("Labelled letters.");
    await page.getByTestId("new-admission").selectOption("reviewed");
    await page.getByTestId("new-accounts").fill(`${held("alice").address} ${held("carol").address}`);
    await page.getByTestId("new-threshold").fill("2");
    await page.getByTestId("new-bond").fill("2.000001");
    await page.getByTestId("new-share").fill("12.5");
    await page.getByTestId("create-datanet").click();
    await included(page);
    await expect(page.getByTestId("screen-title")).toHaveText("Letters & numbers");
    const id = page.url().split("/").at(-1) ?? "";
    const alice = await Actor.named("alice");
    const { settings, owner } = await alice.ask<Datanet>(deployed.datanet, { datanet: { datanet: id } });
    expect(owner).toBe(alice.address);
    expect(settings).toMatchObject({
      name: "Letters & numbers", description: "Labelled letters.", bond: "2000001", min_influence_share: 1250, commits_per_day: 10,
      admission: { reviewed: { reviewers: [held("alice").address, held("carol").address], threshold: 2 } },
    });
  });

  test("prices are set to the last uopen, and terms rise at the owner's cost", async ({ page, site }) => {
    const { base } = seed();
    const alice = await Actor.named("alice");
    const before = await alice.ask<Model>(deployed.model, { model: { model: base } });
    await visit(page, site, `/models/${base}`);
    await connect(page);
    await page.getByTestId("tab-terms").click();
    await page.getByTestId("price-call-0").fill("0.030001");
    await page.getByTestId("price-read-0").fill("0,002");
    await sendBy(page, page.getByTestId("set-prices"));
    const model = await alice.ask<Model>(deployed.model, { model: { model: base } });
    expect(model.price_sheet).toBe(before.price_sheet + 1);
    const { prices } = await alice.ask<PriceSheet>(deployed.model, { price_sheet: { model: base, version: model.price_sheet } });
    expect(prices[0]).toMatchObject({ name: "standard", per_call: "30001", per_1000_in: "2000", per_1000_out: "0" });
    await page.getByTestId("terms-new-influence").fill("10");
    await page.getByTestId("change-terms").click();
    await expect(page.getByTestId("transaction-problem")).toContainText("influence");
  });
});

test("a contributor shares what a contribution earns", async ({ page, site }) => {
  const [first] = seed().contributions;
  await visit(page, site, `/contributions/${first}`);
  await connect(page);
  await page.getByTestId("payee-share-0").fill("62.5");
  await page.getByTestId("add-payee").click();
  await page.getByTestId("payee-account-1").fill(held("carol").address);
  await expect(page.getByTestId("set-payees")).toBeDisabled();
  await page.getByTestId("payee-share-1").fill("37.5");
  await sendBy(page, page.getByTestId("set-payees"));
  const bob = await Actor.named("bob");
  const { payees } = await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: first } });
  expect(payees).toEqual([{ account: held("bob").address, share: 6250 }, { account: held("carol").address, share: 3750 }]);
});
