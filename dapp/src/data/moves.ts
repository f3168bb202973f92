// Everything that moved the ledger of a model, in the order of the chain.
import type { IndexedTx } from "@cosmjs/cosmwasm";
import type { Reader } from "../chain/reader";
import { type ContractEvent, contractEvents } from "../chain/sender";

/** Something that moved accounts. */
export type Move =
  | { readonly kind: "advanced"; readonly round: string; readonly through: number }
  | { readonly kind: "repaid"; readonly position: number; readonly amount: string }
  | { readonly kind: "retired"; readonly through: number; readonly complete: boolean };

/** All moves of a model's ledger, oldest first. */
export async function movesOf(reader: Reader, model: string): Promise<readonly Move[]> {
  const { settlement, attribution } = reader.deployment.contracts;
  const found = await Promise.all([
    reader.transactions("advanced", attribution, { model }),
    reader.transactions("debt_repaid", settlement, { model }),
    reader.transactions("ledger_retired", settlement, { model }),
  ]);
  return inOrder(found.flat()).flatMap((transaction) =>
    contractEvents(transaction.events).flatMap((event) => moveOf(event, model, settlement, attribution)),
  );
}

/** Each transaction once, in the order of blocks. */
function inOrder(transactions: readonly IndexedTx[]): IndexedTx[] {
  const once = new Map(transactions.filter((one) => one.code === 0).map((one) => [one.hash, one]));
  return [...once.values()].sort((a, b) => a.height - b.height || a.txIndex - b.txIndex);
}

/** Positions fit a number: a model has at most 16,384. */
function whole(text: string | undefined): number {
  return parseInt(text ?? "0", 10);
}

function moveOf(event: ContractEvent, model: string, settlement: string, attribution: string): Move[] {
  const { type, contract, attributes } = event;
  if (attributes["model"] !== model) return [];
  if (type === "advanced" && contract === attribution) return [{ kind: "advanced", round: attributes["round"] ?? "", through: whole(attributes["through"]) }];
  if (type === "debt_repaid" && contract === settlement) return [{ kind: "repaid", position: whole(attributes["position"]), amount: attributes["amount"] ?? "0" }];
  if (type === "ledger_retired" && contract === settlement) return [{ kind: "retired", through: whole(attributes["through"]), complete: attributes["complete"] === "true" }];
  return [];
}
