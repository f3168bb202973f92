// The wallet: appearing late, refused, locked, forgotten, switched, and not there at all.
import { held } from "../support/devnet.ts";
import { chainId, connect, expect, test, visit } from "../support/page.ts";

test("connecting adds the chain to the wallet and shows the account", async ({ page, site, wallet }) => {
  await visit(page, site, "/");
  await connect(page);
  await expect(page.getByTestId("account-name")).toHaveText("bob");
  await expect(page.getByTestId("account-open")).toBeVisible();
  expect(wallet.shown).toEqual(["suggest-chain"]);
});

test("a refusal is told, and connecting again works", async ({ page, site, wallet }) => {
  await visit(page, site, "/");
  wallet.refuseNext("suggest-chain");
  await page.getByTestId("connect").click();
  await expect(page.getByTestId("banner-wallet")).toHaveAttribute("data-kind", "rejected");
  await expect(page.getByTestId("banner-wallet")).toContainText("Nothing was sent");
  await connect(page);
  await expect(page.getByTestId("banner-wallet")).toBeHidden();
});

test("a locked wallet asks for its password first", async ({ page, site, wallet }) => {
  await visit(page, site, "/");
  wallet.lock();
  await connect(page);
  expect(wallet.shown).toEqual(["password", "suggest-chain"]);
});

test("after a reload the account is there again without asking; after leaving it is not", async ({ page, site, wallet }) => {
  await visit(page, site, "/");
  await connect(page);
  await page.reload();
  await expect(page.getByTestId("account-name")).toHaveText("bob");
  await page.getByTestId("leave").click();
  await page.reload();
  await expect(page.getByTestId("connect")).toBeVisible();
  expect(wallet.shown).toEqual(["suggest-chain"]);
});

test("a wallet that forgot the chain is offered it again", async ({ page, site, wallet }) => {
  await visit(page, site, "/");
  await connect(page);
  wallet.forget(chainId);
  await page.reload();
  await expect(page.getByTestId("connect")).toBeVisible();
  await connect(page);
  expect(wallet.shown).toEqual(["suggest-chain", "suggest-chain"]);
});

test("choosing another account in the wallet is choosing it here", async ({ page, site, wallet }) => {
  await visit(page, site, "/claim");
  await connect(page);
  await expect(page.getByTestId("account-name")).toHaveAttribute("data-address", held("bob").address);
  await wallet.choose("carol");
  await expect(page.getByTestId("account-name")).toHaveAttribute("data-address", held("carol").address);
  await expect(page.getByTestId("account-name")).toHaveText("carol");
});

test.describe("without a wallet", () => {
  test.use({ holders: [] });
  test("everything can be read, and connecting says what is missing", async ({ page, site }) => {
    await visit(page, site, "/");
    await expect(page.getByTestId("total-treasury")).toBeVisible();
    await page.getByTestId("connect").click();
    await expect(page.getByTestId("banner-wallet")).toContainText("No Keplr wallet was found");
  });
});
