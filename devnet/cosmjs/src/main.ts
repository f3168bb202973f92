// Shows a devnet's contracts, sends OPEN, claims. DEVNET is the devnet's folder; devnet/run if it is not set.
import { argv, env, exit, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { claim, claimablePositions } from "./claim.js";
import { type Account, accountNamed, type Devnet, readDeployment, readDevnet } from "./devnet.js";
import { connect, type Contracts } from "./open.js";
import { balance, claimable, inOpen, ledger, models, rounds } from "./read.js";

const usage = `usage: npm start --silent -- [COMMAND]
  show                          configuration, models, rounds, balances; the default
  transfer FROM TO UOPEN        sends OPEN between test accounts
  claim ACCOUNT MODEL           claims all that a model's ledger has released, signed by a test account`;

async function show(contracts: Contracts, devnet: Devnet): Promise<void> {
  const config = await contracts.settlement.query("config", {});
  console.log(`${devnet.chainId}: epochs of ${config.epoch_length} s, now in ${(await contracts.settlement.query("current_epoch", {})) ?? "none yet"}`);
  for (const model of await models(contracts)) await showModel(contracts, model.id, model.name);
  for (const { name, address } of devnet.accounts) console.log(`${name.padEnd(11)} ${inOpen(await balance(contracts, address))}`);
}

async function showModel(contracts: Contracts, id: string, name: string): Promise<void> {
  const accounts = await ledger(contracts, id);
  const waiting = accounts.reduce((sum, account) => sum + claimable(account), 0n);
  console.log(`model ${id}, ${name}: ${accounts.length} positions, ${inOpen(waiting)} to claim`);
  for (const round of await rounds(contracts, id)) console.log(`  round ${round.id} of ${round.kind}: ${round.outcome ?? round.phase}, pool ${inOpen(BigInt(round.pool))}`);
}

async function transfer(contracts: Contracts, to: Account, uopen: string): Promise<void> {
  if (!/^[0-9]+$/.test(uopen)) throw new Error(`"${uopen}" is not a whole number of uopen`);
  const done = await contracts.token.execute(contracts.sender, "transfer", { recipient: to.address, amount: uopen });
  console.log(`sent ${inOpen(BigInt(uopen))} to ${to.name}: ${done.transactionHash}, ${done.gasUsed} gas`);
}

async function claimAll(contracts: Contracts, model: string): Promise<void> {
  const positions = await claimablePositions(contracts, model);
  if (positions.length === 0) console.log(`nothing to claim in model ${model}`);
  for (const done of await claim(contracts, model, positions)) console.log(`claimed: ${done.transactionHash}, ${done.gasUsed} gas`);
}

/** What a command line asks for: who signs, and what is done. */
interface Action {
  readonly signer: string;
  readonly perform: (contracts: Contracts, devnet: Devnet) => Promise<void>;
}

/** Reads the command line. */
function parse([command = "show", ...words]: readonly string[]): Action {
  const [signer = "", second = "", third = ""] = words;
  if (command === "show" && words.length === 0) return { signer: "alice", perform: show };
  if (command === "transfer" && words.length === 3) return { signer, perform: (contracts, devnet) => transfer(contracts, accountNamed(devnet, second), third) };
  if (command === "claim" && words.length === 2) return { signer, perform: (contracts) => claimAll(contracts, second) };
  throw new Error(usage);
}

async function run(words: readonly string[]): Promise<void> {
  const action = parse(words);
  const folder = env.DEVNET ?? fileURLToPath(new URL("../../../../../run", import.meta.url));
  const devnet = await readDevnet(folder);
  const contracts = await connect(devnet, await readDeployment(folder), accountNamed(devnet, action.signer));
  await action.perform(contracts, devnet).finally(contracts.disconnect);
}

// Whoever reads the output may have seen enough, as `| head` has.
stdout.on("error", () => exit(0));

run(argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
