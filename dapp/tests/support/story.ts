// What happens on the chain before the page is looked at: two DataNets, contributions, a model with an adapter, paid calls, two settled
// rounds. All of it through real messages; only the scores are made up, since measuring is the operators' business.
import { ExtendedSecp256k1Signature, Secp256k1, stringToPath } from "@cosmjs/crypto";
import { fromHex, toBase64, toHex } from "@cosmjs/encoding";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { writeFileSync } from "node:fs";
import type { Openable, Round } from "../../../schema/attribution.ts";
import type { Datanet, NewDatanet } from "../../../schema/datanet.ts";
import type { Model, NewModel } from "../../../schema/model.ts";
import type { ContractEvent } from "../../src/chain/sender.ts";
import { message, sendOpen } from "../../src/chain/messages.ts";
import { contributionCommitment, type DigestedItem, digestItem, itemsRoot, voucherDigest } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor, until } from "./actor.ts";
import { accountsFile, deployed, devnet, rulesBytes } from "./devnet.ts";

const { open_token: token, datanet, model, attribution, settlement } = deployed;
const open = 1_000_000n;
const bond = 5n * open;
const operatorBond = 100n * open;

/** Everybody in the story, and the rules. */
export interface Cast {
  readonly rules: Rules;
  /** Owns DataNets and models, serves them, reviews. */
  readonly alice: Actor;
  readonly bob: Actor;
  readonly carol: Actor;
  readonly governance: Actor;
  /** Pays for calls. */
  readonly faucet: Actor;
}

/** Brings them together. */
export async function cast(): Promise<Cast> {
  const [rules, alice, bob, carol, governance, faucet] = await Promise.all([
    Rules.from(new Uint8Array(rulesBytes())), Actor.named("alice"), Actor.named("bob"), Actor.named("carol"), Actor.named("governance"), Actor.named("faucet"),
  ]);
  return { rules, alice, bob, carol, governance, faucet };
}

/** Makes accounts that the chain has never seen, and gives them coins and OPEN: tests that send at the same time need accounts of their own. */
export async function makeAccounts(cast: Cast, names: readonly string[]): Promise<void> {
  const made = await Promise.all(
    names.map(async (name) => {
      const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: "wasm", hdPaths: [stringToPath("m/44'/118'/0'/0/0")] });
      const [account] = await wallet.getAccounts();
      return { name, mnemonic: wallet.mnemonic, address: account?.address ?? "" };
    }),
  );
  writeFileSync(accountsFile, JSON.stringify(made, null, 1));
  for (const { address } of made) await cast.faucet.sendCoins(address, 10n ** 12n);
  await cast.faucet.send(...made.map(({ address }) => message(token, "open_token", "transfer", { recipient: address, amount: (1_000_000n * open).toString() }, "give")));
}

/** An attribute of the first event of a type. */
export function attribute(events: readonly ContractEvent[], type: string, name: string): string {
  const value = events.find((event) => event.type === type)?.attributes[name];
  if (value === undefined) throw new Error(`no ${type} with ${name} among ${events.map((event) => event.type).join(", ")}`);
  return value;
}

/** Rules of a DataNet. */
export function newDatanet(name: string, admission: NewDatanet["admission"], curators: string[], description: string): NewDatanet {
  return { name, description, admission, bond: bond.toString(), commits_per_day: 100, curators, licence: "CC-BY-4.0", media: "text/plain", min_influence_share: 1000, schema: "one sentence" };
}

function newModel(cast: Cast, name: string, parents: NewModel["parents"], method: string): NewModel {
  const withParents = parents.length > 0;
  return {
    name, kind: withParents ? "adapter" : "base", parents, method, gateway: cast.alice.address, curators: [cast.bob.address],
    prices: [{ name: "standard", per_call: "20000" }, { name: "long", per_call: "50000" }],
    stake: { name: `${name} stake`, symbol: withParents ? "OPTA" : "OPTB", owner: 5000, contributors: 3000, work: 2000 },
    terms: { cap: (10n ** 15n).toString(), influence: withParents ? 5000 : 7500, owner: 2000, parents: withParents ? 2500 : 0, release_rate: 8000, stake: 500 },
  };
}

const method = {
  name: "story/v1", bond: operatorBond.toString(), missed_penalty: open.toString(), commit_period: "8", reveal_period: "8", min_pool: "1", validation_per_round: "2",
  min_effective_queries: 2, spec_hash: "00".repeat(32), tolerance: "100000", z_tenths: 20,
};

/** Registers the method, admits operators, and makes both DataNets. */
export async function found(cast: Cast): Promise<{ method: string; sentences: string; notes: string }> {
  const { governance, alice, carol, bob, faucet } = cast;
  const operators = [bob, carol, faucet];
  const [registered, made] = await Promise.all([
    governance.send(message(attribution, "attribution", "register_method", method, "register")),
    alice.send(
      message(datanet, "datanet", "create_datanet", newDatanet("Sentences", { open: {} }, [carol.address], "Plain sentences about light and optics, in English."), "create"),
      message(datanet, "datanet", "create_datanet", newDatanet("Reviewed notes", { reviewed: { reviewers: [carol.address, alice.address], threshold: 1 } }, [carol.address], "Notes on experiments, read by reviewers before they count."), "create"),
    ),
  ]);
  const id = attribute(registered, "method_registered", "method");
  await governance.send(...operators.map((one) => message(attribution, "attribution", "admit_operator", { method: id, operator: one.address }, "admit")));
  await Promise.all(operators.map((one) => one.send(sendOpen(token, attribution, operatorBond, { bond: { method: id } }, "bond"))));
  const ids = made.filter((event) => event.type === "datanet_created").map((event) => event.attributes["datanet"] ?? "");
  return { method: id, sentences: ids[0] ?? "", notes: ids[1] ?? "" };
}

/** Commits and reveals texts as one contribution; returns its id. */
export async function contribute(cast: Pick<Cast, "rules">, by: Actor, to: string, texts: readonly string[]): Promise<string> {
  const { contribution, items, root, salt } = await commit(cast, by, to, texts);
  const bytes = items.reduce((total, item) => total + item.canonical.length / 2, 0);
  const revealed = { bytes: String(bytes), item_count: String(items.length), items_root: root, kind: "data" as const, licence: "CC-BY-4.0", payees: [], salt, uri: `https://example.org/${contribution}` };
  await by.send(message(datanet, "datanet", "reveal", { contribution, revealed }, "reveal"));
  return contribution;
}

/** Commits texts, and reveals nothing yet. */
export async function commit(cast: Pick<Cast, "rules">, by: Actor, to: string, texts: readonly string[]): Promise<{ contribution: string; items: readonly DigestedItem[]; root: string; salt: string }> {
  const items = texts.map((text) => digestItem(cast.rules, { text }));
  const root = itemsRoot(cast.rules, items.map((item) => item.digest));
  const salt = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const commitment = contributionCommitment(cast.rules, { domain: [devnet.chain_id, datanet], datanet: to, contributor: by.address, items_root: root, salt });
  const committed = await by.send(sendOpen(token, datanet, bond, { commit: { datanet: to, commitment } }, "commit"));
  return { contribution: attribute(committed, "contribution_committed", "contribution"), items, root, salt };
}

/** Makes the base model from contributions, with a version and approved validation examples, and an adapter of it. */
export async function makeModels(cast: Cast, of: { method: string; sentences: string }, contributions: readonly string[]): Promise<{ base: string; adapter: string }> {
  const { alice, bob, carol } = cast;
  const created = await alice.send(message(model, "model", "create_model", newModel(cast, "optics-1", [], of.method), "create"));
  const base = attribute(created, "model_created", "model");
  const { root, version } = await alice.ask<Datanet>(datanet, { datanet: { datanet: of.sentences } });
  const manifest = {
    left_out: toBase64(new Uint8Array(Math.ceil(contributions.length / 8))), positions: contributions.length, trained_on: [{ datanet: of.sentences, root, version }],
    training_hash: "11".repeat(32), weights_hash: "22".repeat(32), uri: "https://example.org/weights", work: [{ account: bob.address, kind: "compute" as const, share: 2500 }],
  };
  const examples = { count: "40", model: base, root: "33".repeat(32), uri: "https://example.org/validation" };
  const adapted = await alice.send(
    message(model, "model", "append_contributions", { contributions: [...contributions], model: base }, "append"),
    message(model, "model", "register_version", { manifest, model: base }, "register"),
    message(model, "model", "propose_validation", examples, "propose"),
    message(model, "model", "create_model", newModel(cast, "optics-1-letters", [{ model: base, share: 10_000 }], of.method), "create"),
  );
  const on = (on_behalf: { model: object } | { datanet: { contribution: string } }) => message(model, "model", "approve_validation", { model: base, on_behalf: on_behalf as { model: Record<string, never> }, root: examples.root }, "approve");
  await Promise.all([bob.send(on({ model: {} })), carol.send(on({ datanet: { contribution: contributions[0] ?? "" } }))]);
  return { base, adapter: attribute(adapted, "model_created", "model") };
}

/** A payer's channel, and the key of its vouchers. */
export interface PaidChannel {
  readonly channel: string;
  readonly key: Uint8Array;
  paid: bigint;
}

/** Opens a channel of the faucet's account. */
export async function openChannel(cast: Cast, of: string): Promise<PaidChannel> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const { pubkey } = Secp256k1.makeKeypair(key);
  const inside = { open_channel: { model: of, voucher_key: toBase64(Secp256k1.compressPubkey(pubkey)) } };
  const opened = await cast.faucet.send(sendOpen(token, settlement, 1_000n * open, inside, "open"));
  return { channel: attribute(opened, "channel_opened", "channel"), key, paid: 0n };
}

/** Redeems a voucher over so much more, in the current epoch; returns that epoch. */
export async function pay(cast: Cast, channel: PaidChannel, amount: bigint): Promise<bigint> {
  const epoch = await cast.alice.ask<string>(settlement, { current_epoch: {} });
  channel.paid += amount;
  const head = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const voucher = { channel: channel.channel, epoch, cumulative: channel.paid.toString(), head };
  const digest = voucherDigest(cast.rules, { domain: [devnet.chain_id, settlement], ...voucher });
  const signed = ExtendedSecp256k1Signature.fromFixedLength(Secp256k1.createSignature(fromHex(digest), channel.key).toFixedLength());
  const signature = toBase64(Uint8Array.from([...signed.r(32), ...signed.s(32)]));
  await cast.alice.send(message(settlement, "settlement", "redeem", { vouchers: [{ ...voucher, signature }] }, "redeem"));
  return BigInt(epoch);
}

/** A score and its error, in 10^-9. */
export interface Said {
  readonly score: number;
  readonly error: number;
}

/** Plays a round of fees from its opening to its settlement; operators say the same up to a little. `meanwhile` begins once it is open. */
export async function settle(cast: Cast, of: string, scores: readonly Said[], meanwhile: () => Promise<unknown> = async () => undefined): Promise<string> {
  const { alice, bob, carol, faucet, rules } = cast;
  await redemptionEnds(cast, of);
  await until("the round can open", async () => "range" in (await alice.ask<object>(attribution, { openable: { model: of } })));
  const opened = await alice.send(message(attribution, "attribution", "open", { model: of }, "open"));
  const id = attribute(opened, "round_opened", "round");
  const round = await alice.ask<Round>(attribution, { round: { model: of, round: id } });
  const reports = [bob, carol, faucet].map((operator, index) => {
    const entries = scores.map(({ score, error }) => ({ score: score + index * 1_000, error: error + index * 500 }));
    const salt = toHex(crypto.getRandomValues(new Uint8Array(32)));
    const said = rules.ask<{ commitment: string; entries: string; unresolved: string }>("report_commitment", {
      domain: [devnet.chain_id, attribution], inputs: round.inputs, operator: operator.address, salt, report: { entries, reach: "900000000", redemptions: round.redemptions, unresolved: [] },
    });
    return { operator, salt, said };
  });
  const at = { model: of, round: id };
  await Promise.all(reports.map(({ operator, said }) => operator.send(message(attribution, "attribution", "commit", { ...at, commitment: said.commitment }, "commit"))));
  await Promise.all([windowEnds(cast, of, id), meanwhile()]);
  const report = ({ said }: (typeof reports)[number]) => ({ vector: { entries: base64(said.entries), reach: "900000000", unresolved: base64(said.unresolved) } });
  await Promise.all(reports.map((one) => one.operator.send(message(attribution, "attribution", "reveal", { ...at, report: report(one), salt: one.salt }, "reveal"))));
  await windowEnds(cast, of, id);
  await alice.send(message(attribution, "attribution", "aggregate", at, "aggregate"), message(attribution, "attribution", "advance", at, "advance"));
  return id;
}

/** A redemption ends once its time is over and a message of a later epoch was followed by blocks: a tick, where nobody else acts. */
async function redemptionEnds(cast: Cast, of: string): Promise<void> {
  const openable = await cast.alice.ask<Openable>(attribution, { openable: { model: of } });
  if (!("redeemable" in openable)) return;
  const end = parseInt(openable.redeemable.until, 10);
  await until("the redemption is over", async () => (await cast.alice.now()) > end);
  await cast.alice.send(message(settlement, "settlement", "tick", {}, "tick"));
}

function base64(hexDigits: string): string {
  return toBase64(fromHex(hexDigits));
}

async function windowEnds(cast: Cast, of: string, round: string): Promise<void> {
  const { window_ends_at } = await cast.alice.ask<Round>(attribution, { round: { model: of, round } });
  await until("the window ends", async () => (await cast.alice.now()) > parseInt(window_ends_at, 10));
}

/** Waits for the next epoch of settlement. */
export async function nextEpoch(cast: Cast): Promise<void> {
  const epoch = await cast.alice.ask<string>(settlement, { current_epoch: {} });
  await until("the next epoch", async () => (await cast.alice.ask<string>(settlement, { current_epoch: {} })) !== epoch);
}

/** The model as the chain has it. */
export function modelOf(cast: Cast, id: string): Promise<Model> {
  return cast.alice.ask<Model>(model, { model: { model: id } });
}
