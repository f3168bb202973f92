// What the page is set to: deployment.json beside it says which chain, where, and at which addresses.

/** Contracts by name. */
export const contractNames = ["open_token", "datanet", "model", "attribution", "settlement"] as const;

/** The name of a contract. */
export type ContractName = (typeof contractNames)[number];

/** The chain and how it is reached. */
export interface ChainConfig {
  readonly chainId: string;
  readonly chainName: string;
  readonly rpc: string;
  readonly rest: string;
  /** First part of its addresses. */
  readonly prefix: string;
  /** The native coin that fees of transactions are paid in. */
  readonly denom: string;
  /** What the coin is called, and how many decimals are shown. */
  readonly coin: { readonly symbol: string; readonly decimals: number };
  /** Price of a unit of gas, in that coin, as decimal text. */
  readonly gasPrice: string;
}

/** Everything in deployment.json. */
export interface Deployment {
  readonly chain: ChainConfig;
  readonly contracts: Readonly<Record<ContractName, string>>;
  /** Gateways of models by the model's id: where calls are sent. */
  readonly gateways: Readonly<Record<string, string>>;
}

/** Reads `deployment.json`. Rejects with what is wrong with it. */
export async function loadDeployment(): Promise<Deployment> {
  const answer = await fetch("./deployment.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`deployment.json cannot be read (${answer.status}): serve the page with scripts/dapp`);
  return parseDeployment(await answer.json());
}

/** Checks what deployment.json says. Throws with the first thing that is wrong. */
export function parseDeployment(value: unknown): Deployment {
  const found = object(value, "deployment.json");
  const chain = object(found["chain"], "chain");
  const coin = object(chain["coin"], "chain.coin");
  const contracts = object(found["contracts"], "contracts");
  const decimals = coin["decimals"];
  if (typeof decimals !== "number" || !Number.isInteger(decimals) || decimals < 0 || decimals > 18) {
    throw new Error("deployment.json: chain.coin.decimals is not a whole number from 0 to 18");
  }
  return {
    chain: {
      chainId: text(chain, "chain_id"),
      chainName: text(chain, "chain_name"),
      rpc: url(chain, "rpc"),
      rest: url(chain, "rest"),
      prefix: text(chain, "prefix"),
      denom: text(chain, "denom"),
      coin: { symbol: text(coin, "symbol"), decimals },
      gasPrice: gasPrice(chain),
    },
    contracts: Object.fromEntries(contractNames.map((name) => [name, text(contracts, name)])) as Record<ContractName, string>,
    gateways: Object.fromEntries(Object.keys(object(found["gateways"] ?? {}, "gateways")).map((id) => [id, url(object(found["gateways"], "gateways"), id)])),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function object(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`deployment.json: ${name} is not an object`);
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new Error(`deployment.json: ${name} is not a text`);
  return value;
}

function url(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^https?:\/\//.test(value)) throw new Error(`deployment.json: ${name} is not an address that begins with http:// or https://`);
  return value.replace(/\/$/, "");
}

function gasPrice(fields: Fields): string {
  const value = text(fields, "gas_price");
  if (!/^[0-9]+(\.[0-9]{1,18})?$/.test(value)) throw new Error("deployment.json: gas_price is not a decimal number");
  return value;
}
