/** The page's deployment.json. */
export interface PageConfiguration {
  chain: Record<"chain_id" | "chain_name" | "rpc" | "rest" | "prefix" | "denom" | "gas_price", string> & { coin: { symbol: string; decimals: number } };
  contracts: Record<string, string>;
  gateways: Record<string, string>;
}
/** What the page is told of a devnet. */
export function configuration(folder: string, gateways?: Readonly<Record<string, string>>): Promise<PageConfiguration>;
