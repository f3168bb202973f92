// One transaction at a time: what it is, where it is, how it ended. Every screen sends through this, and one region tells of it.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useWallet } from "../wallet/WalletContext";
import { forgetSent, keepSent, keptSent } from "../keep/sent";
import { useReader } from "./ChainContext";
import type { Message } from "./messages";
import { ChainProblem, problemOf } from "./problems";
import { type Receipt, receiptOf, type Stage, send as sendMessages, usualMargin } from "./sender";

/** The transaction that was sent last. */
export type Sent =
  | { readonly state: "none" }
  | { readonly state: "going"; readonly title: string; readonly stage: Stage; readonly hash: string | null }
  /** Sent, and in no block when it was last looked for. */
  | { readonly state: "unseen"; readonly title: string; readonly hash: string }
  | { readonly state: "done"; readonly title: string; readonly receipt: Receipt }
  | { readonly state: "failed"; readonly title: string; readonly problem: ChainProblem; readonly messages: readonly Message[] };

interface Sender {
  readonly sent: Sent;
  /** Whether one is on its way: then no other can be sent. */
  readonly busy: boolean;
  /** Sends messages as one transaction; null if it failed, which is told by the region. */
  readonly send: (title: string, messages: readonly Message[]) => Promise<Receipt | null>;
  /** Looks whether the transaction that was in no block is in one now. */
  readonly look: () => Promise<void>;
  readonly dismiss: () => void;
}

const Context = createContext<Sender | null>(null);

/** Half more gas after each time that it ran out. */
const marginStep = 150;
const mostMargin = 540;

/** How often a transaction that is in no block is looked for. */
const lookMs = 10_000;

/** Gives sending to what is inside. */
export function SendProvider({ children }: { children: ReactNode }) {
  const reader = useReader();
  const { chain } = reader.deployment;
  const { account } = useWallet();
  const queries = useQueryClient();
  const [sent, setSent] = useState<Sent>(() => {
    const kept = keptSent(chain.chainId);
    return kept ? { state: "unseen", ...kept } : { state: "none" };
  });
  const margin = useRef(usualMargin);
  const going = useRef(false);

  const send = useCallback(
    async (title: string, messages: readonly Message[]): Promise<Receipt | null> => {
      if (going.current) return null;
      going.current = true;
      let sentAs: string | null = null;
      const onStage = (stage: Stage, hash?: string) => {
        setSent({ state: "going", title, stage, hash: hash ?? null });
        if (stage !== "sent" || !hash) return;
        sentAs = hash;
        keepSent(chain.chainId, { title, hash });
      };
      try {
        if (!account) throw new ChainProblem("no-wallet", "Connect your wallet first.");
        const receipt = await sendMessages(chain, { signer: account.signer, sender: account.address, messages, marginPercent: margin.current, onStage });
        margin.current = usualMargin;
        forgetSent(chain.chainId);
        setSent({ state: "done", title, receipt });
        return receipt;
      } catch (error) {
        const problem = problemOf(error);
        if (problem.kind === "out-of-gas") margin.current = Math.min(mostMargin, Math.ceil((margin.current * marginStep) / 100));
        // Once it was sent, only a block says that it failed: a node that does not answer says nothing about it.
        if (sentAs !== null && (problem.kind === "pending" || problem.kind === "unreachable")) {
          setSent({ state: "unseen", title, hash: sentAs });
        } else {
          forgetSent(chain.chainId);
          setSent({ state: "failed", title, problem, messages });
        }
        return null;
      } finally {
        going.current = false;
        await queries.invalidateQueries();
      }
    },
    [account, chain, queries],
  );

  const look = useCallback(async (): Promise<void> => {
    if (sent.state !== "unseen" || going.current) return;
    const { title, hash } = sent;
    try {
      const receipt = receiptOf(await reader.transaction(hash));
      if (!receipt) return;
      setSent((now) => (now === sent ? { state: "done", title, receipt } : now));
      await queries.invalidateQueries();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === "unreachable") return;
      setSent((now) => (now === sent ? { state: "failed", title, problem, messages: [] } : now));
    }
    forgetSent(chain.chainId);
  }, [sent, reader, chain, queries]);

  // What an earlier tab sent is looked for by itself, again and again.
  useEffect(() => {
    if (sent.state !== "unseen") return;
    const first = setTimeout(() => void look(), 0);
    const timer = setInterval(() => void look(), lookMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [sent, look]);

  const dismiss = useCallback(() => {
    if (sent.state === "unseen") forgetSent(chain.chainId);
    setSent((now) => (now.state === "going" ? now : { state: "none" }));
  }, [sent, chain]);
  const sender = useMemo(() => ({ sent, busy: sent.state === "going", send, look, dismiss }), [sent, send, look, dismiss]);
  return <Context.Provider value={sender}>{children}</Context.Provider>;
}

/** Sending. */
export function useSender(): Sender {
  const sender = useContext(Context);
  if (!sender) throw new Error("useSender stands outside of SendProvider");
  return sender;
}
