// The playground, on a chain of its own with a language model and its gateway: scripts/test-dapp --playground.
import { defineConfig } from "@playwright/test";
import process from "node:process";

export default defineConfig({
  testDir: "playground",
  outputDir: "out/playground",
  timeout: 180_000,
  // All tests pay from one account and share a gateway.
  workers: 1,
  fullyParallel: false,
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    actionTimeout: 30_000,
    trace: "off",
  },
  expect: { timeout: 30_000 },
});
