// All contracts of a deployment, with their types.
import { SigningCosmWasmClient } from "@cosmjs/cosmwasm";
import { GasPrice } from "@cosmjs/stargate";
import type { Api as AttributionApi } from "../../../schema/attribution.js";
import type { Api as DatanetApi } from "../../../schema/datanet.js";
import type { Api as ModelApi } from "../../../schema/model.js";
import type { Api as OpenTokenApi } from "../../../schema/open-token.js";
import type { Api as SettlementApi } from "../../../schema/settlement.js";
import { Contract } from "./contract.js";
import { type Account, type Deployment, type Devnet, walletOf } from "./devnet.js";

/** The contracts of one deployment, as one account uses them. */
export interface Contracts {
  /** Who signs. */
  readonly sender: string;
  readonly token: Contract<OpenTokenApi>;
  readonly datanet: Contract<DatanetApi>;
  readonly model: Contract<ModelApi>;
  readonly attribution: Contract<AttributionApi>;
  readonly settlement: Contract<SettlementApi>;
  /** Ends the connection. */
  readonly disconnect: () => void;
}

/** Connects an account of a devnet to its contracts. Fees are at the devnet's gas price. */
export async function connect(devnet: Devnet, deployment: Deployment, account: Account): Promise<Contracts> {
  const client = await SigningCosmWasmClient.connectWithSigner(devnet.rpc, await walletOf(account), {
    gasPrice: GasPrice.fromString(`${devnet.gasPrice}${devnet.denom}`),
    broadcastPollIntervalMs: 200,
  });
  await refuseOtherChain(await client.getChainId(), devnet);
  return {
    sender: account.address,
    token: new Contract(client, deployment.open_token),
    datanet: new Contract(client, deployment.datanet),
    model: new Contract(client, deployment.model),
    attribution: new Contract(client, deployment.attribution),
    settlement: new Contract(client, deployment.settlement),
    disconnect: () => client.disconnect(),
  };
}

async function refuseOtherChain(found: string, devnet: Devnet): Promise<void> {
  if (found !== devnet.chainId) throw new Error(`${devnet.rpc} is the chain ${found}, and not ${devnet.chainId}`);
}
