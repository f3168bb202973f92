// What gas costs, as text, without a detour through numbers.
import { formatUnits } from "../amount/amount";
import type { ChainConfig } from "../config/deployment";

/** The fee for so much gas at the chain's price, rounded up, with the coin's name: `257 STAKE`. */
export function feeOf(chain: ChainConfig, gas: bigint): string {
  const [whole = "0", fraction = ""] = chain.gasPrice.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const fee = (gas * BigInt(whole + fraction) + scale - 1n) / scale;
  return `${formatUnits(fee, chain.coin.decimals)} ${chain.coin.symbol}`;
}
