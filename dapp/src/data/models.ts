// Models, and what is known of all of them.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Model } from "../../../schema/model";
import { useReader } from "../chain/ChainContext";
import type { Reader } from "../chain/reader";
import { all } from "./listing";

/** Reads all models. */
export function readModels(reader: Reader): Promise<readonly Model[]> {
  const { model } = reader.deployment.contracts;
  return all((page) => reader.ask(model, "model", "models", { page }), (found) => found.id);
}

/** All models. There are far fewer of them than of contributions. */
export function useModels(): UseQueryResult<readonly Model[]> {
  const reader = useReader();
  return useQuery({ queryKey: ["model", "models", "all"], queryFn: () => readModels(reader), staleTime: 10_000 });
}
