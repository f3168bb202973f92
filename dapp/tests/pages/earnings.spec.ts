// What a contribution earned, recomputed in the browser, and claiming all of it, read back from the chain.
import type { Account } from "../../../schema/settlement.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, sendBy, test, uopen, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

async function accountAt(position: number): Promise<Account> {
  const bob = await Actor.named("bob");
  const accounts = await bob.ask<Account[]>(deployed.settlement, { accounts: { model: seed().base, page: { limit: 100 } } });
  const found = accounts[position];
  if (!found) throw new Error(`no position ${position}`);
  return found;
}

test("a contribution's account is recomputed from what operators revealed, and equals the chain's", async ({ page, site }) => {
  const { contributions, rounds } = seed();
  await visit(page, site, `/contributions/${contributions[0]}`);
  await expect(page.getByTestId("recomputed-equal")).toBeVisible();
  await expect(page.getByTestId("score-point")).toHaveCount(rounds.length);
  const account = await accountAt(0);
  expect(await uopen(page.getByTestId("accrued"))).toBe(BigInt(account.accrued));
  expect(await uopen(page.getByTestId("payable"))).toBe(BigInt(account.payable));
  expect(await uopen(page.getByTestId(`step-${rounds.at(-1)}`).getByTestId("step-accrued"))).toBe(BigInt(account.accrued));
  expect(BigInt(account.payable)).toBeGreaterThan(0n);
});

test("harm shows as debt, and pays nothing", async ({ page, site }) => {
  const { contributions } = seed();
  await visit(page, site, `/contributions/${contributions[2]}`);
  await expect(page.getByTestId("recomputed-equal")).toBeVisible();
  const account = await accountAt(2);
  expect(BigInt(account.debt)).toBeGreaterThan(0n);
  expect(await uopen(page.getByTestId("debt"))).toBe(BigInt(account.debt));
  expect(await uopen(page.getByTestId("due"))).toBe(0n);
});

test("one transaction pays contributions, dividends and balance, to the last uopen", async ({ page, site, wallet }) => {
  await visit(page, site, "/claim");
  await wallet.choose("alice");
  await connect(page);
  // The owner of the model has a balance and dividends; what it holds grows by exactly what the page says.
  await expect(page.getByTestId("claim-total")).toBeVisible();
  const total = await uopen(page.getByTestId("claim-total"));
  expect(total).toBeGreaterThan(0n);
  const alice = await Actor.named("alice");
  const held = async () => BigInt((await alice.ask<{ balance: string }>(deployed.open_token, { balance: { address: alice.address } })).balance);
  const before = await held();
  await sendBy(page, page.getByTestId("claim-all"));
  expect((await held()) - before).toBe(total);
  await expect(page.getByTestId("claimable").getByTestId("nothing")).toBeVisible();
});

test("a contributor is paid what is due, and nothing twice", async ({ page, site }) => {
  await visit(page, site, "/claim");
  await connect(page);
  await expect(page.getByTestId("claimable-positions")).toBeVisible();
  const before = await accountAt(0);
  await sendBy(page, page.getByTestId("claim-all"));
  const after = await accountAt(0);
  expect(after.claimed).toBe(before.payable);
  await expect(page.getByTestId("claimable").getByTestId("nothing")).toBeVisible();
});
