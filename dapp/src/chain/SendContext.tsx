// One transaction at a time: what it is, where it is, how it ended. Every screen sends through this, and one region tells of it.
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { useWallet } from "../wallet/WalletContext";
import { useDeployment } from "./ChainContext";
import type { Message } from "./messages";
import { ChainProblem, problemOf } from "./problems";
import { type Receipt, type Stage, send as sendMessages, usualMargin } from "./sender";

/** The transaction that was sent last. */
export type Sent =
  | { readonly state: "none" }
  | { readonly state: "going"; readonly title: string; readonly stage: Stage; readonly hash: string | null }
  | { readonly state: "done"; readonly title: string; readonly receipt: Receipt }
  | { readonly state: "failed"; readonly title: string; readonly problem: ChainProblem; readonly messages: readonly Message[] };

interface Sender {
  readonly sent: Sent;
  /** Whether one is on its way: then no other can be sent. */
  readonly busy: boolean;
  /** Sends messages as one transaction; null if it failed, which is told by the region. */
  readonly send: (title: string, messages: readonly Message[]) => Promise<Receipt | null>;
  readonly dismiss: () => void;
}

const Context = createContext<Sender | null>(null);

/** Half more gas after each time that it ran out. */
const marginStep = 150;
const mostMargin = 540;

/** Gives sending to what is inside. */
export function SendProvider({ children }: { children: ReactNode }) {
  const { chain } = useDeployment();
  const { account } = useWallet();
  const queries = useQueryClient();
  const [sent, setSent] = useState<Sent>({ state: "none" });
  const margin = useRef(usualMargin);
  const going = useRef(false);

  const send = useCallback(
    async (title: string, messages: readonly Message[]): Promise<Receipt | null> => {
      if (going.current) return null;
      going.current = true;
      const onStage = (stage: Stage, hash?: string) => setSent({ state: "going", title, stage, hash: hash ?? null });
      try {
        if (!account) throw new ChainProblem("no-wallet", "Connect your wallet first.");
        const receipt = await sendMessages(chain, { signer: account.signer, sender: account.address, messages, marginPercent: margin.current, onStage });
        margin.current = usualMargin;
        setSent({ state: "done", title, receipt });
        return receipt;
      } catch (error) {
        const problem = problemOf(error);
        if (problem.kind === "out-of-gas") margin.current = Math.min(mostMargin, Math.ceil((margin.current * marginStep) / 100));
        setSent({ state: "failed", title, problem, messages });
        return null;
      } finally {
        going.current = false;
        await queries.invalidateQueries();
      }
    },
    [account, chain, queries],
  );

  const dismiss = useCallback(() => setSent((now) => (now.state === "going" ? now : { state: "none" })), []);
  const sender = useMemo(() => ({ sent, busy: sent.state === "going", send, dismiss }), [sent, send, dismiss]);
  return <Context.Provider value={sender}>{children}</Context.Provider>;
}

/** Sending. */
export function useSender(): Sender {
  const sender = useContext(Context);
  if (!sender) throw new Error("useSender stands outside of SendProvider");
  return sender;
}
