// Who earned by a call: told by the gateway once the round of its epoch is settled. Last, since it waits for epochs.
import { Actor, until } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { cast, settle } from "../support/story.ts";
import { ask, expect, go, onChain, openChannel, paid, test, uopen } from "./play.ts";

test.use({ holders: ["bob"] });

test("who earned by a call is told once its round is settled", async ({ page, site, made }) => {
  test.setTimeout(420_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  await ask(page, "ray beam prism lens glass colour violet");
  const fee = await paid(page, 1);
  await page.getByTestId("earners-1").click();
  await expect(page.getByTestId("earners-none")).toContainText("not settled yet");
  await expect.poll(async () => (await onChain(channel)).redeemed, { timeout: 120_000 }).toBe(fee.toString());
  const epoch = BigInt((await onChain(channel)).last_epoch ?? "0");
  const alice = await Actor.named("alice");
  await until("the redemption of its epoch is over", async () => BigInt(await alice.ask<string>(deployed.settlement, { current_epoch: {} })) >= epoch + 2n, 120);
  await settle(await cast(), made.model, [{ score: 500_000_000, error: 40_000_000 }, { score: 300_000_000, error: 60_000_000 }]);
  await page.getByTestId("earners-again").click();
  const table = page.getByTestId("earners-table");
  await expect(table).toBeVisible({ timeout: 90_000 });
  await expect(page.getByTestId("earners-table-row")).toHaveCount(made.contributions.length);
  const pool = await uopen(page.getByTestId("earners-pool"));
  expect(pool > 0n && pool < fee).toBe(true);
  // The texts about light made it say so; those about farms spoke against it, and earn by the round all the same.
  const row = (contribution: string | undefined) => page.getByTestId("earners-table-row").filter({ has: page.getByRole("link", { name: contribution ?? "", exact: true }) });
  await expect(row(made.contributions[0])).toContainText(/\+\d+\.\d+ %/);
  await expect(row(made.contributions[1])).toContainText(/−\d+\.\d+ %/);
  const earned = await Promise.all(made.contributions.map((one) => uopen(row(one).locator("[data-uopen]"))));
  expect(earned[0]).toBeGreaterThan(earned[1] ?? 0n);
  expect((earned[0] ?? 0n) + (earned[1] ?? 0n)).toBeLessThanOrEqual(pool);
});
