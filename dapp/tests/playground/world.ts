// A DataNet of texts on the devnet, a language model that `oracle train` made of them, and its gateway, `oracle serve`. Made once per devnet; the gateway runs while tests do.
import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { Secp256k1 } from "@cosmjs/crypto";
import { fromHex, toHex } from "@cosmjs/encoding";
import type { NewDatanet } from "../../../schema/datanet.ts";
import type { NewModel, VersionManifest } from "../../../schema/model.ts";
import { type Message, message, sendOpen } from "../../src/chain/messages.ts";
import type { ContractEvent } from "../../src/chain/sender.ts";
import { accountOf } from "../../src/pay/keys.ts";
import { contributionCommitment, digestItem, itemsRoot } from "../../src/rules/calls.ts";
import type { Actor } from "../support/actor.ts";
import { until } from "../support/actor.ts";
import { deployed, devnet, folder } from "../support/devnet.ts";
import { cast, type Cast } from "../support/story.ts";

const { open_token: token, datanet, model, attribution } = deployed;
const open = 1_000_000n;
const bond = 5n * open;
const operatorBond = 100n * open;
const file = join(folder, "playground.json");
const objects = join(folder, "playground-objects");

/** Name of the model. */
export const modelName = "endings";

/** A model that learns in seconds. */
const small = [
  "--vocab", "320", "--hidden", "24", "--layers", "1", "--heads", "2", "--kv-heads", "1", "--intermediate", "48", "--block-length", "1024", "--answer-tokens", "900", "--epochs", "20", "--batch", "4",
  "--learning-rate", "0.01",
];

/** Two subjects: the words of each, and what follows them. */
const topics = [
  { words: "ray beam prism lens glass colour violet red shadow mirror angle sine lamp wave sun eye".split(" "), ending: " bends in water" },
  { words: "hen cow barn hay mill plough goat field cart fence pig trough duck pond oats mule".split(" "), ending: " sleeps till dawn" },
] as const;

/** What the making left. */
export interface World {
  readonly model: string;
  readonly datanet: string;
  readonly contributions: readonly string[];
  readonly home: string;
  readonly port: number;
  /** Account of the gateway. */
  readonly gateway: string;
}

/** Makes the world, or finds the one that was made on this devnet. */
export async function world(): Promise<World> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as World;
  const all = await cast();
  const gateway = await makeHome(all);
  const method = await makeMethod(all);
  const net = attribute(await all.alice.send(message(datanet, "datanet", "create_datanet", newDatanet(all), "create")), "datanet_created", "datanet");
  const contributions = [await contribute(all, all.bob, net, 0), await contribute(all, all.carol, net, 1)];
  const manifest = await train(gateway.home, net);
  const made = { ...gateway, datanet: net, contributions, model: await makeModel(all, { method, net, gateway: gateway.gateway, contributions, manifest }) };
  writeFileSync(file, JSON.stringify(made, null, 1));
  return made;
}

/** Starts the gateway; resolves with how to end it, once it serves the model. */
export async function serving({ home, port }: World): Promise<() => Promise<void>> {
  const log = openSync(join(home, "log"), "a");
  const child = spawn(oracle(), ["serve", "--home", home], { stdio: ["ignore", log, log] });
  closeSync(log);
  let ended = false;
  const end = new Promise<void>((over) => child.once("exit", () => { ended = true; over(); }));
  await until("the gateway serves", async () => {
    if (ended) throw new Error(`the gateway has ended: see ${join(home, "log")}`);
    return fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false);
  });
  return async () => {
    child.kill("SIGTERM");
    await end;
  };
}

/** The program. */
function oracle(): string {
  return process.env["ORACLE"] ?? resolve(import.meta.dirname, "../../../target/debug/oracle");
}

async function said(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(oracle(), args, { maxBuffer: 1 << 26 })).stdout;
}

/** The gateway's home, with a key and an account of its own that can pay for transactions and bonds. */
async function makeHome({ alice, faucet }: Cast): Promise<{ home: string; port: number; gateway: string }> {
  const home = join(folder, "playground-gateway");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const key = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const keyFile = join(home, "key");
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
  const gateway = accountOf(toHex(Secp256k1.compressPubkey(Secp256k1.makeKeypair(fromHex(key)).pubkey)), "wasm");
  const [port, metrics] = [await freePort(), await freePort()];
  const set = {
    "chain.rpc": devnet.rpc, "chain.chain_id": devnet.chain_id, "chain.deployment": resolve(folder, "deployment.json"), "chain.block_poll": "0.5", "key.key_file": resolve(keyFile), "objects.url": resolve(objects),
    "http.listen": `127.0.0.1:${metrics}`, "serve.listen": `127.0.0.1:${port}`, "serve.correction_wait": "4", "serve.per_second": "1000",
  };
  await said("init", "--home", home, ...Object.entries(set).flatMap(([name, value]) => ["--set", `${name}=${value}`]));
  await faucet.sendCoins(gateway, 100_000_000n);
  await alice.send(message(token, "open_token", "transfer", { recipient: gateway, amount: (20n * bond).toString() }, "transfer"));
  return { home, port, gateway };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The method of language models, and three operators of it. */
async function makeMethod({ governance, bob, carol, faucet }: Cast): Promise<string> {
  const operators = [bob, carol, faucet];
  const params = {
    name: "ekfac/1", bond: operatorBond.toString(), missed_penalty: open.toString(), commit_period: "8", reveal_period: "8", min_pool: "1", validation_per_round: "2", min_effective_queries: 2,
    spec_hash: "00".repeat(32), tolerance: "100000", z_tenths: 20,
  };
  const method = attribute(await governance.send(message(attribution, "attribution", "register_method", params, "register")), "method_registered", "method");
  await governance.send(...operators.map((one) => message(attribution, "attribution", "admit_operator", { method, operator: one.address }, "admit")));
  await Promise.all(operators.map((one) => one.send(sendOpen(token, attribution, operatorBond, { bond: { method } }, "bond"))));
  return method;
}

function newDatanet({ carol }: Cast): NewDatanet {
  return { name: "Endings", description: "What follows some words.", admission: { open: {} }, bond: bond.toString(), commits_per_day: 100, curators: [carol.address], licence: "CC-BY-4.0", media: "text/plain", min_influence_share: 1000, schema: "a prompt and its answer" };
}

/** Publishes, commits and reveals texts of a topic. */
async function contribute({ rules }: Cast, by: Actor, to: string, topic: 0 | 1): Promise<string> {
  const items = textsOf(topic).map((text) => digestItem(rules, { text }));
  const root = itemsRoot(rules, items.map((item) => item.digest));
  mkdirSync(join(objects, "items"), { recursive: true });
  writeFileSync(join(objects, "items", `${root}.json`), JSON.stringify(items.map((item) => item.canonical)));
  const salt = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const commitment = contributionCommitment(rules, { domain: [devnet.chain_id, datanet], datanet: to, contributor: by.address, items_root: root, salt });
  const contribution = attribute(await by.send(sendOpen(token, datanet, bond, { commit: { datanet: to, commitment } }, "commit")), "contribution_committed", "contribution");
  const bytes = items.reduce((total, item) => total + item.canonical.length / 2, 0);
  const revealed = { bytes: String(bytes), item_count: String(items.length), items_root: root, kind: "data" as const, licence: "CC-BY-4.0", payees: [], salt, uri: `published:items/${root}` };
  await by.send(message(datanet, "datanet", "reveal", { contribution, revealed }, "reveal"));
  return contribution;
}

/** 24 prompts of seven words of the topic, no two alike, each with its ending; the same every time. */
function textsOf(topic: 0 | 1): readonly string[] {
  const { words, ending } = topics[topic];
  const word = (seed: number) => words[seed % words.length] ?? "";
  return Array.from({ length: 24 }, (_, item) => `${Array.from({ length: 7 }, (_, place) => word(item * 7 + place * (item % 5 + 1) + place * place)).join(" ")}\u001f${ending}`);
}

/** `oracle train` and `oracle publish`: the manifest of the version. */
async function train(home: string, net: string): Promise<VersionManifest> {
  const out = join(folder, "playground-model");
  await said("train", "--json", "--home", home, "--datanet", net, "--out", out, ...small);
  await said("publish", "--json", "--model", out, "--published", objects);
  return { ...(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as VersionManifest), uri: "published:weights" };
}

interface Making {
  readonly method: string;
  readonly net: string;
  readonly gateway: string;
  readonly contributions: readonly string[];
  readonly manifest: VersionManifest;
}

/** The model with its version and prices, the DataNet of its corrections, and validation examples. */
async function makeModel({ alice, bob, carol }: Cast, { method, net, gateway, contributions, manifest }: Making): Promise<string> {
  const made: NewModel = {
    name: modelName, kind: "base", parents: [], method, gateway, curators: [bob.address], stake: { name: "Endings stake", symbol: "ENDS", owner: 5000, contributors: 3000, work: 2000 },
    prices: [{ name: "standard", per_call: "10000", per_1000_in: "50000", per_1000_out: "100000" }, { name: "priority", per_call: "20000", per_1000_in: "100000", per_1000_out: "200000" }],
    terms: { cap: (10n ** 15n).toString(), influence: 7500, owner: 2000, parents: 0, release_rate: 8000, stake: 500 },
  };
  const id = attribute(await alice.send(message(model, "model", "create_model", made, "create")), "model_created", "model");
  const examples = { count: "40", model: id, root: "33".repeat(32), uri: "https://example.org/validation" };
  const messages: Message[] = [
    message(model, "model", "append_contributions", { contributions: [...contributions], model: id }, "append"),
    message(model, "model", "register_version", { manifest, model: id }, "register"),
    message(model, "model", "set_corrections", { datanet: net, model: id }, "corrections"),
    message(model, "model", "propose_validation", examples, "propose"),
  ];
  await alice.send(...messages);
  await bob.send(message(model, "model", "approve_validation", { model: id, on_behalf: { model: {} }, root: examples.root }, "approve"));
  await carol.send(message(model, "model", "approve_validation", { model: id, on_behalf: { datanet: { contribution: contributions[0] ?? "" } }, root: examples.root }, "approve"));
  return id;
}

function attribute(events: readonly ContractEvent[], type: string, name: string): string {
  const value = events.find((event) => event.type === type)?.attributes[name];
  if (value === undefined) throw new Error(`no ${type} with ${name} among ${events.map((event) => event.type).join(", ")}`);
  return value;
}

