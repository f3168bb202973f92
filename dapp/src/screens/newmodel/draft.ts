// A new model as it is typed, what is still wrong with it, and as the chain takes it.
import type { ModelKind, NewModel } from "../../../../schema/model";
import { readPercent, readTyped } from "../../amount/amount";
import { type PriceLine, pricesOf } from "../model/PriceLines";
import { addresses } from "../names";

/** Everything that is typed. Shares are in per cent. */
export interface Draft {
  readonly name: string;
  readonly kind: ModelKind;
  readonly parents: readonly { readonly model: string; readonly share: string }[];
  readonly method: string;
  /** Empty for the own account. */
  readonly gateway: string;
  readonly curators: string;
  readonly influence: string;
  readonly stake: string;
  readonly royalty: string;
  readonly release: string;
  readonly cap: string;
  readonly prices: readonly PriceLine[];
  readonly stakeName: string;
  readonly symbol: string;
  readonly stakeContributors: string;
  readonly stakeWork: string;
}

/** What the form begins with. */
export const blank: Draft = {
  name: "", kind: "base", parents: [], method: "", gateway: "", curators: "", influence: "60", stake: "10", royalty: "0", release: "80", cap: "1000000",
  prices: [{ name: "standard", call: "0.01", read: "0", written: "0" }], stakeName: "", symbol: "", stakeContributors: "40", stakeWork: "10",
};

/** What a kind begins with: a base has no parents, an adapter one, a merge two. */
export function ofKind(draft: Draft, kind: ModelKind): Draft {
  if (kind === "base") return { ...draft, kind, parents: [], royalty: "0" };
  const least = kind === "merge" ? 2 : 1;
  const kept = draft.parents.length >= least ? draft.parents : [...draft.parents, ...Array.from({ length: least - draft.parents.length }, () => ({ model: "", share: kind === "merge" ? "50" : "100" }))];
  return { ...draft, kind, parents: kept, royalty: draft.royalty === "0" ? "20" : draft.royalty };
}

/** The most OPEN that a contribution can ever accrue: 10^18 uopen. */
const mostCap = 10n ** 18n;

/** What is left of 100 % after other shares, in basis points; null if one of them is no share or they are too much. */
export function rest(...shares: readonly string[]): number | null {
  const read = shares.map(readPercent);
  const left = read.reduce<number | null>((sum, share) => (sum === null || share === null ? null : sum - share), 10_000);
  return left !== null && left >= 0 ? left : null;
}

/** The owner's part of a fee. */
export function ownersPart(draft: Draft): number | null {
  return rest(draft.influence, draft.stake, draft.royalty);
}

/** The owner's part of the stake. */
export function ownersStake(draft: Draft): number | null {
  return rest(draft.stakeContributors, draft.stakeWork);
}

/** The first thing that is wrong, as a sentence; null if all is well. The chain checks everything again. */
export function problemIn(draft: Draft): string | null {
  const cap = readTyped(draft.cap);
  const curators = addresses(draft.curators).length;
  const priced = pricesOf(draft.prices);
  if (draft.name.trim() === "" || draft.name.length > 64) return "Enter a name of 1 to 64 characters.";
  if (draft.method === "") return "Choose how its scores are measured.";
  if (curators < 1 || curators > 16) return "Name 1 to 16 curators.";
  const lineage = problemInParents(draft);
  if (lineage) return lineage;
  if (ownersPart(draft) === null) return "The shares of a fee are more than 100 %, or one is no number.";
  if (readPercent(draft.influence) === 0) return "Contributors get at least 0.01 %.";
  if (!readPercent(draft.release)) return "Released per round are 0.01 to 100 %.";
  if (!cap.ok || cap.units === 0n || cap.units > mostCap) return "A contribution earns at most 0.000001 to 1,000,000,000,000 OPEN.";
  if ("problem" in priced) return priced.problem;
  if (draft.stakeName.length < 3 || draft.stakeName.length > 50) return "The stake has a name of 3 to 50 characters.";
  if (!/^[A-Za-z-]{3,12}$/.test(draft.symbol)) return "The stake has a symbol of 3 to 12 letters or hyphens.";
  if (ownersStake(draft) === null) return "The shares of the stake are more than 100 %, or one is no number.";
  return null;
}

function problemInParents(draft: Draft): string | null {
  if (draft.kind === "base") return null;
  const named = draft.parents.map((parent) => parent.model);
  if (named.includes("")) return "Choose each model that it was made from.";
  if (new Set(named).size !== named.length) return "A model stands twice among those that it was made from.";
  const shares = draft.parents.map((parent) => readPercent(parent.share));
  if (shares.some((share) => !share)) return "Each model that it was made from gets a share of at least 0.01 %.";
  if (rest(...draft.parents.map((parent) => parent.share)) !== 0) return "The shares of the models that it was made from add up to 100 %.";
  if (!readPercent(draft.royalty)) return "Models that it was made from get at least 0.01 % of a fee.";
  return null;
}

/** As the chain takes it; null while something is wrong. */
export function newModel(draft: Draft, own: string): NewModel | null {
  const [cap, priced] = [readTyped(draft.cap), pricesOf(draft.prices)];
  if (problemIn(draft) !== null || !cap.ok || "problem" in priced) return null;
  const bps = (text: string) => readPercent(text) ?? 0;
  return {
    name: draft.name.trim(), kind: draft.kind, method: draft.method, gateway: draft.gateway.trim() || own, curators: addresses(draft.curators),
    parents: draft.parents.map(({ model, share }) => ({ model, share: bps(share) })), prices: priced.prices,
    terms: { influence: bps(draft.influence), stake: bps(draft.stake), parents: bps(draft.royalty), owner: ownersPart(draft) ?? 0, release_rate: bps(draft.release), cap: cap.units.toString() },
    stake: { name: draft.stakeName, symbol: draft.symbol, contributors: bps(draft.stakeContributors), work: bps(draft.stakeWork), owner: ownersStake(draft) ?? 0 },
  };
}
