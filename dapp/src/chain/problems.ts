// What went wrong, in sentences that say what to do. One table for what contracts, the chain, the connection and the wallet say.
import { contractSentences } from "./sentences";

/** What kind of thing went wrong; screens show some of them in their own way. */
export type ProblemKind =
  | "contract" // the contract refused
  | "chain" // the chain refused the transaction before any contract saw it
  | "out-of-gas"
  | "unreachable" // no answer from the node
  | "wrong-chain"
  | "rejected" // refused or closed in the wallet
  | "locked"
  | "no-wallet"
  | "unknown-chain" // the wallet does not know the chain yet
  | "pending" // sent, and in no block yet
  | "unexpected";

/** Something that went wrong. `message` is the sentence for people, `detail` what was said to the program. */
export class ChainProblem extends Error {
  constructor(
    readonly kind: ProblemKind,
    message: string,
    readonly detail: string = message,
  ) {
    super(message);
    this.name = "ChainProblem";
  }
}

/** A row: what is said, and the sentence instead. */
type Row = readonly [pattern: RegExp, kind: ProblemKind, sentence: string];

/** The wallet, the connection and the chain itself. The first row that fits counts. */
const rows: readonly Row[] = [
  [/Request rejected/i, "rejected", "You refused this in the wallet. Nothing was sent. Start again when you want to."],
  [/There is no modular chain info for|chain info .*not (?:found|exist)|There is no chain info/i, "unknown-chain", "Your wallet does not know this chain yet. Connect again and let the wallet add it."],
  [/key ?ring is locked|wallet is locked|unlock/i, "locked", "Your wallet is locked. Open it, enter its password, and try again."],
  [/key ?ring is empty|no key|key doesn't exist|Please set a key|Private key is null/i, "locked", "Your wallet holds no account yet. Make or import one in the wallet, and connect again."],
  [/not authorized|permission/i, "rejected", "The wallet has not given this page access. Connect again and approve it."],
  [/out of gas/i, "out-of-gas", "The transaction ran out of gas, and moved nothing but its fee. Send it again: the page then asks for half as much gas more."],
  [/account sequence mismatch|incorrect account sequence/i, "chain", "Another transaction of this account was on its way. Wait for the next block and send this again."],
  [/does not exist on chain|account .* not found/i, "chain", "This account has never received coins, so it cannot pay for transactions. Send it some coins for fees first."],
  [/insufficient fees?;|insufficient fee/i, "chain", "The fee is below what this chain takes. Raise the fee in the wallet and send it again."],
  [/spendable balance .*is smaller|insufficient funds/i, "chain", "There are not enough coins for the fee. Send this account some coins, then try again."],
  [/signature verification failed/i, "wrong-chain", "The signature is for another chain or account. Check that the wallet shows this chain, reload the page and send it again."],
  [/tx already (?:exists )?in (?:the )?(?:mempool )?cache/i, "pending", "This transaction was sent already and waits for a block. Look at it again in a few seconds."],
  [/mempool is full/i, "chain", "The chain is busy. Wait a minute and send this again."],
  [/Overflow: Cannot Sub with (?:given operands|'?[0-9]+)/i, "contract", "There is less than that to spend. Enter a smaller amount, or add funds first."],
  [/No contract|no such contract|contract: not found/i, "wrong-chain", "There is no such contract on this chain: the page is set to a chain that was started anew. Reload the page."],
  [/unknown variant|missing field|unknown field|Error parsing into type/i, "unexpected", "The contracts on this chain are of another version than this page. Reload the page; if that does not help, tell whoever runs it."],
  [/Failed to fetch|NetworkError|Load failed|ECONNREFUSED|network ?error|fetch failed|Bad status on response|Unexpected token|aborted/i, "unreachable", "The chain does not answer. Check the connection, and that the node runs; the page tries again by itself."],
];

/** What any error comes to. What is a problem already stays as it is. */
export function problemOf(error: unknown): ChainProblem {
  if (error instanceof ChainProblem) return error;
  const said = textOf(error);
  const inner = contractText(said);
  const own = contractSentences.find(([pattern]) => pattern.test(inner));
  if (own) return new ChainProblem("contract", own[1], said);
  const row = rows.find(([pattern]) => pattern.test(said));
  if (row) return new ChainProblem(row[1], row[2], said);
  if (inner !== said || /execute wasm contract failed|query wasm contract failed/.test(said)) return new ChainProblem("contract", sentence(inner), said);
  return new ChainProblem("unexpected", `Something unexpected happened: ${sentence(said)} Reload the page and try again.`, said);
}

/** The contract's own words, out of what the chain wraps around them. */
export function contractText(said: string): string {
  return said
    .replace(/^Query failed with \([0-9]+\): /, "")
    .replace(/^[\s\S]*?(?:desc = |with code [0-9]+(?: \([^)]*\))?[.:] (?:Log: )?)/, "")
    .replace(/^(?:failed to execute message; message index: [0-9]+: |dispatch: submessages: |Generic error: |rpc error: code = \w+ desc = )+/, "")
    .replace(/(?:: )?(?:dispatch: submessages: )?(?:: )?(?:execute|query|instantiate) wasm contract failed[\s\S]*$/, "")
    .replace(/ \[[^\]]*\/[^\]]*\][\s\S]*$/, "")
    .trim();
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : JSON.stringify(error);
}

/** A contract says "what is: what to do". Both become sentences. */
function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  const parted = capital.replace(/^([^:]*?[^:\s]): ([a-z])/, (_, what: string, first: string) => `${what}. ${first.toUpperCase()}`);
  return /[.!?]$/.test(parted) ? parted : `${parted}.`;
}
