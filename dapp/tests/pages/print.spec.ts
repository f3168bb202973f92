// A statement on paper: the figures and nothing to click, dark on white whatever the screen looks like.
import { connect, expect, test, visit } from "../support/page.ts";

test("a statement prints its lines without buttons, dark on white", async ({ page, site }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, site, "/statements");
  await connect(page);
  await expect(page.getByTestId("movements-table")).toBeVisible();
  const lightness = () => page.getByTestId("movements-table").evaluate((table) => {
    // The browser writes colours in the space they were given in: a canvas turns them all into red, green and blue.
    const canvas = document.createElement("canvas").getContext("2d");
    if (!canvas) throw new Error("no canvas");
    canvas.fillStyle = getComputedStyle(table).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3;
  });
  expect(await lightness()).toBeGreaterThan(150);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.getByTestId("statement-closing")).toBeVisible();
  await expect(page.getByTestId("movements-table-row").first()).toBeVisible();
  for (const hidden of ["statement-csv", "statement-print", "statement-account", "leave", "nav-claim", "tip"]) await expect(page.getByTestId(hidden)).toBeHidden();
  await expect.poll(lightness).toBeLessThan(110);
  expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  await expect.poll(lightness).toBeGreaterThan(150);
});
