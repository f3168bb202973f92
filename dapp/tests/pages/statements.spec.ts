// A statement adds up with the chain, on the screen and as CSV.
import { readFile } from "node:fs/promises";
import { Actor } from "../support/actor.ts";
import { deployed } from "../support/devnet.ts";
import { connect, expect, test, uopen, visit } from "../support/page.ts";

test("before and in, less out, is what the chain says there is", async ({ page, site }) => {
  const bob = await Actor.named("bob");
  const { balance } = await bob.ask<{ balance: string }>(deployed.open_token, { balance: { address: bob.address } });
  await visit(page, site, "/statements");
  await connect(page);
  await expect(page.getByTestId("movements-table")).toBeVisible();
  const [opening, into, out, closing] = await Promise.all(["opening", "in", "out", "closing"].map((name) => uopen(page.getByTestId(`statement-${name}`))));
  expect(closing).toBe(BigInt(balance));
  expect((opening ?? 0n) + (into ?? 0n) - (out ?? 0n)).toBe(closing);
  // Each account of the devnet began with as much, and no transaction gave it.
  expect(opening).toBe(100_000_000_000_000n);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("statement-csv").click()]);
  const [head, ...lines] = (await readFile(await download.path(), "utf8")).trim().split("\r\n").map((line) => line.split(","));
  const amount = head?.indexOf("amount_uopen") ?? -1;
  const total = lines.reduce((sum, line) => sum + BigInt(line[amount] ?? ""), 0n);
  expect(total).toBe((into ?? 0n) - (out ?? 0n));
  expect(lines.map((line) => line[3])).toContain("bond of a contribution");
});
