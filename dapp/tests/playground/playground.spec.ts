// Calls from the page to a real gateway that serves a real language model: paid, metered, bounded, resumed, corrected, closed. What counts is what the gateway's books and
// the chain say, not what the page says of itself.
import type { Contribution } from "../../../schema/datanet.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { sendBy } from "../support/page.ts";
import { altered, ask, books, expect, go, onChain, openChannel, paid, test, uopen } from "./play.ts";

const light = "ray beam prism lens glass colour violet";
const farm = "hen cow barn hay mill plough goat";

test.use({ holders: ["bob"] });

test("calls are paid while the meter runs, and the meter says what the gateway's books say", async ({ page, site, made, between }) => {
  test.setTimeout(180_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  await ask(page, light);
  const first = await paid(page, 1);
  await expect(page.getByTestId("call-1").getByTestId("answer")).toContainText("bends in water");
  between.way = { slowMs: 150 };
  await ask(page, farm, "40", "chat");
  const meter = page.getByTestId("meter");
  await expect(meter).toHaveAttribute("data-state", "running");
  await expect.poll(() => page.getByTestId("answer-so-far").textContent()).not.toBe("…");
  const running = await uopen(page.getByTestId("meter-call"));
  expect(running).toBeGreaterThan(10_000n);
  expect(await uopen(page.getByTestId("meter-ceiling"))).toBeGreaterThan(running);
  const second = await paid(page, 2);
  expect(second).toBeGreaterThanOrEqual(running);
  expect(await uopen(page.getByTestId("meter-call"))).toBe(second);
  // The same conversation goes on: the prompt holds what was said before.
  between.way = {};
  await page.getByTestId("ask-price").selectOption("priority");
  await ask(page, "and then", "8", "chat");
  const third = await paid(page, 3);
  const [read, written] = await Promise.all(["meter-in", "meter-out"].map(async (testid) => BigInt((await page.getByTestId(testid).textContent()) ?? "")));
  expect(read).toBeGreaterThan(BigInt(farm.length + "and then".length + 20));
  expect(third).toBe(20_000n + ((read ?? 0n) * 100_000n + (written ?? 0n) * 200_000n + 999n) / 1_000n);
  const { served, signed } = await books(made, channel);
  expect(served).toEqual(signed);
  expect([served.number, BigInt(served.sum)]).toEqual([3, first + second + third]);
  expect(await uopen(page.getByTestId("meter-channel"))).toBe(first + second + third);
  expect(await uopen(page.getByTestId("meter-today"))).toBe(first + second + third);
  expect(await uopen(page.getByTestId("meter-left"))).toBe(5_000_000n - first - second - third);
  // No window of the wallet but those that opened the channel.
  expect(between.orders).toBe(3);
});

test("no wallet is asked for calls, and what was asked is still there after the page was closed", async ({ page, site, made, wallet, openTab }) => {
  await go(page, site);
  const channel = await openChannel(page, made);
  const shown = wallet.shown.length;
  await ask(page, light, "8");
  await paid(page, 1);
  expect(wallet.shown.length).toBe(shown);
  await page.close();
  const again = await openTab();
  await go(again, site);
  await again.getByTestId("playground-channel").selectOption(channel);
  await expect(again.getByTestId("call-1")).toContainText(light);
});

test("more than is allowed is refused with a sentence, and nothing is ordered", async ({ page, site, made, between }) => {
  await go(page, site);
  const channel = await openChannel(page, made);
  await page.getByTestId("budget-call").fill("0.02");
  await page.getByTestId("budget-save").click();
  await expect(page.getByTestId("budget-said")).toContainText("Kept");
  await ask(page, light, "64");
  const problem = page.getByTestId("pay-problem");
  await expect(problem).toHaveAttribute("data-kind", "budget");
  await expect(problem).toContainText("you allow 0.020000 OPEN a call");
  // It may cost more than what is left of the day.
  await page.getByTestId("budget-call").fill("1");
  await page.getByTestId("budget-day").fill("0.05");
  await page.getByTestId("budget-save").click();
  await expect(page.getByTestId("budget-day")).toHaveValue("0.05");
  await ask(page, light, "64");
  await expect(problem).toContainText("a day");
  expect(between.orders).toBe(0);
  // A shorter answer fits.
  await ask(page, light, "8");
  const fee = await paid(page, 1);
  expect(fee).toBeLessThanOrEqual(50_000n);
  expect(BigInt((await books(made, channel)).served.sum)).toBe(fee);
});

test("more than the channel has left is refused before it is ordered", async ({ page, site, made, between }) => {
  await go(page, site);
  await openChannel(page, made, "0.02");
  await ask(page, light, "64");
  await expect(page.getByTestId("pay-problem")).toHaveAttribute("data-kind", "deposit");
  await expect(page.getByTestId("pay-problem")).toContainText("Top it up");
  expect(between.orders).toBe(0);
});

test("a tab that is closed while it is answered pays once: another one fetches the answer", async ({ page, site, made, between, openTab }) => {
  test.setTimeout(180_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  between.way = { slowMs: 400 };
  await ask(page, farm, "60");
  await expect.poll(() => page.getByTestId("answer-so-far").textContent()).not.toBe("…");
  await page.close();
  between.way = {};
  const again = await openTab();
  await go(again, site);
  await again.getByTestId("playground-channel").selectOption(channel);
  await expect(again.getByTestId("recovered")).toHaveAttribute("data-found", "paid", { timeout: 60_000 });
  const fee = await paid(again, 1);
  const { served, signed } = await books(made, channel);
  expect([served.number, BigInt(served.sum)]).toEqual([1, fee]);
  expect(signed).toEqual(served);
  await ask(again, light, "8");
  const next = await paid(again, 2);
  expect(await uopen(again.getByTestId("meter-today"))).toBe(fee + next);
  expect(BigInt((await books(made, channel)).served.sum)).toBe(fee + next);
});

test("an order that never arrived is sent again by the next tab, and paid once", async ({ page, site, made, between, openTab }) => {
  test.setTimeout(180_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  between.way = { swallow: true };
  await ask(page, light, "8");
  await expect(page.getByTestId("pay-problem")).toHaveAttribute("data-kind", "unreachable");
  await expect(page.getByTestId("left-under-way")).toContainText(light);
  await page.close();
  between.way = {};
  const again = await openTab();
  await go(again, site);
  await again.getByTestId("playground-channel").selectOption(channel);
  await expect(again.getByTestId("recovered")).toHaveAttribute("data-found", "paid", { timeout: 60_000 });
  const fee = await paid(again, 1);
  const { served, signed } = await books(made, channel);
  expect([served.number, BigInt(served.sum)]).toEqual([1, fee]);
  expect(signed).toEqual(served);
});

test("a voucher that was lost with its tab is handed over by the next one, and the call is paid once", async ({ page, site, made, between, openTab }) => {
  await go(page, site);
  const channel = await openChannel(page, made);
  between.way = { swallowVouchers: true };
  await ask(page, light, "8");
  const fee = await paid(page, 1);
  expect((await books(made, channel)).signed.number).toBe(0);
  await page.close();
  between.way = {};
  const again = await openTab();
  await go(again, site);
  await again.getByTestId("playground-channel").selectOption(channel);
  await expect.poll(async () => (await books(made, channel)).signed).toMatchObject({ number: 1, sum: fee.toString() });
  expect(await uopen(again.getByTestId("meter-today"))).toBe(fee);
  // One that is lost goes with the next order, too.
  between.way = { swallowVouchers: true };
  await ask(again, light, "8");
  await paid(again, 2);
  await ask(again, light, "8");
  await paid(again, 3);
  expect((await books(made, channel)).signed.number).toBe(2);
});

test("a stream that breaks is taken up by the same tab, and paid once", async ({ page, site, made, between }) => {
  test.setTimeout(180_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  between.way = { cutAfter: 2 };
  await ask(page, farm, "40");
  await expect(page.getByTestId("pay-problem")).toHaveAttribute("data-kind", "unreachable");
  between.way = {};
  await expect(page.getByTestId("recovered")).toHaveAttribute("data-found", "paid", { timeout: 60_000 });
  await expect(page.getByTestId("pay-problem")).toHaveCount(0);
  const fee = await paid(page, 1);
  const { served } = await books(made, channel);
  expect([served.number, BigInt(served.sum)]).toEqual([1, fee]);
});

test("two tabs do not pay from one channel at the same time", async ({ page, site, made, between, openTab }) => {
  test.setTimeout(180_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  const other = await openTab();
  await go(other, site);
  await other.getByTestId("playground-channel").selectOption(channel);
  between.way = { slowMs: 300 };
  await ask(page, farm, "40");
  await expect.poll(() => page.getByTestId("answer-so-far").textContent()).not.toBe("…");
  await ask(other, light, "8");
  await expect(other.getByTestId("pay-problem")).toHaveAttribute("data-kind", "busy");
  await paid(page, 1);
  between.way = {};
  await ask(other, light, "8");
  await paid(other, 2);
  expect((await books(made, channel)).signed.number).toBe(2);
});

test("tabs that are closed at any moment leave every call in the books once", async ({ page, site, made, between, openTab }) => {
  test.setTimeout(300_000);
  await go(page, site);
  const channel = await openChannel(page, made);
  await page.close();
  between.way = { slowMs: 60 };
  // Spread over what a call takes: before the order, while it is answered, after it is paid.
  for (const afterMs of [0, 120, 350, 700, 1_100, 1_600, 2_400]) {
    const tab = await openTab();
    await go(tab, site);
    await tab.getByTestId("playground-channel").selectOption(channel);
    await expect(tab.getByTestId("meter")).toBeVisible();
    await expect(tab.getByTestId("left-under-way")).toHaveCount(0, { timeout: 60_000 });
    await ask(tab, `${light} ${afterMs}`, "16");
    await tab.waitForTimeout(afterMs);
    await tab.close();
  }
  const last = await openTab();
  await go(last, site);
  await last.getByTestId("playground-channel").selectOption(channel);
  await expect(last.getByTestId("left-under-way")).toHaveCount(0, { timeout: 60_000 });
  await ask(last, farm, "8");
  await expect(last.getByTestId("call-fee").last()).toBeVisible();
  await expect(last.getByTestId("ask-text")).toHaveValue("", { timeout: 60_000 });
  const { served, signed } = await books(made, channel);
  expect(signed).toEqual(served);
  const fees = await Promise.all((await last.getByTestId("call-fee").all()).map(uopen));
  expect(fees.length).toBe(served.number);
  expect(fees.reduce((sum, fee) => sum + fee, 0n)).toBe(BigInt(served.sum));
  expect(await uopen(last.getByTestId("meter-today"))).toBe(BigInt(served.sum));
  // Each question was asked once, so each stands there once at most.
  const asked = await last.getByTestId("calls").locator("article > p:first-child").allTextContents();
  expect(new Set(asked).size).toBe(asked.length);
});

for (const [what, change] of [
  ["another price than the chain has", (accepted: Record<string, unknown>) => { (accepted["extra"] as { price: { per_1000_out: string } }).price.per_1000_out = "1"; }],
  ["the key of somebody else", (accepted: Record<string, unknown>) => { (accepted["extra"] as { gatewayKey: string }).gatewayKey = `02${"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}`; }],
  ["another contract", (accepted: Record<string, unknown>) => { (accepted["extra"] as { settlement: string }).settlement = deployed.attribution; }],
] as const) {
  test(`a gateway that names ${what} gets no order`, async ({ page, site, made, between }) => {
    await go(page, site);
    await openChannel(page, made);
    between.way = { alterTerms: ({ accepts }) => accepts.forEach(change) };
    await ask(page, light, "8");
    await expect(page.getByTestId("pay-problem")).toHaveAttribute("data-kind", "terms");
    await expect(page.getByTestId("pay-problem")).toContainText("Nothing was sent for payment");
    expect(between.orders).toBe(0);
  });
}

test("a model with a template of its own is not chatted with, since its receipts could not be checked", async ({ page, site, made, between }) => {
  await go(page, site);
  await openChannel(page, made);
  between.way = { alterTerms: ({ accepts }) => accepts.forEach((one) => { (one["extra"] as { template: string }).template = "jinja/1"; }) };
  await ask(page, light, "8", "chat");
  await expect(page.getByTestId("pay-problem")).toHaveAttribute("data-kind", "question");
  await expect(page.getByTestId("pay-problem")).toContainText("template of its own");
  expect(between.orders).toBe(0);
  await ask(page, light, "8", "continue");
  await paid(page, 1);
});

for (const [what, way] of [
  ["a charge of more than was used", altered((charge) => { charge["chargedAmount"] = (BigInt(charge["chargedAmount"] as string) + 1n).toString(); })],
  ["another answer than was booked", (event: string) => event.replace("bends", "burns")],
] as const) {
  test(`a wrong receipt is refused, and nothing is signed: ${what}`, async ({ page, site, made, between }) => {
    await go(page, site);
    const channel = await openChannel(page, made);
    await ask(page, light);
    const first = await paid(page, 1);
    between.way = { alter: way };
    await ask(page, light);
    const problem = page.getByTestId("pay-problem");
    await expect(problem).toHaveAttribute("data-kind", "false-receipt");
    await expect(problem).toContainText("Close the channel to get the rest of your deposit back");
    const { served, signed } = await books(made, channel);
    expect([served.number, signed.number, BigInt(signed.sum)]).toEqual([2, 1, first]);
    expect(await uopen(page.getByTestId("meter-today"))).toBe(first);
    await page.getByTestId("ask-text").fill("again");
    await expect(page.getByTestId("ask")).toBeDisabled();
    // It is still said, and still so, when the page is opened again.
    await page.reload();
    await page.getByTestId("playground-channel").selectOption(channel);
    await expect(page.getByTestId("retired")).toContainText("the receipt of call 2 did not match");
    await page.getByTestId("ask-text").fill("again");
    await expect(page.getByTestId("ask")).toBeDisabled();
  });
}

test("a stopped answer is shown no further, and is paid as it was booked", async ({ page, site, made, between }) => {
  await go(page, site);
  const channel = await openChannel(page, made);
  between.way = { slowMs: 250 };
  await ask(page, farm, "40");
  await expect.poll(() => page.getByTestId("answer-so-far").textContent()).not.toBe("…");
  await page.getByTestId("stop").click();
  await expect(page.getByTestId("stopped")).toContainText("is paid for it: at most");
  const [seen, until] = [await page.getByTestId("answer-so-far").textContent(), await uopen(page.getByTestId("meter-call"))];
  // The meter goes on, the text does not.
  await expect.poll(() => uopen(page.getByTestId("meter-call"))).toBeGreaterThan(until);
  expect(await page.getByTestId("answer-so-far").textContent()).toBe(seen);
  const fee = await paid(page, 1);
  expect(BigInt((await books(made, channel)).signed.sum)).toBe(fee);
});

test("offline is told as such, and asking works again afterwards", async ({ page, site, made, context }) => {
  await go(page, site);
  await openChannel(page, made);
  await context.setOffline(true);
  await ask(page, light, "8");
  await expect(page.getByTestId("pay-problem")).toContainText("This device is offline");
  await context.setOffline(false);
  await ask(page, light, "8");
  await paid(page, 1);
});

test("what cannot be asked is told in sentences, without paying", async ({ page, site, made, between }) => {
  await go(page, site);
  await openChannel(page, made, "50");
  await page.getByTestId("budget-call").fill("30");
  await page.getByTestId("budget-day").fill("60");
  await page.getByTestId("budget-save").click();
  await ask(page, `${light} `.repeat(200), "8");
  await expect(page.getByTestId("pay-problem")).toContainText("The gateway says: The prompt has");
  await ask(page, "1 2\n3", "8", "classify");
  await expect(page.getByTestId("ask-wrong")).toContainText("Row 2 has 1 numbers");
  await ask(page, "1 2\n3 4", "8", "classify");
  await expect(page.getByTestId("pay-problem")).toContainText("classifiers take /v1/classify");
  await page.getByTestId("ask-way").selectOption("chat");
  await page.getByTestId("ask-tokens").fill("0");
  await expect(page.getByText("Enter a whole number from 1")).toBeVisible();
  expect((await onChain((await page.getByTestId("playground-channel").inputValue()))).redeemed).toBe("0");
  expect(between.seen.some((one) => one.path === "/v1/vouchers")).toBe(false);
});

test("an answer is corrected, and becomes a contribution of who paid for it", async ({ page, site, made }) => {
  test.setTimeout(180_000);
  await go(page, site);
  await openChannel(page, made);
  await ask(page, light);
  await paid(page, 1);
  await page.getByTestId("correct-1").click();
  await expect(page.getByTestId("correction-send")).toBeDisabled();
  await page.getByTestId("correction-answer").fill(" bends twice in water");
  await page.getByTestId("correction-send").click();
  const correction = page.getByTestId("correction");
  await expect(correction).toHaveAttribute("data-status", /waiting|committing|contributed/);
  await expect(correction).toHaveAttribute("data-status", "contributed", { timeout: 90_000 });
  const bob = await Actor.named("bob");
  const id = /contribution (\d+)/.exec((await correction.textContent()) ?? "")?.[1] ?? "";
  const found = await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: id } });
  expect(found).toMatchObject({ contributor: made.gateway, datanet: made.datanet, payees: [{ account: bob.address, share: 10_000 }] });
});

test("a closed channel is settled with the sum of its vouchers, and the rest comes back", async ({ page, site, made }) => {
  test.setTimeout(240_000);
  const bob = await Actor.named("bob");
  const held = async () => BigInt((await bob.ask<{ balance: string }>(deployed.open_token, { balance: { address: bob.address } })).balance);
  await go(page, site);
  const before = await held();
  const channel = await openChannel(page, made);
  await ask(page, light);
  const fees = await paid(page, 1);
  await ask(page, farm);
  const all = fees + (await paid(page, 2));
  await sendBy(page, page.getByTestId(`close-${channel}`));
  // The gateway redeems by itself once it sees the notice.
  await expect.poll(async () => (await onChain(channel)).redeemed, { timeout: 90_000 }).toBe(all.toString());
  const finish = page.getByTestId(`finish-${channel}`);
  await expect(finish).toBeEnabled({ timeout: 60_000 });
  await sendBy(page, finish);
  const { closed, redeemed, head } = await onChain(channel);
  const { served } = await books(made, channel);
  expect([closed, redeemed, head]).toEqual([true, all.toString(), served.head]);
  expect(await held()).toBe(before - all);
});
