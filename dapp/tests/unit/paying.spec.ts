// What the page checks before it signs: a true receipt, and every way in which it may be false; and how answers and terms are read.
import { Secp256k1 } from "@cosmjs/crypto";
import { fromBase64, fromHex, toHex } from "@cosmjs/encoding";
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { messagesOf, type PaidCall, type Pocket, usualBudget, weigh } from "../../src/pay/books.ts";
import { type Asked, outputIn, requestOf, textOutput } from "../../src/pay/asked.ts";
import { check, digestOf, feeOf, type Sent } from "../../src/pay/check.ts";
import { accountOf, shared, sign } from "../../src/pay/keys.ts";
import { readPixels } from "../../src/pay/pixels.ts";
import { ChainProblem } from "../../src/chain/problems.ts";
import { type PayProblem, payProblemOf, refusal } from "../../src/pay/problems.ts";
import { Gathered } from "../../src/pay/stream.ts";
import { type Charged, network, paymentHeader, readRequired, readSettled } from "../../src/pay/x402.ts";
import { nextHead, outputHash, receiptDigest, salted, seal, servedDigest } from "../../src/rules/calls.ts";
import { Rules } from "../../src/rules/module.ts";

let rules: Rules;
test.beforeAll(async () => {
  rules = await Rules.from(new Uint8Array(readFileSync(new URL("../../public/rules.wasm", import.meta.url))));
});

const domain = ["shop-1", "wasm1settlement"] as const;
const payerKey = "03".repeat(32);
const gatewayKey = "04".repeat(32);
const publicOf = (key: string) => toHex(Secp256k1.compressPubkey(Secp256k1.makeKeypair(fromHex(key)).pubkey));
const price = { name: "standard", per_call: "100", per_1000_in: "50000", per_1000_out: "100000" };

/** A call as an honest gateway charges it. */
function honest(answer = " bends in water"): { sent: Sent; charged: Charged } {
  const prompt = textOutput("the ray of").bytes;
  const output = textOutput(answer);
  const open = { channel: "7", number: 3, cumulative: "40", head: "11".repeat(32), request: "22".repeat(32), salt: "33".repeat(32), priceSheet: 2, price: "standard", ceiling: "5000" };
  const common = shared(payerKey, publicOf(gatewayKey));
  const order = { ...open, seal: seal(rules, { domain, channel: "7", shared: common, digest: digestOf(rules, domain, open) }) };
  const fee = feeOf(rules, price, 10, output.tokens);
  const receipt = receiptDigest(rules, {
    domain, model: "1", version: 4, channel: "7", epoch: "9", number: "3", prompt_hash: salted(rules, open.salt, prompt), output_hash: outputHash(rules, output.bytes),
    tokens_in: "10", tokens_out: String(output.tokens), fee: fee.toString(), price_sheet: 2,
  });
  const head = nextHead(rules, open.head, receipt);
  const made = seal(rules, { domain, channel: "7", shared: shared(gatewayKey, publicOf(payerKey)), digest: servedDigest(rules, digestOf(rules, domain, open), head) });
  const after = { number: 3, sum: (40n + fee).toString(), head };
  return {
    sent: { domain, model: "1", order, price, prompt, output, epochs: [8n, 10n], shared: common },
    charged: { commitment: head, chargedAmount: fee.toString(), receiptId: "7-3", version: 4, epoch: 9, number: 3, tokensIn: 10, tokensOut: output.tokens, priceSheet: 2, after, seal: made },
  };
}

test("a true receipt leads to where the channel stands, and both sides derive one key", () => {
  const { sent, charged } = honest();
  expect(check(rules, sent, charged)).toEqual(charged.after);
  expect(charged.chargedAmount).toBe((100n + (10n * 50_000n + 15n * 100_000n + 999n) / 1000n).toString());
});

test("every way in which a receipt can be false is found, and nothing is signed", () => {
  const { charged } = honest();
  const lies: readonly (readonly [string, Partial<Charged>])[] = [
    ["number or price sheet", { number: 4 }],
    ["number or price sheet", { priceSheet: 3 }],
    ["number or price sheet", { receiptId: "7-2" }],
    ["tokens", { tokensIn: 11 }],
    ["tokens", { tokensOut: 16 }],
    ["fee", { chargedAmount: (BigInt(charged.chargedAmount) + 1n).toString() }],
    ["epoch", { epoch: 7 }],
    ["epoch", { epoch: 11 }],
    ["head or sum", { version: 5 }],
    ["head or sum", { epoch: 8 }],
    ["head or sum", { commitment: "44".repeat(32) }],
    ["head or sum", { after: { ...charged.after, sum: "1" } }],
    ["head or sum", { after: { ...charged.after, head: "44".repeat(32) } }],
    ["the gateway's seal", { seal: "44".repeat(32) }],
  ];
  for (const [what, lie] of lies) {
    const { sent, charged: truth } = honest();
    expect(problemOf(() => check(rules, sent, { ...truth, ...lie })), JSON.stringify(lie)).toMatchObject({ kind: "false-receipt", detail: what });
  }
  const other = honest(" bends in oil!!");
  expect(problemOf(() => check(rules, { ...honest().sent, output: other.sent.output }, honest().charged))).toMatchObject({ detail: "head or sum" });
  const dear = honest();
  expect(problemOf(() => check(rules, { ...dear.sent, order: { ...dear.sent.order, ceiling: "10" } }, dear.charged))).toMatchObject({ detail: "fee" });
  expect(problemOf(() => check(rules, { ...dear.sent, shared: "55".repeat(32) }, dear.charged))).toMatchObject({ detail: "the gateway's seal" });
});

test("a signature is compact and in the lower form", () => {
  const half = BigInt("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
  for (let number = 1; number < 20; number += 1) {
    const signature = fromBase64(sign(number.toString(16).padStart(64, "0"), payerKey));
    expect(signature.length).toBe(64);
    expect(BigInt(`0x${toHex(signature.slice(32))}`) <= half).toBe(true);
  }
  expect(accountOf(publicOf(payerKey), "wasm")).toMatch(/^wasm1[a-z0-9]{38}$/);
});

test("a stream gives its text and its charge wherever its bytes are cut", () => {
  const stream = new TextEncoder().encode(
    ['data: {"choices":[{"delta":{"role":"assistant","content":""}}]}', 'data: {"choices":[{"delta":{"content":"é "}}]}', ": alive", 'data: {"choices":[{"text":"🌈"}]}', 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}', ": payment-response eyJ9", "data: [DONE]", ""].join("\n\n"),
  );
  for (let size = 1; size < 60; size += 1) {
    const gathered = new Gathered();
    for (let from = 0; from < stream.length; from += size) gathered.take(stream.slice(from, from + size));
    expect([gathered.text, gathered.settled, gathered.finish, gathered.failure]).toEqual(["é 🌈", "eyJ9", "stop", null]);
  }
  const failed = new Gathered();
  failed.take(new TextEncoder().encode('data: {"error":{"message":"no","code":"internal"}}\n\ndata: nonsense\n'));
  expect(failed.failure).toEqual({ code: "internal", message: "no" });
});

test("requests name the model and the longest answer, and their prompt is what a receipt holds", () => {
  const chat = requestOf(rules, "1", { way: "chat", messages: [{ role: "user", content: "What is light?" }], maxTokens: 8 });
  expect(JSON.parse(chat.body)).toEqual({ model: "1", messages: [{ role: "user", content: "What is light?" }], max_tokens: 8, stream: true });
  expect([chat.path, new TextDecoder().decode(fromHex(chat.prompt)), chat.tokensIn, chat.mostOut]).toEqual(["/v1/chat/completions", "user: What is light?\nassistant:", 31, 128]);
  const image = requestOf(rules, "1", { way: "classify", image: readPixels("0 255\n7,8") });
  expect([image.path, image.prompt, image.mostOut]).toEqual(["/v1/classify", "ff00020002000000ff0708", 1]);
  for (const empty of [{ way: "continue", text: " \n", maxTokens: 1 }, { way: "chat", messages: [], maxTokens: 1 }] satisfies Asked[]) {
    expect(problemOf(() => requestOf(rules, "1", empty))).toMatchObject({ kind: "question", message: "Ask something first." });
  }
  expect(problemOf(() => requestOf(rules, "1", { way: "continue", text: "a\u001fb", maxTokens: 1 })).message).toContain("U+001F");
});

test("images are typed as rows of numbers, and what is none is named", () => {
  expect(readPixels(" 1 2 3\n\n4,5;6 ")).toEqual({ width: 3, height: 2, pixels: [1, 2, 3, 4, 5, 6] });
  for (const [text, said] of [["", "Type an image"], ["1 2\n3", "Row 2 has 1 numbers"], ["1 256", '"256" in row 1'], ["1 -2", '"-2" in row 1'], ["x", '"x" in row 1']] as const) {
    expect(problemOf(() => readPixels(text)).message).toContain(said);
  }
});

test("answers in one piece are read, and what is none is not", () => {
  expect(outputIn("chat", { choices: [{ message: { content: "é" } }] })).toEqual({ text: "é", output: { bytes: "c3a9", tokens: 2 } });
  expect(outputIn("continue", { choices: [{ text: "x" }] })?.text).toBe("x");
  expect(outputIn("classify", { label: 258 })).toEqual({ text: "258", output: { bytes: "0102", tokens: 1 } });
  for (const none of [{}, { label: 65_536 }, { label: 1.5 }, null, "7", { label: "7" }]) expect(outputIn("classify", none)).toBeNull();
  for (const none of [{}, { choices: [] }, { choices: [{ text: 7 }] }]) expect(outputIn("chat", none)).toBeNull();
});

test("the chain is named as CAIP-2 does", () => {
  for (const [id, name] of [["cosmoshub-3", "cosmoshub-3"], ["hashed-", "hashed-c904589232422def"], ["hashed-123", "hashed-99df5cd68192b33e"], ["123456789012345678901234567890123456789012345678", "hashed-0204c92a0388779d"], [" ", "hashed-36a9e7f1c95b82ff"], ["x", "x"]] as const) {
    expect(network(id)).toBe(`cosmos:${name}`);
  }
});

test("headers that are not what they should be are refused with what to do", () => {
  const { charged } = honest();
  const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
  expect(readSettled(header({ success: true, extra: charged })).charged).toEqual(charged);
  expect(readSettled(header({ success: false }))).toEqual({ success: false, charged: null });
  for (const [value, field] of [[{ ...charged, chargedAmount: 7 }, "chargedAmount"], [{ ...charged, epoch: "9" }, "epoch"], [{ ...charged, seal: "12" }, "seal"], [{ ...charged, number: -1 }, "number"], [{ ...charged, after: { ...charged.after, sum: "0x1" } }, "sum"], [7, "extra"]] as const) {
    const problem = problemOf(() => readSettled(header({ success: true, extra: value })));
    expect(problem).toMatchObject({ kind: "terms" });
    expect(problem.detail).toContain(field);
  }
  for (const bad of ["@", "", header(7), "A".repeat(20_000)]) expect(problemOf(() => readRequired(bad))).toMatchObject({ kind: "terms" });
  const sent = JSON.parse(Buffer.from(paymentHeader({ scheme: "x" }, honest().sent.order, null), "base64").toString()) as { payload: object };
  expect(sent).toMatchObject({ x402Version: 2, accepted: { scheme: "x" }, payload: { order: { channel: "7", number: 3, priceSheet: 2 } } });
  expect(sent.payload).not.toHaveProperty("voucher");
});

test("the budget of a call and of a day holds, with what is under way counted as spent", () => {
  const budget = { perCall: "5", perDay: "9" };
  const under = { pending: { order: { ceiling: "3" } } } as Pocket;
  weigh(5n, [], { fees: "4" }, budget);
  weigh(5n, [under], { fees: "1" }, budget);
  expect(problemOf(() => weigh(6n, [], undefined, budget))).toMatchObject({ kind: "budget" });
  expect(problemOf(() => weigh(5n, [], { fees: "5" }, budget)).message).toContain("a day");
  expect(problemOf(() => weigh(5n, [under], { fees: "2" }, budget))).toMatchObject({ kind: "budget" });
  weigh(BigInt(usualBudget.perCall), [], undefined, usualBudget);
});

test("a conversation goes on with its own messages alone", () => {
  const call = (thread: number, way: "chat" | "continue", text: string) => ({ way, question: { text, thread }, answer: `${text}!` }) as PaidCall;
  const calls = [call(0, "chat", "old"), call(1, "chat", "a"), call(1, "continue", "b"), call(1, "chat", "c")];
  expect(messagesOf(calls, 1)).toEqual([{ role: "user", content: "a" }, { role: "assistant", content: "a!" }, { role: "user", content: "c" }, { role: "assistant", content: "c!" }]);
});

test("what a gateway refuses is told as a sentence", () => {
  expect(refusal(429, "rate_limit_exceeded", "x")).toMatchObject({ kind: "busy" });
  expect(refusal(400, "context_length_exceeded", "the prompt has 9 tokens").message).toBe("The gateway says: The prompt has 9 tokens.");
  expect(refusal(402, "payment_required", "channel 7 is closing: open another one")).toMatchObject({ kind: "refused" });
});

test("without the chain a call waits, and other errors are told in their own words", () => {
  expect(payProblemOf(new ChainProblem("unreachable", "The chain does not answer."))).toMatchObject({ kind: "unreachable", message: "The chain does not answer." });
  expect(payProblemOf(new ChainProblem("contract", "There is no such channel."))).toMatchObject({ kind: "refused" });
  expect(payProblemOf(new Error("it broke"))).toMatchObject({ kind: "refused", message: "It broke." });
});

function problemOf(work: () => unknown): PayProblem {
  try {
    work();
  } catch (error) {
    return error as PayProblem;
  }
  throw new Error("nothing was wrong");
}
