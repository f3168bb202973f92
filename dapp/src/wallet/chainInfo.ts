// What the wallet is offered, so that it knows this chain.
import type { ChainInfo } from "@keplr-wallet/types";
import type { ChainConfig } from "../config/deployment";

/** The chain as Keplr takes it. */
export function chainInfo(chain: ChainConfig): ChainInfo {
  const coin = { coinDenom: chain.coin.symbol, coinMinimalDenom: chain.denom, coinDecimals: chain.coin.decimals };
  return {
    chainId: chain.chainId,
    chainName: chain.chainName,
    rpc: chain.rpc,
    rest: chain.rest,
    bip44: { coinType: 118 },
    bech32Config: {
      bech32PrefixAccAddr: chain.prefix,
      bech32PrefixAccPub: `${chain.prefix}pub`,
      bech32PrefixValAddr: `${chain.prefix}valoper`,
      bech32PrefixValPub: `${chain.prefix}valoperpub`,
      bech32PrefixConsAddr: `${chain.prefix}valcons`,
      bech32PrefixConsPub: `${chain.prefix}valconspub`,
    },
    currencies: [coin],
    feeCurrencies: [{ ...coin, gasPriceStep: gasPrices(chain.gasPrice) }],
    stakeCurrency: coin,
    features: ["cosmwasm"],
  };
}

/** A price of gas is no amount: the wallet takes these as numbers. */
function gasPrices(price: string): { low: number; average: number; high: number } {
  const one = parseFloat(price);
  return { low: one, average: one, high: 2 * one };
}
