// Rules first, without a browser; the story on the chain, and meanwhile the wallet; then the pages, in Debian's Chromium.
import { defineConfig } from "@playwright/test";
import process from "node:process";

/** Pages that only look, by the names of their files. */
const looking = "access|crowd|models|print|tour";
/** Tests whose accounts are the story's own: they send while others send from the devnet's. */
const own = "bonds|copies|newmodel|pending|privacy|withdrawing";

export default defineConfig({
  testDir: ".",
  outputDir: "out/results",
  timeout: 180_000,
  // Two cores serve browser and node. Within a project tests share accounts, so they come one at a time; no two projects that send share any.
  workers: 2,
  fullyParallel: false,
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    actionTimeout: 45_000,
    trace: "off",
  },
  expect: { timeout: 60_000 },
  projects: [
    { name: "rules", testMatch: /unit\/.*\.spec\.ts/, workers: 1 },
    { name: "story", testMatch: /seed\.setup\.ts/ },
    { name: "wallet", testMatch: /pages\/connect\.spec\.ts/, workers: 1 },
    { name: "sending", testMatch: /pages\/.*\.spec\.ts/, testIgnore: new RegExp(`pages/(connect|${looking}|${own})\\.spec\\.ts`), dependencies: ["story"], workers: 1 },
    { name: "owning", testMatch: new RegExp(`pages/(${own})\\.spec\\.ts`), dependencies: ["story"], workers: 1 },
    { name: "looking", testMatch: new RegExp(`pages/(${looking})\\.spec\\.ts`), dependencies: ["story"], workers: 1 },
  ],
});
