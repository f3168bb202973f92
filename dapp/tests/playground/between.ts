// What stands between the page and the gateway: a network that is slow or breaks, or somebody who changes what passes by.
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** How the way is. */
export interface Way {
  /** Milliseconds between two events of a stream. */
  readonly slowMs?: number;
  /** Requests that pay are cut off before the gateway sees them. */
  readonly swallow?: boolean;
  /** Vouchers are cut off before the gateway sees them. */
  readonly swallowVouchers?: boolean;
  /** Streams are cut off after so many events. */
  readonly cutAfter?: number;
  /** Changes what is asked for payment. */
  readonly alterTerms?: (required: { accepts: Record<string, unknown>[] }) => void;
  /** Changes an event of a stream. */
  readonly alter?: (event: string) => string;
}

/** A call as it went by. */
export interface Seen {
  readonly path: string;
  readonly paid: boolean;
}

/** Stands at an address of its own and passes everything on. */
export class Between {
  /** How the way is now. */
  way: Way = {};
  /** What went by. */
  readonly seen: Seen[] = [];

  private constructor(
    private readonly gateway: URL,
    private readonly server: Server,
  ) {}

  /** Stands before a gateway. */
  static async before(gateway: string): Promise<Between> {
    const server = createServer((request, response) => void between.pass(request, response));
    const between = new Between(new URL(gateway), server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return between;
  }

  /** Its address. */
  get url(): string {
    const { port } = this.server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Orders that went by. */
  get orders(): number {
    return this.seen.filter((one) => one.paid).length;
  }

  /** Stands there no more. */
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const way = this.way;
    const paid = request.headers["payment-signature"] !== undefined;
    if (request.method !== "OPTIONS") this.seen.push({ path: request.url ?? "", paid });
    if ((paid && way.swallow) || (request.method === "POST" && request.url === "/v1/vouchers" && way.swallowVouchers)) return void request.socket.destroy();
    const { host: _, ...headers } = request.headers;
    const onward = ask({ host: this.gateway.hostname, port: this.gateway.port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, withTerms(answer.headers, way));
      if (!(answer.headers["content-type"] ?? "").startsWith("text/event-stream")) return void answer.pipe(response);
      void events(answer, response, way).catch(() => response.destroy());
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }
}

function withTerms(headers: IncomingMessage["headers"], { alterTerms }: Way): IncomingMessage["headers"] {
  const header = headers["payment-required"];
  if (!alterTerms || typeof header !== "string") return headers;
  const required = JSON.parse(Buffer.from(header, "base64").toString()) as { accepts: Record<string, unknown>[] };
  alterTerms(required);
  return { ...headers, "payment-required": Buffer.from(JSON.stringify(required)).toString("base64") };
}

/** Passes a stream on, event by event. Whoever leaves does not keep the rest from being read. */
async function events(answer: IncomingMessage, response: ServerResponse, { slowMs = 0, cutAfter = Infinity, alter = (event) => event }: Way): Promise<void> {
  let rest = "";
  let passed = 0;
  answer.setEncoding("utf8");
  for await (const bytes of answer) {
    const parts = (rest + (bytes as string)).split("\n\n");
    rest = parts.pop() ?? "";
    for (const event of parts) {
      if (passed >= cutAfter) return void response.destroy();
      if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
      response.write(`${alter(event)}\n\n`);
      passed += 1;
    }
  }
  response.end(rest);
}

/** Changes the charge that a stream ends with. */
export function altered(change: (charge: Record<string, unknown>) => void): (event: string) => string {
  return (event) => {
    const match = /^: ?payment-response (.+)$/.exec(event.trim());
    if (!match?.[1]) return event;
    const settled = JSON.parse(Buffer.from(match[1], "base64").toString()) as { extra: Record<string, unknown> };
    change(settled.extra);
    return `: payment-response ${Buffer.from(JSON.stringify(settled)).toString("base64")}`;
  };
}
