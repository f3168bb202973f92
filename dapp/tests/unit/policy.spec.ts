// What the page may reach: itself, its node, and the gateways that it is set to; nothing else.
import { expect, test } from "@playwright/test";
import { policy } from "../../serve.mjs";

const chain = { rpc: "http://127.0.0.1:26657", rest: "http://127.0.0.1:1317/" };

/** The hosts that a policy lets the page reach. */
function reached(gateways?: Readonly<Record<string, string>>): readonly string[] {
  const rule = policy({ chain, ...(gateways && { gateways }) }).split("; ").find((one) => one.startsWith("connect-src "));
  return (rule ?? "").split(" ").slice(1);
}

test("the page reaches its node and its gateways, each once, and no other host", () => {
  expect(reached()).toEqual(["'self'", "http://127.0.0.1:26657", "http://127.0.0.1:1317"]);
  expect(reached({ 1: "https://gateway.example/v1/", 2: "https://gateway.example:444", 3: "https://gateway.example" })).toEqual(["'self'", "http://127.0.0.1:26657", "http://127.0.0.1:1317", "https://gateway.example", "https://gateway.example:444"]);
  expect(policy({ chain })).toContain("default-src 'none'");
  expect(policy({ chain })).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
});
