// All methods by which scores are measured. Contracts list none, but their ids count from 1.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Method } from "../../../schema/attribution";
import { useReader } from "../chain/ChainContext";
import { problemOf } from "../chain/problems";
import type { Reader } from "../chain/reader";

/** Methods that are asked for at most: governance registers one for each kind of model. */
const most = 100;

/** All methods, in the order in which they were registered. */
export function useMethods(): UseQueryResult<readonly Method[]> {
  const reader = useReader();
  return useQuery({ queryKey: ["attribution", "methods"], queryFn: () => readMethods(reader), staleTime: 60_000 });
}

async function readMethods(reader: Reader): Promise<readonly Method[]> {
  const { attribution } = reader.deployment.contracts;
  const found: Method[] = [];
  while (found.length < most) {
    const method = await reader.ask(attribution, "attribution", "method", { method: String(found.length + 1) }).catch((error: unknown) => {
      // The first id that the contract does not know ends the list; anything else is a failure.
      if (problemOf(error).kind !== "contract") throw error;
      return null;
    });
    if (!method) break;
    found.push(method);
  }
  return found;
}
