// Reading a model: every tab shows what the chain says.
import type { Model } from "../../../schema/model.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { expect, test, uopen, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test("a model's tabs show its accounts, rounds, fees, terms, versions and lineage", async ({ page, site }) => {
  const { base, adapter, rounds, contributions } = seed();
  const bob = await Actor.named("bob");
  const model = await bob.ask<Model>(deployed.model, { model: { model: base } });
  await visit(page, site, "/");
  await page.getByTestId(`model-${base}`).click();
  await expect(page.getByTestId("screen-title")).toHaveText(model.name);
  await expect(page.getByTestId("positions-table-row")).toHaveCount(contributions.length);
  await page.getByTestId("tab-rounds").click();
  await expect(page.getByTestId("rounds-table-row")).toHaveCount(rounds.length);
  await page.getByTestId("tab-fees").click();
  await expect(page.getByTestId("model-fees-plot")).toBeVisible();
  await page.getByTestId("tab-terms").click();
  await expect(page.getByTestId("terms-influence")).toHaveText("75 %");
  await expect(page.getByTestId("prices-table-row")).toHaveCount(2);
  await page.getByTestId("tab-versions").click();
  await expect(page.getByTestId("version-1")).toBeVisible();
  await page.getByTestId("tab-lineage").click();
  await expect(page.getByTestId("lineage")).toContainText("optics-1-letters");
  await page.goto(`${site.url}#/models/${adapter}`);
  await page.getByTestId("tab-lineage").click();
  await expect(page.getByTestId("lineage")).toContainText("gets 100 %");
});

test("a round shows who took part and how far they agreed", async ({ page, site }) => {
  const { base, rounds } = seed();
  await visit(page, site, `/models/${base}/rounds/${rounds[0]}`);
  await expect(page.getByTestId("round-state")).toHaveText("settled");
  await expect(page.getByTestId("participations-table-row")).toHaveCount(3);
  await expect(page.getByTestId("round-revealed")).toContainText("3 vectors");
  expect(await uopen(page.getByTestId("round-pool"))).toBeGreaterThan(0n);
});
