// The playground of one channel: what is asked, what goes on, what was paid, and what an earlier tab left under way.
import { fromHex } from "@cosmjs/encoding";
import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Channel } from "../../../../schema/settlement";
import { useReader } from "../../chain/ChainContext";
import { findVoucherKey } from "../../keep/voucherKeys";
import { type Asked, type Request, requestOf } from "../../pay/asked";
import { Books, type Budget, type Day, type PaidCall, type Pocket, type Question } from "../../pay/books";
import { Courier, type Progress, type Recovered } from "../../pay/courier";
import { Gateway } from "../../pay/gateway";
import { type PayProblem, PayProblem as Problem, payProblemOf } from "../../pay/problems";
import { loadRules, type Rules } from "../../rules/module";

/** Between two looks at a call that an earlier tab left under way. */
const lookAgainMs = 3_000;

/** A call that is being made. */
export interface Going {
  readonly question: string;
  readonly progress: Progress | null;
  /** What is shown since its owner stopped it. */
  readonly stopped: string | null;
}

/** What is kept of a channel and of the day. */
export interface Kept {
  readonly pocket: Pocket | null;
  readonly calls: readonly PaidCall[];
  readonly today: Day;
  readonly budget: Budget;
}

/** The playground of a channel. */
export interface Playground {
  readonly rules: Rules | null;
  readonly kept: UseQueryResult<Kept>;
  readonly going: Going | null;
  readonly last: Progress | null;
  readonly problem: PayProblem | null;
  /** What became of a call that was left under way. */
  readonly recovered: Recovered | null;
  readonly courier: Courier | null;
  readonly gateway: Gateway;
  readonly books: Books;
  /** Asks; resolves with whether it was answered and paid. */
  readonly ask: (asked: Asked, question: Question, price: string) => Promise<boolean>;
  /** Shows no more of the answer. The gateway finishes it, and is paid. */
  readonly stop: () => void;
  readonly refresh: () => Promise<void>;
}

/** The books of this page's chain. */
function useBooks(): Books {
  const { chain, contracts } = useReader().deployment;
  return useMemo(() => new Books(chain.chainId, contracts.settlement), [chain.chainId, contracts.settlement]);
}

/** The private key of a channel's vouchers, which only this browser has. */
async function keyOf(publicKey: string): Promise<string> {
  const found = await findVoucherKey(fromHex(publicKey));
  if (!found) throw new Problem("channel", "The key of this channel's vouchers is not in this browser. Pay from the browser in which it was opened, or open another channel here.");
  return found.privateKey;
}

/** Who makes calls through a gateway; null until the rules are loaded. */
function useCourier(gatewayUrl: string): { readonly rules: Rules | null; readonly books: Books; readonly gateway: Gateway; readonly courier: Courier | null } {
  const reader = useReader();
  const books = useBooks();
  const rules = useQuery({ queryKey: ["rules"], queryFn: loadRules, staleTime: Infinity }).data ?? null;
  const gateway = useMemo(() => new Gateway(gatewayUrl), [gatewayUrl]);
  const courier = useMemo(() => (rules ? new Courier({ reader, rules, books, gateway, keyOf }) : null), [reader, rules, books, gateway]);
  return { rules, books, gateway, courier };
}

/** Brings to an end what an earlier tab left under way in a channel that is not shown: its call reserves a part of the budget, and its gateway waits for a voucher. */
export function useLookAfter(channel: Channel, gatewayUrl: string): void {
  const { courier } = useCourier(gatewayUrl);
  const queries = useQueryClient();
  const latest = useRef(channel);
  useEffect(() => {
    if (!courier) return undefined;
    return lookAfter(() => courier.recover(latest.current), () => void queries.invalidateQueries({ queryKey: ["books"] }), () => undefined);
  }, [courier, channel.id, queries]);
}

/** The playground. */
export function usePlayground(channel: Channel, gatewayUrl: string): Playground {
  const { rules, books, gateway, courier } = useCourier(gatewayUrl);
  const queries = useQueryClient();
  const [going, setGoing] = useState<Going | null>(null);
  const [last, setLast] = useState<Progress | null>(null);
  const [problem, setProblem] = useState<PayProblem | null>(null);
  const [recovered, setRecovered] = useState<Recovered | null>(null);
  // Calls that broke off: each is looked after until it is known what became of it.
  const [broken, setBroken] = useState(0);
  const kept = useQuery({ queryKey: ["books", books.idOf(channel.id)], queryFn: () => readKept(books, channel.id), staleTime: 0 });
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: ["books"] }), [queries]);
  // The channel as it was read last: what is recovered does not begin anew with every block.
  const latest = useRef(channel);
  useEffect(() => {
    latest.current = channel;
  }, [channel]);

  useEffect(() => {
    if (!courier) return undefined;
    return lookAfter(() => courier.recover(latest.current), (found) => {
      if (found.found !== "nothing") setRecovered(found);
      void refresh();
    }, setProblem);
  }, [courier, channel.id, refresh, broken]);

  const ask = useCallback(
    async (asked: Asked, question: Question, price: string): Promise<boolean> => {
      setProblem(null);
      setRecovered(null);
      try {
        if (!courier || !rules) throw new Problem("unreachable", "The page is not ready yet. Try again in a moment.");
        const request: Request = requestOf(rules, latest.current.model, asked);
        setGoing({ question: question.text, progress: null, stopped: null });
        await courier.ask({ channel: latest.current, request, price, question }, (progress) => {
          setLast(progress);
          setGoing((now) => now && { ...now, progress });
        });
        return true;
      } catch (error) {
        const failed = payProblemOf(error);
        setProblem(failed);
        if (failed.kind === "unreachable") setBroken((times) => times + 1);
        return false;
      } finally {
        await refresh();
        setGoing(null);
      }
    },
    [courier, rules, refresh],
  );

  const stop = useCallback(() => setGoing((now) => now && { ...now, stopped: now.stopped ?? now.progress?.text ?? "" }), []);
  return { rules, kept, going, last, problem, recovered, courier, gateway, books, ask, stop, refresh };
}

async function readKept(books: Books, channel: string): Promise<Kept> {
  const [pocket, calls, today, budget] = await Promise.all([books.pocket(channel), books.calls(channel), books.spentToday(), books.budget()]);
  return { pocket: pocket ?? null, calls, today, budget };
}

/** Looks after what was left under way until it is known what became of it. Returns how to stop. */
function lookAfter(look: () => Promise<Recovered>, found: (recovered: Recovered) => void, failed: (problem: PayProblem | null) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const once = async () => {
    try {
      const recovered = await look();
      if (over) return;
      found(recovered);
      if (recovered.found !== "nothing") failed(null);
    } catch (error) {
      if (over) return;
      const problem = payProblemOf(error);
      // Who holds the channel brings its call to an end by itself. What the gateway's silence means was said when the call broke off.
      if (problem.kind !== "busy") failed(problem);
      if (problem.kind === "busy" || problem.kind === "unreachable") timer = setTimeout(() => void once(), lookAgainMs);
    }
  };
  void once();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
