// A payer's channel from its opening to the rest that is paid back.
import type { Channel } from "../../../schema/settlement.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, sendBy, test, uopen, visit } from "../support/page.ts";

test.use({ holders: ["carol"] });

test("a channel is opened, topped up, closed, and its rest comes back", async ({ page, site, wallet }) => {
  const carol = await Actor.named("carol");
  const held = async () => BigInt((await carol.ask<{ balance: string }>(deployed.open_token, { balance: { address: carol.address } })).balance);
  const before = await held();
  await visit(page, site, "/pay");
  await connect(page);
  await page.getByTestId("channel-deposit").fill("12.5");
  await sendBy(page, page.getByTestId("open-channel"));
  const card = page.locator('[data-testid^="channel-"][data-state="open"]').first();
  await expect(card).toBeVisible();
  await expect(card.getByTestId("voucher-key")).toHaveText("in this browser");
  const id = ((await card.getAttribute("data-testid")) ?? "").replace("channel-", "");
  await page.getByTestId(`top-up-amount-${id}`).fill("0,5");
  await sendBy(page, page.getByTestId(`top-up-${id}`));
  await expect.poll(async () => uopen(card.getByTestId("deposit"))).toBe(13_000_000n);
  expect(await held()).toBe(before - 13_000_000n);
  await sendBy(page, page.getByTestId(`close-${id}`));
  const closing = page.locator(`[data-testid="channel-${id}"]`);
  await expect(closing).toHaveAttribute("data-state", "closing");
  const finish = page.getByTestId(`finish-${id}`);
  await expect(finish).toBeDisabled();
  await expect(finish).toBeEnabled();
  await sendBy(page, finish);
  await expect(closing).toHaveAttribute("data-state", "closed");
  const channel = await carol.ask<Channel>(deployed.settlement, { channel: { channel: id } });
  expect(channel).toMatchObject({ closed: true, payer: wallet.address, redeemed: "0" });
  expect(await held()).toBe(before);
});
