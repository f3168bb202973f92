// Everything that can be in the way: no node, another chain, no coins, too little gas, too much asked, a wallet that changes fees.
import { held } from "../support/devnet.ts";
import { connect, expect, included, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test.describe("a node that does not answer", () => {
  test.use({
    noise: /ERR_CONNECTION_REFUSED|Failed to load resource/,
    changed: { rpc: "http://127.0.0.1:9" },
  });
  test("is named, and every part of the screen can be tried again", async ({ page, site }) => {
    await visit(page, site, "/");
    await expect(page.getByTestId("banner-unreachable")).toContainText("does not answer at http://127.0.0.1:9");
    await expect(page.getByTestId("failed").first()).toHaveAttribute("data-kind", "unreachable");
    await expect(page.getByTestId("try-again").first()).toBeVisible();
  });
});

test.describe("another chain behind the address", () => {
  test.use({ changed: { chain_id: "open-other-1" } });
  test("is told, and nothing is sent to it", async ({ page, site, wallet }) => {
    await visit(page, site, `/stake`);
    await expect(page.getByTestId("banner-wrong-chain")).toContainText("this page is for open-other-1");
    await connect(page);
    await page.getByTestId("transfer-to").fill(held("carol").address);
    await page.getByTestId("transfer-amount").fill("1");
    await page.getByTestId("transfer").click();
    await expect(page.getByTestId("transaction-problem")).toHaveAttribute("data-kind", "wrong-chain");
    expect(wallet.shown).not.toContain("sign");
  });
});

test.describe("an account without coins", () => {
  test.use({ holders: ["newcomer"] });
  test("is told to get some for fees", async ({ page, site }) => {
    await visit(page, site, "/pay");
    await connect(page);
    await page.getByTestId("channel-deposit").fill("1");
    await page.getByTestId("open-channel").click();
    await expect(page.getByTestId("transaction-problem")).toContainText("Send it some coins for fees first");
  });
});

test("gas that the owner of the wallet cuts runs out; trying again asks for more and goes through", async ({ page, site, wallet }) => {
  await visit(page, site, "/stake");
  await connect(page);
  await page.getByTestId("transfer-to").fill(held("carol").address);
  await page.getByTestId("transfer-amount").fill("1");
  wallet.editGas(90_000n);
  await page.getByTestId("transfer").click();
  await expect(page.getByTestId("transaction-problem")).toHaveAttribute("data-kind", "out-of-gas");
  await page.getByTestId("transaction-again").click();
  await included(page);
  const [first, second] = wallet.signedFees;
  expect(first?.gas).toBe("90000");
  expect(BigInt(second?.gas ?? "0")).toBeGreaterThan(100_000n);
});

test("more than there is, is refused with a sentence, before the wallet is asked", async ({ page, site, wallet }) => {
  await visit(page, site, "/stake");
  await connect(page);
  await page.getByTestId("transfer-to").fill(held("carol").address);
  await page.getByTestId("transfer-amount").fill("999999999");
  await page.getByTestId("transfer").click();
  await expect(page.getByTestId("transaction-problem")).toContainText("There is less than that to spend");
  expect(wallet.shown).not.toContain("sign");
});

test("the fee that is signed is the page's own, and what the page says", async ({ page, site, wallet }) => {
  await visit(page, site, "/stake");
  await connect(page);
  await page.getByTestId("transfer-to").fill(held("carol").address);
  await page.getByTestId("transfer-amount").fill("1");
  await page.getByTestId("transfer").click();
  await expect(page.getByTestId("transaction-done")).toBeVisible();
  const [fee] = wallet.signedFees;
  const expected = (BigInt(fee?.gas ?? "0") + 999n) / 1000n;
  expect(fee?.amount).toBe(expected.toString());
  await expect(page.getByTestId("transaction-done")).toContainText(`${expected.toString().replace(/\B(?=(?:\d{3})+$)/g, "\u202f")} STAKE`);
});

test("an address that leads nowhere, and things that do not exist, say so", async ({ page, site }) => {
  await visit(page, site, "/nonsense");
  await expect(page.getByTestId("nothing")).toContainText("nothing at this address");
  await visit(page, site, "/contributions/999999");
  await expect(page.getByTestId("failed").first()).toContainText("no such contribution");
  await visit(page, site, `/models/${seed().base}`);
  await expect(page.getByTestId("positions-table")).toBeVisible();
});
