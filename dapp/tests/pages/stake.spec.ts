// Moving units of a stake, and its dividends.
import type { Model } from "../../../schema/model.ts";
import type { AccountDividends } from "../../../schema/stake.ts";
import { Actor } from "../support/actor.ts";
import { deployed, held } from "../support/devnet.ts";
import { connect, expect, sendBy, test, uopen, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test("shares move exactly, and dividends up to now stay with who held them", async ({ page, site, wallet }) => {
  const bob = await Actor.named("bob");
  const { stake } = await bob.ask<Model>(deployed.model, { model: { model: seed().base } });
  const of = (account: string) => bob.ask<AccountDividends>(stake ?? "", { dividends: { account } });
  const before = { bob: await of(held("bob").address), carol: await of(held("carol").address) };
  // Paid for computing: a quarter of the work reserve.
  expect(BigInt(before.bob.balance)).toBeGreaterThan(0n);
  await visit(page, site, "/stake");
  await connect(page);
  await page.getByTestId("transfer-to").fill(held("carol").address);
  await page.getByTestId("transfer-amount").fill("1000.000001");
  await sendBy(page, page.getByTestId("transfer"));
  const after = { bob: await of(held("bob").address), carol: await of(held("carol").address) };
  expect(BigInt(before.bob.balance) - BigInt(after.bob.balance)).toBe(1_000_000_001n);
  expect(BigInt(after.carol.balance) - BigInt(before.carol.balance)).toBe(1_000_000_001n);
  expect(after.bob.claimable).toBe(before.bob.claimable);
  if (BigInt(after.bob.claimable) > 0n) {
    expect(await uopen(page.getByTestId(`dividends-${seed().base}`))).toBe(BigInt(after.bob.claimable));
    await sendBy(page, page.getByTestId(`claim-dividends-${seed().base}`));
    expect((await of(wallet.address)).claimable).toBe("0");
  }
});
