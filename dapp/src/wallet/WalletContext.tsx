// Who is connected. The account follows the wallet: choosing another one there is choosing it here.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type ChainProblem, problemOf } from "../chain/problems";
import type { Deployment } from "../config/deployment";
import { type Account, accountChanged, connect, reconnect } from "./keplr";

/** Where the connection stands. */
export type WalletState =
  | { readonly stage: "out" }
  | { readonly stage: "connecting" }
  | { readonly stage: "in"; readonly account: Account }
  | { readonly stage: "failed"; readonly problem: ChainProblem };

interface Wallet {
  readonly state: WalletState;
  /** The connected account. */
  readonly account: Account | null;
  readonly connect: () => void;
  /** Forgets the account here; the wallet keeps the access that it gave. */
  readonly leave: () => void;
}

const Context = createContext<Wallet | null>(null);

/** That access was given once in this browser: no secret, only spares a click. */
const rememberedKey = "attribution.connected";

/** Gives the wallet to what is inside. */
export function WalletProvider({ deployment, children }: { deployment: Deployment; children: ReactNode }) {
  const [state, setState] = useState<WalletState>({ stage: "out" });
  const remembered = `${rememberedKey}.${deployment.chain.chainId}`;

  const begin = useCallback(() => {
    setState({ stage: "connecting" });
    connect(deployment).then(
      (account) => {
        localStorage.setItem(remembered, "yes");
        setState({ stage: "in", account });
      },
      (error: unknown) => setState({ stage: "failed", problem: problemOf(error) }),
    );
  }, [deployment, remembered]);

  const follow = useCallback(() => {
    if (localStorage.getItem(remembered) !== "yes") return;
    reconnect(deployment).then(
      (account) => setState({ stage: "in", account }),
      // Asked without a click, a wallet that is locked or has forgotten the page only means: not connected.
      () => setState({ stage: "out" }),
    );
  }, [deployment, remembered]);

  useEffect(() => {
    follow();
    window.addEventListener(accountChanged, follow);
    return () => window.removeEventListener(accountChanged, follow);
  }, [follow]);

  const leave = useCallback(() => {
    localStorage.removeItem(remembered);
    setState({ stage: "out" });
  }, [remembered]);

  const wallet = useMemo(
    () => ({ state, account: state.stage === "in" ? state.account : null, connect: begin, leave }),
    [state, begin, leave],
  );
  return <Context.Provider value={wallet}>{children}</Context.Provider>;
}

/** The wallet. */
export function useWallet(): Wallet {
  const wallet = useContext(Context);
  if (!wallet) throw new Error("useWallet stands outside of WalletProvider");
  return wallet;
}
