// The playground for everybody: by keyboard, read out, on a phone, light and dark; and its pictures for docs/tour.md.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import type { AxeResults } from "axe-core";
import { ask, expect, go, openChannel, paid, test } from "./play.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tour = process.env["TOUR"];
const sizes = { desktop: { width: 920, height: 1000 }, phone: { width: 360, height: 1100 } } as const;
const light = "ray beam prism lens glass colour violet";

test.use({ holders: ["carol"] });

test("the keyboard alone asks, and an answer is read out once it is whole", async ({ page, site, made, between }) => {
  await go(page, site);
  await openChannel(page, made);
  await page.getByTestId("ask-way").selectOption("continue");
  await page.getByTestId("ask-tokens").fill("12");
  const log = page.getByTestId("calls");
  await expect(log).toHaveAttribute("aria-live", "polite");
  between.way = { slowMs: 200 };
  await page.getByTestId("ask-text").focus();
  await page.keyboard.type("ray beam");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("prism");
  await expect(page.getByTestId("ask-text")).toHaveValue("ray beam\nprism");
  await page.keyboard.press("Enter");
  await expect(log).toHaveAttribute("aria-busy", "true");
  await paid(page, 1);
  await expect(log).toHaveAttribute("aria-busy", "false");
  await expect(page.getByTestId("ask-text")).toHaveValue("");
  // Every control of the section is reached by Tab.
  const reached = new Set<string>();
  await page.getByTestId("playground-channel").focus();
  for (let step = 0; step < 25; step += 1) {
    reached.add((await page.evaluate(() => document.activeElement?.getAttribute("data-testid"))) ?? "");
    await page.keyboard.press("Tab");
  }
  for (const testid of ["calls", "correct-1", "earners-1", "ask-way", "ask-tokens", "ask-text", "budget-call", "budget-day"]) expect([...reached]).toContain(testid);
});

for (const appearance of ["light", "dark"] as const) {
  test(`axe finds nothing wrong, nothing is wider than a phone, and pictures are made: ${appearance}`, async ({ page, site, made }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: appearance, reducedMotion: "reduce" });
    await go(page, site);
    await openChannel(page, made);
    await ask(page, light, "12");
    await paid(page, 1);
    await ask(page, "What bends?", "12", "chat");
    await paid(page, 2);
    await page.getByTestId("correct-2").click();
    await page.getByTestId("earners-1").click();
    await expect(page.getByTestId("earners-none")).toContainText("not settled yet");
    await page.getByTestId("ask-text").fill("And in glass?");
    await expect(page.getByTestId("ask-most")).toBeVisible();
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"] }));
      expect.soft(violations.map((one) => `${size}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
      const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(wide).toBeLessThanOrEqual(width ?? 0);
      if (!tour) continue;
      mkdirSync(tour, { recursive: true });
      await page.getByTestId("playground").evaluate((shown) => window.scrollTo(0, shown.getBoundingClientRect().top + window.scrollY - 16));
      await page.getByTestId("calls").evaluate((log) => { log.scrollTop = 0; });
      await page.screenshot({ path: join(tour, `playground-${size}-${appearance}.png`), animations: "disabled" });
    }
  });
}
