// A node in front of the real one: some questions it answers itself, all others are passed on.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { devnet } from "./devnet.ts";

/** A call as pages make them. */
export interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** Answers some calls; null for those that are the real node's. */
export type Own = (call: Call) => object | null;

/** Serves until it is closed. */
export async function serveBetween(own: Own): Promise<{ rpc: string; close: () => void }> {
  const one = async (call: Call): Promise<object> => {
    const result = own(call);
    return result ? { jsonrpc: "2.0", id: call.id, result } : ((await passOn(call)) as object);
  };
  const server = createServer((request, response) => void answer(request, response, one));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { rpc: `http://127.0.0.1:${port}`, close: () => { server.close(); server.closeAllConnections(); } };
}

async function answer(request: IncomingMessage, response: ServerResponse, one: (call: Call) => Promise<object>): Promise<void> {
  const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "content-type": "application/json" };
  if (request.method === "OPTIONS") return void response.writeHead(204, headers).end();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const asked = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
  const answered = Array.isArray(asked) ? await Promise.all(asked.map(one)) : await one(asked);
  response.writeHead(200, headers).end(JSON.stringify(answered));
}

async function passOn(call: Call): Promise<unknown> {
  const answered = await fetch(devnet.rpc, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(call) });
  return answered.json();
}
