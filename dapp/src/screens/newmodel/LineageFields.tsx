// What a new model is made from.
import { Box, Flex, Text } from "@radix-ui/themes";
import type { Model, ModelKind } from "../../../../schema/model";
import { AddRemove } from "../../components/AddRemove";
import { Choice, PercentInput } from "../../components/fields";
import { useModels } from "../../data/models";
import { type Draft, ofKind } from "./draft";

interface Props {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

const kinds: readonly (readonly [ModelKind, string])[] = [
  ["base", "A base: trained from scratch"],
  ["adapter", "An adapter: trained on top of another model"],
  ["merge", "A merge: made from several models"],
];

/** Models that one is made from at most. */
const mostParents = 16;

/** Kind and parents. */
export function LineageFields({ draft, onChange }: Props) {
  const models = useModels();
  const change = (at: number, part: Partial<Draft["parents"][number]>) => onChange({ ...draft, parents: draft.parents.map((parent, index) => (index === at ? { ...parent, ...part } : parent)) });
  const shares = draft.kind === "base" ? [] : draft.parents;
  return (
    <Flex direction="column" gap="3">
      <Choice label="What it is" value={draft.kind} onChange={(kind) => onChange(ofKind(draft, kind as ModelKind))} testid="model-kind" choices={kinds} hint="For good. A model that stands on others pays them royalties." />
      {shares.map((parent, index) => (
        <Flex key={index} gap="3" wrap="wrap" align="start">
          <Box flexGrow="1">
            <Choice label={`Made from, ${index + 1}`} value={parent.model} onChange={(model) => change(index, { model })} testid={`parent-model-${index}`} choices={[["", "Choose a model"], ...(models.data ?? []).map(named)]} />
          </Box>
          <Box width="10rem">
            <PercentInput label="Of the royalties" value={parent.share} onChange={(share) => change(index, { share })} testid={`parent-share-${index}`} />
          </Box>
        </Flex>
      ))}
      {draft.kind !== "base" && (
        <Flex gap="3" wrap="wrap" align="center">
          <AddRemove what="a model" count={shares.length} least={draft.kind === "merge" ? 2 : 1} most={mostParents} testid="parent" onAdd={() => onChange({ ...draft, parents: [...draft.parents, { model: "", share: "0" }] })} onRemove={() => onChange({ ...draft, parents: draft.parents.slice(0, -1) })} />
          <Text size="2" color="gray">
            How the royalties are shared among these models; together 100 %.
          </Text>
        </Flex>
      )}
    </Flex>
  );
}

function named(model: Model): readonly [string, string] {
  return [model.id, `${model.name} (${model.id})`];
}
