// Rules first, without a browser; then the story on the chain; then the pages, in Debian's Chromium.
import { defineConfig } from "@playwright/test";
import process from "node:process";

export default defineConfig({
  testDir: ".",
  outputDir: "out/results",
  timeout: 90_000,
  // Pages share a chain, and some change the same account: one at a time.
  workers: 1,
  fullyParallel: false,
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    actionTimeout: 15_000,
    trace: "off",
  },
  expect: { timeout: 20_000 },
  projects: [
    { name: "rules", testMatch: /unit\/.*\.spec\.ts/ },
    { name: "story", testMatch: /seed\.setup\.ts/ },
    { name: "pages", testMatch: /pages\/.*\.spec\.ts/, dependencies: ["story"] },
  ],
});
