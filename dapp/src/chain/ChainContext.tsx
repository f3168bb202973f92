// The chain for the whole page: who reads it, what it says, whether it answers and is the right one.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import type { ContractName, Deployment } from "../config/deployment";
import type { Answer, Asked, QueryOf } from "./messages";
import type { Reader, Tip } from "./reader";

const Context = createContext<Reader | null>(null);

/** Gives the chain to what is inside. */
export function ChainProvider({ reader, children }: { reader: Reader; children: ReactNode }) {
  return <Context.Provider value={reader}>{children}</Context.Provider>;
}

/** Who reads the chain. */
export function useReader(): Reader {
  const reader = useContext(Context);
  if (!reader) throw new Error("useReader stands outside of ChainProvider");
  return reader;
}

/** What the page is set to. */
export function useDeployment(): Deployment {
  return useReader().deployment;
}

/** How often what may change by itself is asked again. */
export const liveMs = 6_000;

interface AskOptions {
  readonly enabled?: boolean;
  /** Asked again and again. */
  readonly live?: boolean;
}

/** A query of a contract of the deployment. */
export function useAsk<K extends ContractName, Name extends QueryOf<K>>(
  contract: K,
  name: Name,
  body: Asked<K, Name>,
  { enabled = true, live = false }: AskOptions = {},
): UseQueryResult<Answer<K, Name>> {
  const reader = useReader();
  const address = reader.deployment.contracts[contract];
  return useQuery({
    queryKey: [contract, name, body],
    queryFn: () => reader.ask(address, contract, name, body),
    enabled,
    refetchInterval: live ? liveMs : false,
  });
}

/** A query of a stake. */
export function useAskStake<Name extends QueryOf<"stake">>(address: string | null | undefined, name: Name, body: Asked<"stake", Name>): UseQueryResult<Answer<"stake", Name>> {
  const reader = useReader();
  return useQuery({
    queryKey: ["stake", address, name, body],
    queryFn: () => reader.ask(address ?? "", "stake", name, body),
    enabled: Boolean(address),
  });
}

/** The last block, over and over. */
export function useTip(): UseQueryResult<Tip> {
  const reader = useReader();
  return useQuery({ queryKey: ["tip"], queryFn: () => reader.tip(), refetchInterval: 3_000, staleTime: 0 });
}
