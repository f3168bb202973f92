// Every screen with data, for tests that go through all of them.
import type { Page } from "@playwright/test";
import type { StandIn } from "../wallet/standin.ts";
import { expect, visit } from "./page.ts";
import { type Seed, seed } from "./seed.ts";

/** A screen: its name in file names, its address, and what to click to show its data. */
export interface ScreenOf {
  readonly name: string;
  readonly path: (seed: Seed) => string;
  /** What must be visible before it is looked at. */
  readonly ready: string;
  /** What is brought into view for a picture. */
  readonly show?: string;
  readonly click?: string;
  /** Who looks, if that is not bob: owners see forms that others do not. */
  readonly by?: "alice";
}

/** The screens. */
export const screens: readonly ScreenOf[] = [
  { name: "overview", path: () => "/", ready: "fees-plot" },
  { name: "datanet", path: (seed) => `/datanets/${seed.sentences}`, ready: "contributions-table" },
  { name: "new-datanet", path: () => "/datanets/new", ready: "create-datanet" },
  { name: "contribute", path: (seed) => `/datanets/${seed.sentences}/contribute`, ready: "drop" },
  { name: "model", path: (seed) => `/models/${seed.base}`, ready: "positions-table", show: "positions-table" },
  { name: "model-fees", path: (seed) => `/models/${seed.base}`, ready: "epochs-table", click: "tab-fees", show: "model-fees-plot" },
  { name: "new-model", path: () => "/models/new", ready: "create-model", by: "alice" },
  { name: "model-append", path: (seed) => `/models/${seed.base}`, ready: "append-form", show: "append-form", by: "alice" },
  { name: "model-terms", path: (seed) => `/models/${seed.base}`, ready: "owner-forms", click: "tab-terms", show: "owner-forms", by: "alice" },
  { name: "model-version", path: (seed) => `/models/${seed.base}`, ready: "register-form", click: "tab-versions", show: "register-form", by: "alice" },
  { name: "model-examples", path: (seed) => `/models/${seed.base}`, ready: "propose-form", click: "tab-validation", show: "propose-form", by: "alice" },
  { name: "round", path: (seed) => `/models/${seed.base}/rounds/${seed.rounds.at(-1)}`, ready: "participations-table" },
  { name: "contribution", path: (seed) => `/contributions/${seed.contributions[0]}`, ready: "recomputed-equal", show: "score-plot" },
  { name: "claim", path: () => "/claim", ready: "own-contributions" },
  { name: "stake", path: () => "/stake", ready: "stakes-table" },
  { name: "pay", path: () => "/pay", ready: "open-channel" },
  { name: "reviews", path: () => "/reviews", ready: "review-queue" },
  { name: "operators", path: () => "/operators", ready: "operators-table" },
  { name: "statements", path: () => "/statements", ready: "movements-table" },
];

/** Shows a screen with its data, to whom it is for. The wallet is connected. */
export async function show(page: Page, site: { readonly url: string }, wallet: StandIn, screen: ScreenOf): Promise<void> {
  const by = screen.by ?? "bob";
  await wallet.choose(by);
  await visit(page, site, screen.path(seed()));
  await expect(page.getByTestId("account-name")).toHaveText(by);
  if (screen.click) await page.getByTestId(screen.click).click();
  await expect(page.getByTestId(screen.ready).first()).toBeVisible();
}
