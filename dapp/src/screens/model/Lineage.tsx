// What a model was made from, and what was made from it.
import { Flex, Heading, Text } from "@radix-ui/themes";
import type { Model } from "../../../../schema/model";
import { percentOfBps } from "../../amount/amount";
import { To } from "../../components/figures";
import { Nothing, Shown } from "../../components/ui";
import { useModels } from "../../data/models";
import styles from "./tab.module.css";

/** Ancestors and children. */
export function Lineage({ model }: { model: Model }) {
  const models = useModels();
  return (
    <div className={styles.tab} data-testid="lineage">
      <Shown query={models}>
        {(all) => {
          const children = all.filter((one) => one.parents.some((parent) => parent.model === model.id));
          return (
            <Flex direction="column" gap="4">
              <div>
                <Heading as="h3" size="3">Made from</Heading>
                <Ancestors of={model} all={all} />
              </div>
              <div>
                <Heading as="h3" size="3">Made from it</Heading>
                {children.length === 0 ? <Nothing>Nobody has built on this model yet.</Nothing> : <ul>{children.map((child) => <li key={child.id}><To to={`/models/${child.id}`}>{child.name}</To>, {child.kind}</li>)}</ul>}
              </div>
            </Flex>
          );
        }}
      </Shown>
    </div>
  );
}

/** Parents, their parents, and so on: lineage is at most eight deep and has no cycles. */
function Ancestors({ of, all }: { of: Model; all: readonly Model[] }) {
  if (of.parents.length === 0) return <Nothing>Nothing: {of.name} is a base model.</Nothing>;
  return (
    <ul>
      {of.parents.map((parent) => {
        const found = all.find((one) => one.id === parent.model);
        return (
          <li key={parent.model}>
            <To to={`/models/${parent.model}`}>{found?.name ?? `Model ${parent.model}`}</To>
            <Text size="2" color="gray"> gets {percentOfBps(parent.share)} of the parents&rsquo; part</Text>
            {found && found.parents.length > 0 && <Ancestors of={found} all={all} />}
          </li>
        );
      })}
    </ul>
  );
}
