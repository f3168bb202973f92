// An operator's bond: leaving, taking it back, and paying it again after governance has admitted the account once more.
import type { Operator } from "../../../schema/attribution.ts";
import { message } from "../../src/chain/messages.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test.use({ holders: ["faucet"] });

test("an operator leaves with its bond, and comes back with it", async ({ page, site }) => {
  const { method } = seed();
  const [faucet, governance] = await Promise.all([Actor.named("faucet"), Actor.named("governance")]);
  const operator = () => faucet.ask<Operator>(deployed.attribution, { operator: { method, account: faucet.address } });
  const balance = async () => BigInt((await faucet.ask<{ balance: string }>(deployed.open_token, { balance: { address: faucet.address } })).balance);
  const [before, held] = [await operator(), await balance()];
  expect(BigInt(before.bond)).toBeGreaterThan(0n);
  await visit(page, site, "/operators");
  await connect(page);
  await sendBy(page, page.getByTestId("unbond"));
  expect((await operator()).leaves_at).not.toBeNull();
  const back = page.getByTestId("withdraw-bond");
  await expect(back).toBeEnabled();
  await sendBy(page, back);
  expect((await operator()).bond).toBe("0");
  expect((await balance()) - held).toBe(BigInt(before.bond));

  await governance.send(message(deployed.attribution, "attribution", "admit_operator", { method, operator: faucet.address }, "admit"));
  await page.reload();
  await sendBy(page, page.getByTestId("pay-bond"));
  expect(await operator()).toMatchObject({ bond: before.bond, leaves_at: null });
  expect(await balance()).toBe(held);
});
