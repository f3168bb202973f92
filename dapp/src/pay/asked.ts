// What is asked of a model: the request as it is sent, the prompt as a receipt holds it, and the answer in what comes back.
import { toHex } from "@cosmjs/encoding";
import { conversation, digestItem, prompt } from "../rules/calls";
import type { Rules } from "../rules/module";
import { PayProblem } from "./problems";
import { type Fields, fields } from "./x402";

/** Bytes that a token of an answer may stand for, when the most that a call can cost is told before it is made. */
const bytesOfToken = 16;

/** One message of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A grey image; pixels row by row, 0 to 255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

/** What is asked, whichever way. */
export type Asked =
  | { readonly way: "chat"; readonly messages: readonly Message[]; readonly maxTokens: number }
  | { readonly way: "continue"; readonly text: string; readonly maxTokens: number }
  | { readonly way: "classify"; readonly image: Image };

/** A way to ask. */
export type Way = Asked["way"];

/** A request, ready to be ordered: these very bytes are sent. */
export interface Request {
  readonly way: Way;
  readonly path: string;
  readonly body: string;
  /** Canonical bytes of the prompt as hex. */
  readonly prompt: string;
  /** Tokens read, as receipts count them: bytes. */
  readonly tokensIn: number;
  /** Tokens that may be written at most. */
  readonly mostOut: number;
}

/** Where each way goes. */
const paths: Readonly<Record<Way, string>> = { chat: "/v1/chat/completions", continue: "/v1/completions", classify: "/v1/classify" };

/** Makes the request for a model, named by its number. Throws a problem for what is no prompt. */
export function requestOf(rules: Rules, model: string, asked: Asked): Request {
  const promptHex = promptOf(rules, asked);
  const common = { way: asked.way, path: paths[asked.way], prompt: promptHex, tokensIn: promptHex.length / 2 };
  if (asked.way === "classify") return { ...common, body: JSON.stringify({ model, image: asked.image }), mostOut: 1 };
  const what = asked.way === "chat" ? { messages: asked.messages } : { prompt: asked.text };
  return { ...common, body: JSON.stringify({ model, ...what, max_tokens: asked.maxTokens, stream: true }), mostOut: asked.maxTokens * bytesOfToken };
}

function promptOf(rules: Rules, asked: Asked): string {
  try {
    switch (asked.way) {
      case "chat":
        return conversation(rules, asked.messages);
      case "continue":
        return prompt(rules, asked.text);
      case "classify": {
        const { width, height, pixels } = asked.image;
        return digestItem(rules, { image: { width, height, label: 0, pixels: toHex(Uint8Array.from(pixels)) } }).canonical;
      }
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new PayProblem("question", /empty/.test(said) ? "Ask something first." : `This cannot be asked: ${said}.`, said);
  }
}

/** What a receipt holds of an answer: its bytes as hex, and how many tokens they count as. */
export interface Output {
  readonly bytes: string;
  readonly tokens: number;
}

/** The answer that is a text. */
export function textOutput(text: string): Output {
  const bytes = new TextEncoder().encode(text);
  return { bytes: toHex(bytes), tokens: bytes.length };
}

/** The answer that is a label: two bytes, big endian. */
export function labelOutput(label: number): Output {
  return { bytes: label.toString(16).padStart(4, "0"), tokens: 1 };
}

/** The answer in a body that came in one piece; null if there is none. */
export function outputIn(way: Way, body: unknown): { readonly text: string; readonly output: Output } | null {
  try {
    const found = fields(body, "the answer");
    if (way === "classify") {
      const label = found["label"];
      if (typeof label !== "number" || !Number.isInteger(label) || label < 0 || label > 0xffff) return null;
      return { text: String(label), output: labelOutput(label) };
    }
    const text = textIn(found);
    return text === null ? null : { text, output: textOutput(text) };
  } catch {
    return null;
  }
}

function textIn(found: Fields): string | null {
  const choices = found["choices"];
  const choice = fields(Array.isArray(choices) ? choices[0] : null, "choice");
  const message = choice["message"];
  const text = typeof message === "object" && message !== null ? (message as Fields)["content"] : choice["text"];
  return typeof text === "string" ? text : null;
}
