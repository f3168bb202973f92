// Every screen with data, for tests that go through all of them.
import type { Seed } from "./seed.ts";

/** A screen: its name in file names, its address, and what to click to show its data. */
export interface ScreenOf {
  readonly name: string;
  readonly path: (seed: Seed) => string;
  /** What must be visible before it is looked at. */
  readonly ready: string;
  /** What is brought into view for a picture. */
  readonly show?: string;
  readonly click?: string;
}

/** The screens. */
export const screens: readonly ScreenOf[] = [
  { name: "overview", path: () => "/", ready: "fees-plot" },
  { name: "datanet", path: (seed) => `/datanets/${seed.sentences}`, ready: "contributions-table" },
  { name: "new-datanet", path: () => "/datanets/new", ready: "create-datanet" },
  { name: "contribute", path: (seed) => `/datanets/${seed.sentences}/contribute`, ready: "drop" },
  { name: "model", path: (seed) => `/models/${seed.base}`, ready: "positions-table", show: "positions-table" },
  { name: "model-fees", path: (seed) => `/models/${seed.base}`, ready: "epochs-table", click: "tab-fees", show: "model-fees-plot" },
  { name: "round", path: (seed) => `/models/${seed.base}/rounds/${seed.rounds.at(-1)}`, ready: "participations-table" },
  { name: "contribution", path: (seed) => `/contributions/${seed.contributions[0]}`, ready: "recomputed-equal", show: "score-plot" },
  { name: "claim", path: () => "/claim", ready: "own-contributions" },
  { name: "stake", path: () => "/stake", ready: "stakes-table" },
  { name: "pay", path: () => "/pay", ready: "open-channel" },
  { name: "reviews", path: () => "/reviews", ready: "review-queue" },
  { name: "operators", path: () => "/operators", ready: "operators-table" },
  { name: "statements", path: () => "/statements", ready: "movements-table" },
];
