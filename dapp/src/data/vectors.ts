// What operators revealed, out of the transactions in which they did: vectors are in no event and in no query.
import { fromBase64, fromUtf8 } from "@cosmjs/encoding";
import { decodeTxRaw } from "@cosmjs/proto-signing";
import { MsgExecuteContract } from "cosmjs-types/cosmwasm/wasm/v1/tx";
import type { ExecuteMsg } from "../../../schema/attribution";
import type { Reader } from "../chain/reader";
import { hex } from "../keep/commitments";

/** A vector as it was revealed: packed entries as hex, and its reach. */
export interface RevealedVector {
  readonly round: string;
  readonly entries: string;
  readonly reach: string;
}

/** All vectors revealed for a model, oldest first. */
export async function revealedVectors(reader: Reader, model: string): Promise<readonly RevealedVector[]> {
  const { attribution } = reader.deployment.contracts;
  const transactions = await reader.transactions("report_revealed", attribution, { model, kind: "vector" });
  return transactions
    .filter((transaction) => transaction.code === 0)
    .flatMap((transaction) => decodeTxRaw(transaction.tx).body.messages)
    .filter((any) => any.typeUrl === "/cosmwasm.wasm.v1.MsgExecuteContract")
    .map((any) => MsgExecuteContract.decode(any.value))
    .filter((execute) => execute.contract === attribution)
    .flatMap((execute) => vectorOf(JSON.parse(fromUtf8(execute.msg)) as ExecuteMsg, model));
}

function vectorOf(said: ExecuteMsg, model: string): RevealedVector[] {
  if (!("reveal" in said) || said.reveal.model !== model || !("vector" in said.reveal.report)) return [];
  const { entries, reach } = said.reveal.report.vector;
  return [{ round: String(said.reveal.round), entries: hex(fromBase64(entries)), reach }];
}
