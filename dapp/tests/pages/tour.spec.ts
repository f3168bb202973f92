// Pictures of every screen with data, for docs/tour.md: light and dark, desktop and phone. Made when TOUR names a folder.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { connect, expect, test, visit } from "../support/page.ts";
import { screens, show } from "../support/screens.ts";

const folder = process.env["TOUR"];
const sizes = { desktop: { width: 920, height: 640 }, phone: { width: 360, height: 640 } } as const;

for (const [size, viewport] of Object.entries(sizes)) {
  for (const appearance of ["light", "dark"] as const) {
    test(`pictures, ${size}, ${appearance}`, async ({ page, site, wallet }) => {
      test.skip(!folder, "TOUR names no folder");
      test.setTimeout(300_000);
      mkdirSync(folder ?? "", { recursive: true });
      await page.emulateMedia({ colorScheme: appearance, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await visit(page, site, "/");
      await connect(page);
      for (const screen of screens) {
        await show(page, site, wallet, screen);
        if (screen.show) await page.getByTestId(screen.show).evaluate((shown) => window.scrollTo(0, shown.getBoundingClientRect().top + window.scrollY - 120));
        await expect(page.getByTestId("waiting")).toHaveCount(0);
        await page.screenshot({ path: join(folder ?? "", `${screen.name}-${size}-${appearance}.png`), animations: "disabled" });
      }
    });
  }
}
