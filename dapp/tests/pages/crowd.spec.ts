// A list of 10,000 contributions: one page is read and shown at a time, and any entry is two clicks away.
import type { Contribution } from "../../../schema/datanet.ts";
import { Actor } from "../support/actor.ts";
import { crowd, serveCrowd } from "../support/crowd.ts";
import { deployed } from "../support/devnet.ts";
import { expect, test as base, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

const test = base.extend<{ node: Awaited<ReturnType<typeof serveCrowd>> }>({
  node: async ({}, use) => {
    const bob = await Actor.named("bob");
    const like = await bob.ask<Contribution>(deployed.datanet, { contribution: { contribution: seed().contributions[0] } });
    const node = await serveCrowd(seed().sentences, like);
    await use(node);
    node.close();
  },
  changed: async ({ node }, use) => use({ rpc: node.rpc }),
});

test("ten thousand contributions are paged, and the last is reached at once", async ({ page, site, node }) => {
  await visit(page, site, `/datanets/${seed().sentences}`);
  const rows = page.getByTestId("contributions-table-row");
  await expect(rows).toHaveCount(25);
  await expect(rows.first()).toHaveAttribute("data-key", "1");
  await page.getByTestId("contributions-next").click();
  await expect(rows.first()).toHaveAttribute("data-key", "26");
  await page.getByTestId("contributions-previous").click();
  await expect(rows.first()).toHaveAttribute("data-key", "1");
  await page.getByTestId("contributions-goto").fill(String(crowd - 4));
  await page.getByTestId("contributions-go").click();
  await expect(rows).toHaveCount(5);
  await expect(rows.last()).toHaveAttribute("data-key", String(crowd));
  await expect(page.getByTestId("contributions-next")).toBeDisabled();
  // One page for each that was shown, and those that were asked again in the meantime: far from the hundred that the whole list takes.
  expect(node.asked()).toBeLessThan(40);
});
