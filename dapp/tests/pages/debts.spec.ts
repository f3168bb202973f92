// Harm that is proved costs a bond: the DataNet's owner recognises the model, anybody claims and collects, and the account is credited.
import type { Contribution, DebtCase } from "../../../schema/datanet.ts";
import type { Account } from "../../../schema/settlement.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, included, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test.use({ holders: ["alice", "bob", "carol"] });
test.describe.configure({ mode: "serial" });

test("a proved debt is claimed, appealed by nobody, and taken from the bond", async ({ page, site, wallet }) => {
  const { sentences, base, contributions } = seed();
  const harmful = contributions[2] ?? "";
  const bob = await Actor.named("bob");
  const account = async () => (await bob.ask<Account[]>(deployed.settlement, { accounts: { model: base, page: { limit: 100 } } }))[2];
  const before = await account();
  expect(before?.rounds_with_debt).toBe(2);

  await visit(page, site, `/datanets/${sentences}`);
  await connect(page);
  await page.getByTestId("announce-model").fill(base);
  await sendBy(page, page.getByTestId("announce"));
  const confirm = page.getByTestId(`confirm-recognition-${base}`);
  await expect(confirm).toBeEnabled();
  await sendBy(page, confirm);

  await wallet.choose("bob");
  await visit(page, site, `/contributions/${harmful}`);
  await sendBy(page, page.getByTestId(`claim-debt-${base}`));
  const collect = page.getByTestId(`collect-debt-${base}`);
  await expect(collect).toBeVisible();
  await collect.click();
  await included(page);

  const contribution = await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: harmful } });
  const after = await account();
  const taken = BigInt(contribution.bond_taken);
  expect(taken).toBeGreaterThan(0n);
  expect(BigInt(after?.accrued ?? "0") - BigInt(before?.accrued ?? "0")).toBe(taken);
  // What was taken is a step of the account, and the browser's figures still equal the chain's.
  await expect(page.getByTestId("recomputed-equal")).toBeVisible();
  await expect(page.getByText("was taken from the bond and credited")).toBeVisible();
});

test("a curator's appeal ends a case, and the model can claim nothing of that bond again", async ({ page, site, wallet }) => {
  const { base, contributions } = seed();
  const harmful = contributions[3] ?? "";
  const bob = await Actor.named("bob");
  await visit(page, site, `/contributions/${harmful}`);
  await connect(page);
  await sendBy(page, page.getByTestId(`claim-debt-${base}`));
  // Neither the claimant nor the contributor can appeal: curators of the DataNet do.
  await expect(page.getByTestId(`appeal-${base}`)).toBeHidden();
  await wallet.choose("carol");
  await sendBy(page, page.getByTestId(`appeal-${base}`));
  expect(await bob.ask<DebtCase>(deployed.datanet, { debt_case: { contribution: harmful, model: base } })).toMatchObject({ state: "barred", appeals: 1, collected: "0" });
  expect((await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: harmful } })).bond_taken).toBe("0");
  await expect(page.getByTestId(`debt-${base}`)).toContainText("barred");
  await expect(page.getByTestId(`claim-debt-${base}`)).toBeHidden();
});
