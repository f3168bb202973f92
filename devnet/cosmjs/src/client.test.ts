// Runs against the devnet whose folder DEVNET names, with contracts deployed. What needs a model that earned is skipped on a bare deployment.
import assert from "node:assert/strict";
import { env } from "node:process";
import { after, before, test } from "node:test";
import { claim, claimablePositions } from "./claim.js";
import { type Account, type Devnet, readDeployment, readDevnet } from "./devnet.js";
import { connect, type Contracts } from "./open.js";
import { balance, claimable, inOpen, ledger, models, rounds } from "./read.js";

const folder = env.DEVNET;
if (!folder) throw new Error("set DEVNET to the folder of a devnet with contracts, as scripts/test-cosmjs does");

let devnet: Devnet;
let contracts: Contracts;

/** The test account with the most OPEN. */
async function richest(): Promise<{ account: Account; uopen: bigint }> {
  const reader = await connect(devnet, await readDeployment(folder as string), devnet.accounts[0] as Account);
  const held = await Promise.all(devnet.accounts.map(async (account) => ({ account, uopen: await balance(reader, account.address) })));
  reader.disconnect();
  return held.reduce((best, one) => (one.uopen > best.uopen ? one : best));
}

before(async () => {
  devnet = await readDevnet(folder);
  contracts = await connect(devnet, await readDeployment(folder), (await richest()).account);
});

after(() => contracts?.disconnect());

test("the contracts know one another", async () => {
  const settlement = await contracts.settlement.query("config", {});
  const attribution = await contracts.attribution.query("config", {});
  assert.equal(settlement.attribution, contracts.attribution.address);
  assert.equal(settlement.datanet, contracts.datanet.address);
  assert.equal(attribution.model, contracts.model.address);
  assert.equal(attribution.chain_id, devnet.chainId);
});

test("models and their rounds are listed", async () => {
  for (const model of await models(contracts)) {
    for (const round of await rounds(contracts, model.id)) assert.equal(round.model, model.id);
    assert.equal((await contracts.model.query("model", { model: model.id })).name, model.name);
  }
});

test("a transfer of OPEN moves exactly its amount", async () => {
  const to = devnet.accounts.find((account) => account.address !== contracts.sender) as Account;
  const [from_before, to_before] = [await balance(contracts, contracts.sender), await balance(contracts, to.address)];
  const done = await contracts.token.execute(contracts.sender, "transfer", { recipient: to.address, amount: "1500000" });
  assert.ok(done.height > 0 && done.gasUsed > 0n);
  assert.equal(await balance(contracts, contracts.sender), from_before - 1_500_000n);
  assert.equal(await balance(contracts, to.address), to_before + 1_500_000n);
});

test("a transfer of more than there is says why it is refused", async () => {
  const amount = ((await balance(contracts, contracts.sender)) + 1n).toString();
  const recipient = contracts.settlement.address;
  await assert.rejects(contracts.token.execute(contracts.sender, "transfer", { recipient, amount }), /[Oo]verflow|insufficient/);
});

test("a query of a model that does not exist says so", async () => {
  await assert.rejects(contracts.model.query("model", { model: "4294967296" }), /4294967296/);
});

test("a claim in a model that does not exist is refused with its reason", async () => {
  await assert.rejects(claim(contracts, "4294967296", [0]), /4294967296/);
});

test("a claim pays what the ledger has released, and nothing twice", async (context) => {
  for (const { id } of await models(contracts)) {
    const positions = (await claimablePositions(contracts, id)).slice(0, 100);
    if (positions.length === 0) continue;
    const due = (await ledger(contracts, id)).filter((account) => positions.includes(account.position)).reduce((sum, account) => sum + claimable(account), 0n);
    const held = await balance(contracts, contracts.settlement.address);
    const [done] = await claim(contracts, id, positions);
    context.diagnostic(`model ${id}: claimed ${inOpen(due)} for ${positions.length} positions with ${done?.gasUsed} gas`);
    assert.equal(held - (await balance(contracts, contracts.settlement.address)), due);
    assert.deepEqual((await claimablePositions(contracts, id)).filter((position) => positions.includes(position)), []);
    return;
  }
  context.skip("no model has anything to claim here");
});

test("amounts are shown to the uopen, however large", () => {
  assert.equal(inOpen(1n), "0.000001 OPEN");
  assert.equal(inOpen(-1_500_000n), "-1.500000 OPEN");
  assert.equal(inOpen(9_007_199_254_740_993_000_001n), "9007199254740993.000001 OPEN");
});
