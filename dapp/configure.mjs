// Writes the page's deployment.json from a devnet's folder: node configure.mjs FOLDER FILE [MODEL=GATEWAY …]
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

const contracts = ["open_token", "datanet", "model", "attribution", "settlement"];

async function read(file, hint) {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`${file} cannot be read: ${hint}`);
  });
  return JSON.parse(text);
}

/** What the page is told of a devnet. */
export async function configuration(folder, gateways = {}) {
  const devnet = await read(join(folder, "devnet.json"), "start a devnet with scripts/devnet up");
  const deployed = await read(join(folder, "deployment.json"), "put the contracts on it with scripts/deploy");
  return {
    chain: {
      chain_id: devnet.chain_id,
      chain_name: `Attribution devnet "${devnet.name}"`,
      rpc: devnet.rpc,
      rest: devnet.rest,
      prefix: deployed.open_token.split("1")[0],
      denom: devnet.denom,
      coin: { symbol: devnet.denom.toUpperCase(), decimals: 0 },
      gas_price: devnet.gas_price,
    },
    contracts: Object.fromEntries(contracts.map((name) => [name, deployed[name]])),
    gateways,
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [folder, file, ...pairs] = process.argv.slice(2);
  const gateways = Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  await writeFile(file, `${JSON.stringify(await configuration(folder, gateways), null, 2)}\n`);
}
