// A contribution's account, recomputed from what operators revealed and what moved the ledger, with the rules as they run on chain.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { SettledRound } from "../../../schema/settlement";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { advance, emptyEntry, type Entry, medians, repay, retire, revalue, type Score, type Step } from "../rules/calls";
import { loadRules, type Rules } from "../rules/module";
import { all } from "./listing";
import { type Move, movesOf } from "./moves";
import { revealedVectors } from "./vectors";

/** One thing that moved the account. */
export type AccountStep =
  | { readonly kind: "round"; readonly settled: SettledRound; readonly score: Score; readonly vectors: number; readonly before: Entry; readonly step: Step }
  | { readonly kind: "repaid"; readonly amount: string; readonly after: Entry }
  | { readonly kind: "retired"; readonly after: Entry };

/** The account, and how it came to be. */
export interface Recomputed {
  readonly steps: readonly AccountStep[];
  readonly entry: Entry;
}

/** Recomputes the account of a position from nothing. */
export function useRecomputed(model: string, position: number): UseQueryResult<Recomputed> {
  const reader = useReader();
  return useQuery({ queryKey: ["recomputed", model, position], queryFn: () => recompute(reader, model, position), staleTime: 10_000 });
}

/** The settled rounds of a model, and the medians of each. */
interface Rounds {
  readonly settled: ReadonlyMap<string, SettledRound>;
  readonly scores: ReadonlyMap<string, { readonly entries: readonly Score[]; readonly denominator: string; readonly vectors: number }>;
}

async function recompute(reader: Reader, model: string, position: number): Promise<Recomputed> {
  const rules = await loadRules();
  const [rounds, moves] = await Promise.all([readRounds(reader, rules, model), movesOf(reader, model)]);
  return walk(rules, rounds, moves, position);
}

async function readRounds(reader: Reader, rules: Rules, model: string): Promise<Rounds> {
  const { settlement } = reader.deployment.contracts;
  const [settled, vectors] = await Promise.all([
    all((page) => reader.ask(settlement, "settlement", "settled_rounds", { model, page }), (round) => round.round),
    revealedVectors(reader, model),
  ]);
  const byRound = new Map(settled.map((round) => [round.round, round]));
  const scores = new Map(
    settled.map((round) => {
      const of = vectors.filter((vector) => vector.round === round.round);
      return [round.round, { ...medians(rules, of), vectors: of.length }];
    }),
  );
  return { settled: byRound, scores };
}

/** Walks through the moves in order, as `oracle replay` does, and keeps what concerns one position. */
export function walk(rules: Rules, rounds: Rounds, moves: readonly Move[], position: number): Recomputed {
  const steps: AccountStep[] = [];
  let entry = emptyEntry;
  let cursor = 0;
  let retired = 0;
  for (const move of moves) {
    if (move.kind === "advanced") {
      const settled = rounds.settled.get(move.round);
      const scores = rounds.scores.get(move.round);
      if (!settled || !scores) continue;
      // A round between the chunks of a retirement makes it begin again.
      if (cursor === 0) retired = 0;
      const score = scores.entries[position];
      if (score && position >= cursor && position < move.through) {
        const made = moved(rules, settled, score, entry);
        steps.push({ kind: "round", settled, score, vectors: scores.vectors, before: entry, step: made });
        entry = made.entry;
      }
      cursor = move.through >= scores.entries.length ? 0 : move.through;
    } else if (move.kind === "repaid" && move.position === position) {
      entry = repay(rules, entry, move.amount);
      steps.push({ kind: "repaid", amount: move.amount, after: entry });
    } else if (move.kind === "retired") {
      const from = move.through <= retired ? 0 : retired;
      if (position >= from && position < move.through) {
        entry = retire(rules, entry);
        steps.push({ kind: "retired", after: entry });
      }
      retired = move.complete ? 0 : move.through;
    }
  }
  return { steps, entry };
}

function moved(rules: Rules, settled: SettledRound, { score, error }: Score, entry: Entry): Step {
  const round = {
    entry, score, error, pool: settled.parts.influence, denominator: settled.denominator, z_tenths: settled.z_tenths,
    release_bps: settled.release_rate, cap: settled.cap,
  };
  if (settled.kind === "fees") return advance(rules, round);
  // A valuation without royalties moves no account.
  if (BigInt(settled.parts.influence) === 0n) return unmoved(rules, round);
  return revalue(rules, round);
}

function unmoved(rules: Rules, round: Parameters<typeof advance>[1]): Step {
  const step = revalue(rules, { ...round, pool: "0", score: 0, error: 0, release_bps: 0 });
  return { ...step, entry: round.entry };
}
