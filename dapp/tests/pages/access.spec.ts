// Every screen for everybody: checked by axe, light and dark, on a phone's width, and by keyboard alone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { connect, expect, test, visit } from "../support/page.ts";
import { screens, show } from "../support/screens.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const appearance of ["light", "dark"] as const) {
  test(`axe finds nothing wrong on any screen, ${appearance}`, async ({ page, site, wallet }) => {
    test.setTimeout(300_000);
    await page.emulateMedia({ colorScheme: appearance });
    await visit(page, site, "/");
    await connect(page);
    for (const screen of screens) {
      await show(page, site, wallet, screen);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"] }));
      const found = violations.map((one) => `${screen.name}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
      expect.soft(found).toEqual([]);
    }
  });
}

test("nothing is wider than a phone, on any screen", async ({ page, site, wallet }) => {
  test.setTimeout(300_000);
  await page.setViewportSize({ width: 360, height: 740 });
  await visit(page, site, "/");
  await connect(page);
  for (const screen of screens) {
    await show(page, site, wallet, screen);
    const [wide, screenWidth] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(wide, screen.name).toBeLessThanOrEqual(screenWidth ?? 0);
  }
});

test("the keyboard alone leads from the address to a sent transaction", async ({ page, site }) => {
  await visit(page, site, "/");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.textContent);
  const tabTo = async (testid: string) => {
    for (let step = 0; step < 60; step += 1) {
      if ((await focused()) === testid) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${testid} is not reached by Tab`);
  };
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  await tabTo("connect");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("account-name")).toBeVisible();
  await tabTo("nav-stake");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("transfer-to")).toBeVisible();
  await expect(page.getByTestId("screen-title")).toBeFocused();
  await tabTo("transfer-to");
  await page.keyboard.type("wasm1notanaddress");
  await tabTo("transfer-amount");
  await page.keyboard.type("1");
  await tabTo("transfer");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("transaction-problem")).toBeVisible();
});
