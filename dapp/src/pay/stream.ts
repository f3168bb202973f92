// An answer as it streams by: its text gathered, the charge taken out of the comment before the stream's end.
import { paymentResponse } from "./x402";

/** What was seen of a stream. */
export class Gathered {
  /** The text so far. */
  text = "";
  /** The charge, as the header would have it. */
  settled: string | null = null;
  /** What the gateway says went wrong. */
  failure: { readonly code: string; readonly message: string } | null = null;
  /** Why the answer ended: `stop`, `length` or `content_filter`. */
  finish: string | null = null;
  private rest = "";
  private readonly decoder = new TextDecoder();

  /** Takes further bytes, cut anywhere. */
  take(bytes: Uint8Array): void {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const lines = this.rest.split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.read(line.trim());
  }

  private read(line: string): void {
    if (line.startsWith(":")) {
      const comment = line.slice(1).trim();
      if (comment.startsWith(paymentResponse)) this.settled = comment.slice(paymentResponse.length).trim();
      return;
    }
    if (!line.startsWith("data:")) return;
    const data = line.slice("data:".length).trim();
    if (data !== "[DONE]") this.chunk(data);
  }

  private chunk(data: string): void {
    const chunk = parse(data);
    if (chunk === null) return;
    if (chunk.error) this.failure = { code: chunk.error.code ?? "", message: chunk.error.message ?? "the answer was broken off" };
    const choice = chunk.choices?.[0];
    const bit = choice?.delta?.content ?? choice?.text;
    if (typeof bit === "string") this.text += bit;
    if (typeof choice?.finish_reason === "string") this.finish = choice.finish_reason;
  }
}

interface Chunk {
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown }; readonly text?: unknown; readonly finish_reason?: unknown }[];
}

/** Null for what is no chunk: who speaks otherwise has not answered, and the receipt will not fit. */
function parse(data: string): Chunk | null {
  try {
    const found: unknown = JSON.parse(data);
    return typeof found === "object" && found !== null ? (found as Chunk) : null;
  } catch {
    return null;
  }
}
