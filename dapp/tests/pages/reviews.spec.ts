// A reviewer's vote, and who may not vote.
import type { Contribution } from "../../../schema/datanet.ts";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";

test("a reviewer accepts what waits, and the queue is empty afterwards", async ({ page, site, wallet }) => {
  const { pending } = seed();
  await visit(page, site, "/reviews");
  await connect(page);
  await expect(page.getByTestId("review-queue").getByTestId("nothing")).toContainText("reviewer of no DataNet");
  await wallet.choose("carol");
  await expect(page.getByTestId("pending-table-row")).toHaveCount(1);
  await sendBy(page, page.getByTestId(`accept-${pending}`));
  await expect(page.getByTestId("review-queue").getByTestId("nothing")).toContainText("Nothing waits");
  const carol = await Actor.named("carol");
  expect((await carol.ask<Contribution>(deployed.datanet, { contribution: { contribution: pending } })).status).toBe("accepted");
});
