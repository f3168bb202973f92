// A model from nothing to its sale, all of it on the page: terms, contributions, a version from its manifest, corrections, examples, a
// valuation, a new owner. Every step is read back from the chain.
import { toBase64 } from "@cosmjs/encoding";
import type { Datanet } from "../../../schema/datanet.ts";
import type { Round } from "../../../schema/attribution.ts";
import type { Model, PriceSheet, UsedContribution, Version } from "../../../schema/model.ts";
import { message } from "../../src/chain/messages.ts";
import { digestItem, exampleDigest, validationRoot } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";
import { Actor } from "../support/actor.ts";
import { deployed, held, rulesBytes } from "../support/devnet.ts";
import { connect, expect, sendBy, test, visit } from "../support/page.ts";
import { seed } from "../support/seed.ts";
import { attribute, contribute, newDatanet } from "../support/story.ts";

test.use({ holders: ["olga", "kurt", "nils"] });
test.describe.configure({ mode: "serial" });

const examples = [{ text: "What bends light?", stratum: 0 }, { text: "What parts it?", stratum: 1 }, { text: "Who wrote this?", stratum: 1 }];
const examplesFile = { name: "examples.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(examples.map((one) => JSON.stringify(one)).join("\n")) };

let rules: Rules;
let olga: Actor;
let datanet = "";
let contributions: string[] = [];
let model = "";

const read = () => olga.ask<Model>(deployed.model, { model: { model } });

test.beforeAll(async () => {
  rules = await Rules.from(new Uint8Array(rulesBytes()));
  const [owner, kurt] = await Promise.all([Actor.named("olga"), Actor.named("kurt")]);
  olga = owner;
  const made = await olga.send(message(deployed.datanet, "datanet", "create_datanet", newDatanet("Poems", { open: {} }, [held("nils").address], "Short poems."), "create"));
  datanet = attribute(made, "datanet_created", "datanet");
  contributions = [await contribute({ rules }, kurt, datanet, ["Light, my light."]), await contribute({ rules }, kurt, datanet, ["Tyger, tyger, burning bright."])];
});

test("it is created with the terms, prices and stake that were typed", async ({ page, site }) => {
  await visit(page, site, "/");
  await connect(page);
  await page.getByTestId("new-model").click();
  await expect(page.getByTestId("create-model")).toBeDisabled();
  await page.getByTestId("model-name").fill("poet-1");
  await page.getByTestId("model-kind").selectOption("adapter");
  await page.getByTestId("parent-model-0").selectOption(seed().base);
  await page.getByTestId("model-method").selectOption(seed().method);
  await expect(page.getByTestId("model-problem")).toContainText("curators");
  await page.getByTestId("model-curators").fill(held("kurt").address);
  await page.getByTestId("model-influence").fill("62.5");
  await page.getByTestId("model-stake").fill("7");
  await page.getByTestId("model-royalty").fill("90");
  await expect(page.getByTestId("model-owner-part")).toContainText("more than 100 %");
  await page.getByTestId("model-royalty").fill("12,25");
  await expect(page.getByTestId("model-owner-part")).toContainText("18.25 % of a fee stay yours");
  await page.getByTestId("model-release").fill("75");
  await page.getByTestId("model-cap").fill("5000.5");
  await page.getByTestId("price-call-0").fill("0.020001");
  await page.getByTestId("price-written-0").fill("0.3");
  await page.getByTestId("add-price").click();
  await page.getByTestId("price-name-1").fill("standard");
  await expect(page.getByTestId("model-problem")).toContainText("stands twice");
  await page.getByTestId("price-name-1").fill("long");
  await page.getByTestId("stake-name").fill("Poet stake");
  await page.getByTestId("stake-symbol").fill("POET");
  await page.getByTestId("stake-contributors").fill("30");
  await expect(page.getByTestId("stake-owner-part")).toContainText("60.00 %");
  await sendBy(page, page.getByTestId("create-model"));
  await expect(page.getByTestId("screen-title")).toHaveText("poet-1");
  model = page.url().split("/").at(-1) ?? "";
  const made = await read();
  expect(made).toMatchObject({
    name: "poet-1", kind: "adapter", owner: olga.address, gateway: olga.address, method: seed().method, curators: [held("kurt").address], parents: [{ model: seed().base, share: 10_000 }],
    terms: { influence: 6250, stake: 700, parents: 1225, owner: 1825, release_rate: 7500, cap: "5000500000" },
  });
  const { prices } = await olga.ask<PriceSheet>(deployed.model, { price_sheet: { model, version: 1 } });
  expect(prices).toEqual([{ name: "standard", per_call: "20001", per_1000_in: "0", per_1000_out: "300000" }, { name: "long", per_call: "10000", per_1000_in: "0", per_1000_out: "0" }]);
  const owned = await olga.ask<{ balance: string }>(made.stake ?? "", { balance: { address: olga.address } });
  expect(owned.balance).toBe("600000000000");
});

test("what a training learned from gets positions, in its order, and once", async ({ page, site }) => {
  const snapshot = { name: "snapshot.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ contributions: contributions.map((contribution) => ({ datanet, contribution, items_root: "00".repeat(32) })) })) };
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("learned-file").setInputFiles({ ...snapshot, buffer: Buffer.from("{}") });
  await expect(page.getByTestId("append-said")).toContainText("Drop snapshot.json");
  await page.getByTestId("learned-file").setInputFiles(snapshot);
  await expect(page.getByTestId("append-said")).toContainText("2 contributions were learned");
  await sendBy(page, page.getByTestId("append"));
  await expect(page.getByTestId("positions-table-row")).toHaveCount(2);
  await expect(page.getByTestId("positions-table")).toContainText("not measured yet");
  const used = await olga.ask<UsedContribution[]>(deployed.model, { used: { model, page: {} } });
  expect(used).toEqual(contributions.map((contribution, position) => ({ position, contribution })));
  await page.getByTestId("learned-file").setInputFiles(snapshot);
  await expect(page.getByTestId("append-said")).toContainText("uses all 2 of them already");
  await expect(page.getByTestId("append")).toBeDisabled();
});

test("a version is registered from its manifest, once the chain agrees with every part of it", async ({ page, site }) => {
  const { root, version } = await olga.ask<Datanet>(deployed.datanet, { datanet: { datanet } });
  const manifest = { trained_on: [{ datanet, version, root }], positions: 2, left_out: toBase64(new Uint8Array(1)), training_hash: "ab".repeat(32), weights_hash: "cd".repeat(32), uri: "", work: [] };
  const drop = (value: unknown) => page.getByTestId("manifest-file").setInputFiles({ name: "manifest.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(value)) });
  const wrong = page.locator('[data-testid="manifest-check"][data-is="wrong"]');
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("tab-versions").click();
  await drop({ method: "ekfac/1", members: [] });
  await expect(page.getByTestId("manifest-problem")).toContainText("not version.json");
  await drop({ ...manifest, left_out: "" });
  await expect(page.getByTestId("manifest-problem")).toContainText("A bitmap of 2 positions has 1 bytes");
  await drop({ ...manifest, trained_on: [{ datanet, version, root: "00".repeat(32) }] });
  await expect(wrong).toContainText(["another root"]);
  await expect(page.getByTestId("register-version")).toBeDisabled();
  await drop({ ...manifest, positions: 3 });
  await expect(wrong).toContainText(["counts 3 positions and the model has 2"]);
  await drop({ ...manifest, trained_on: [{ datanet, version: "1", root }] });
  await expect(wrong.first()).toBeVisible();
  // Trained before the second was appended: it is left out, unless the owner says otherwise.
  await drop({ ...manifest, positions: 1 });
  await expect(page.getByTestId("manifest-left-out")).toHaveValue("1");
  await expect(page.locator('[data-testid="manifest-check"][data-is="right"]').first()).toContainText("trained on 1 of 2 positions");
  // Trained on files: the manifest names neither DataNets nor positions, and its owner says both.
  await drop({ ...manifest, trained_on: [], positions: 0, left_out: "" });
  await expect(wrong).toContainText(["Name the DataNets"]);
  await page.getByTestId("snapshot-datanet").fill(datanet);
  await page.getByTestId("add-snapshot").click();
  await page.getByTestId("manifest-left-out").fill("0-1");
  await expect(wrong).toContainText(["Every position is left out"]);
  await page.getByTestId("manifest-left-out").fill("1");
  await expect(wrong).toHaveCount(0);
  await page.getByTestId("manifest-uri").fill("s3://weights/poet");
  await page.getByTestId("add-work").click();
  await page.getByTestId("work-account-0").fill(held("kurt").address);
  await page.getByTestId("work-share-0").fill("50");
  await sendBy(page, page.getByTestId("register-version"));
  await expect(page.getByTestId("version-1")).toBeVisible();
  const made = await olga.ask<Version>(deployed.model, { version: { model, number: 1 } });
  expect(made.manifest).toEqual({ ...manifest, left_out: toBase64(Uint8Array.of(2)), uri: "s3://weights/poet", work: [{ account: held("kurt").address, kind: "compute", share: 5000 }] });
  // Half of the reserve for work, which is a tenth of all shares.
  const paid = await olga.ask<{ balance: string }>((await read()).stake ?? "", { balance: { address: held("kurt").address } });
  expect(paid.balance).toBe("50000000000");
  await drop(manifest);
  await expect(page.locator('[data-testid="manifest-check"][data-is="doubtful"]')).toContainText("weights of version 1");
});

test("corrections go where the owner says, or nowhere", async ({ page, site }) => {
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("tab-terms").click();
  await page.getByTestId("corrections-datanet").fill("999999");
  await expect(page.getByTestId("set-corrections")).toBeDisabled();
  await page.getByTestId("corrections-datanet").fill(seed().notes);
  await sendBy(page, page.getByTestId("set-corrections"));
  expect((await read()).corrections).toBe(seed().notes);
  await page.getByTestId("corrections-datanet").fill("");
  await sendBy(page, page.getByTestId("set-corrections"));
  expect((await read()).corrections).toBeNull();
});

test("examples are proposed by their root, and approved by a curator of each side who has the file", async ({ page, site, wallet }) => {
  const root = validationRoot(rules, examples.map(({ text, stratum }) => exampleDigest(rules, digestItem(rules, { text }).digest, stratum)));
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("tab-validation").click();
  await page.getByTestId("examples-file").setInputFiles({ ...examplesFile, buffer: Buffer.from('{"text": "fine"}\n{"text": "no", "stratum": -1}') });
  await expect(page.getByTestId("examples-problem")).toContainText("line 2: a stratum");
  await page.getByTestId("examples-file").setInputFiles(examplesFile);
  await expect(page.getByTestId("examples-root")).toHaveAttribute("data-full", root);
  await sendBy(page, page.getByTestId("propose"));
  expect((await read()).validation.proposal).toMatchObject({ root, count: "3" });

  await wallet.choose("kurt");
  await visit(page, site, "/reviews");
  const proposal = page.getByTestId(`proposal-${model}`);
  await expect(proposal).toContainText("as a curator of the model");
  await proposal.getByTestId("examples-file").setInputFiles({ ...examplesFile, buffer: Buffer.from('{"text": "another"}') });
  await expect(page.getByTestId("examples-same")).toContainText("something else");
  await expect(page.getByTestId(`approve-${model}`)).toBeDisabled();
  await proposal.getByTestId("examples-file").setInputFiles(examplesFile);
  await sendBy(page, page.getByTestId(`approve-${model}`));
  expect((await read()).validation.proposal?.model_curator).toBe(held("kurt").address);

  await wallet.choose("nils");
  await visit(page, site, `/models/${model}`);
  await page.getByTestId("tab-validation").click();
  await expect(proposal).toContainText("as a curator of a DataNet");
  await sendBy(page, page.getByTestId(`approve-${model}`));
  const { validation } = await read();
  expect(validation).toMatchObject({ approved: "3", extensions: 1, proposal: null });
  await expect(page.getByTestId("validation-left")).toHaveText("3");
});

test("a valuation is opened and moved on by whoever looks, though nobody measures", async ({ page, site }) => {
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("tab-rounds").click();
  await sendBy(page, page.getByTestId("open-valuation"));
  const [round] = await olga.ask<Round[]>(deployed.attribution, { rounds: { model, page: {} } });
  expect(round).toMatchObject({ kind: "valuation", phase: "commit" });
  const state = () => olga.ask<Round>(deployed.attribution, { round: { model, round: round?.id } });
  await page.getByTestId(`round-${round?.id}`).click();
  const step = page.getByTestId("round-step");
  await expect(step).toHaveText("End the commits");
  await sendBy(page, step);
  expect((await state()).phase).toBe("reveal");
  await expect(step).toHaveText("Take the medians");
  await sendBy(page, step);
  expect(await state()).toMatchObject({ phase: "closed", outcome: "no_quorum" });
  await expect(page.getByTestId("round-state")).toHaveText("no quorum");
});

test("it is offered to another account, and taken", async ({ page, site, wallet }) => {
  await visit(page, site, `/models/${model}`);
  await connect(page);
  await page.getByTestId("tab-terms").click();
  await page.getByTestId("offer-to").fill(held("nils").address);
  await sendBy(page, page.getByTestId("offer"));
  await expect(page.getByTestId("offered-to")).toBeVisible();
  await wallet.choose("kurt");
  await expect(page.getByTestId("hand-over")).toBeHidden();
  await wallet.choose("nils");
  await sendBy(page, page.getByTestId("accept-offer"));
  expect(await read()).toMatchObject({ owner: held("nils").address, offered_to: null });
  await expect(page.getByTestId("owner-forms")).toBeVisible();
});
