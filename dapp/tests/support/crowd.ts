// A crowd: a node in front of the real one that says of one DataNet that it has 10,000 contributions. Everything else is passed on.
// A real chain would need hours to hold as many; the page reads both in the same way.
import { fromUtf8, toUtf8 } from "@cosmjs/encoding";
import { QuerySmartContractStateRequest, QuerySmartContractStateResponse } from "cosmjs-types/cosmwasm/wasm/v1/query";
import type { Contribution } from "../../../schema/datanet.ts";
import { type Call, serveBetween } from "./between.ts";
import { deployed } from "./devnet.ts";

interface PageAsked {
  readonly contributions?: { readonly datanet: string; readonly page: { readonly limit?: number; readonly start_after?: string } };
}

/** How many there are. */
export const crowd = 10_000;

/** Serves until it is closed. `asked` counts pages. */
export async function serveCrowd(datanet: string, like: Contribution): Promise<{ rpc: string; asked: () => number; close: () => void }> {
  let pages = 0;
  const node = await serveBetween((call) => {
    const page = pageOf(call, datanet);
    if (!page) return null;
    pages += 1;
    const value = QuerySmartContractStateResponse.encode({ data: toUtf8(JSON.stringify(rows(like, datanet, page))) }).finish();
    return { response: { code: 0, log: "", info: "", index: "0", key: null, value: Buffer.from(value).toString("base64"), proofOps: null, height: "1", codespace: "" } };
  });
  return { ...node, asked: () => pages };
}

function pageOf(call: Call, datanet: string): { limit?: number; start_after?: string } | null {
  if (call.method !== "abci_query" || call.params["path"] !== "/cosmwasm.wasm.v1.Query/SmartContractState") return null;
  const { address, queryData } = QuerySmartContractStateRequest.decode(Buffer.from(call.params["data"] ?? "", "hex"));
  if (address !== deployed.datanet) return null;
  const { contributions } = JSON.parse(fromUtf8(queryData)) as PageAsked;
  return contributions?.datanet === datanet ? contributions.page : null;
}

/** A page as the contract gives it: after the bound, 30 unless told otherwise, 100 at most. */
function rows(like: Contribution, datanet: string, { limit = 30, start_after = "0" }: { limit?: number; start_after?: string }): Contribution[] {
  const first = parseInt(start_after, 10) + 1;
  const length = Math.max(0, Math.min(limit, 100, crowd - first + 1));
  return Array.from({ length }, (_, index) => ({ ...like, datanet, id: String(first + index) }));
}
