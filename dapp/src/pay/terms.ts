// Whether a gateway asks for what is paid here: this chain, this contract, this model, the prices on chain, and the key of the account that the channel names.
import type { Channel } from "../../../schema/settlement";
import type { Reader } from "../chain/reader";
import { accountOf } from "./keys";
import { PayProblem } from "./problems";
import { network, type Price, type Required, readPrice, type Requirements, scheme } from "./x402";

/** The way to pay for calls of a channel at a price, the first of the sheet unless it has one of this name. Throws `terms` with what is wrong. */
export async function choose(reader: Reader, channel: Channel, required: Required, priceName: string): Promise<Requirements> {
  const { chain, contracts } = reader.deployment;
  const here = network(chain.chainId);
  const fitting = required.accepts.filter((one) => one.scheme === scheme && one.network === here && one.settlement === contracts.settlement);
  const chosen = fitting.find((one) => one.price.name === priceName) ?? fitting[0];
  if (!chosen) throw refused("takes no payment on this chain", `it takes no payment on ${here}: ${required.error}`);
  if (chosen.model !== channel.model) throw refused("answers for another model than the channel pays for", `model ${chosen.model}, not ${channel.model}`);
  const owner = ownerOf(chosen.gatewayKey, chain.prefix);
  if (owner !== chosen.payTo || owner !== channel.gateway) throw refused("is not the one that the channel names on chain", `its key is of ${owner}, the channel's gateway is ${channel.gateway}`);
  await checkPrice(reader, chosen);
  return chosen;
}

function ownerOf(key: string, prefix: string): string {
  try {
    return accountOf(key, prefix);
  } catch (error) {
    throw refused("shows no key", String(error));
  }
}

/** The price must be on the sheet that is in force on chain: whoever answers does not set it. */
async function checkPrice(reader: Reader, chosen: Requirements): Promise<void> {
  const { model: contract } = reader.deployment.contracts;
  const { price_sheet } = await reader.ask(contract, "model", "model", { model: chosen.model });
  if (price_sheet !== chosen.priceSheet) throw new PayProblem("terms", "The model's prices have just changed, and the gateway has not followed yet. Ask again in half a minute.", `sheet ${chosen.priceSheet}, not ${price_sheet}`);
  const sheet = await reader.ask(contract, "model", "price_sheet", { model: chosen.model, version: chosen.priceSheet });
  if (!sheet.prices.some((one) => same(readPrice(one), chosen.price))) throw refused("asks for another price than the chain has", JSON.stringify(chosen.price));
}

function same(one: Price, other: Price): boolean {
  return one.name === other.name && one.per_call === other.per_call && one.per_1000_in === other.per_1000_in && one.per_1000_out === other.per_1000_out;
}

function refused(what: string, detail: string): PayProblem {
  return new PayProblem("terms", `This gateway ${what}. Nothing was sent for payment. Check the address of the gateway, or tell whoever runs this page.`, detail);
}
