// A file with validation examples: how many there are, and their root, computed here. The examples stay on this machine.
import { Text } from "@radix-ui/themes";
import { useState } from "react";
import { Drop } from "../../components/Drop";
import { Code, Facts } from "../../components/figures";
import { Note } from "../../components/ui";
import { readExamples, rootOf } from "../../data/examples";
import { loadRules } from "../../rules/module";

/** What a file came to. */
export interface ExamplesRead {
  readonly count: number;
  readonly root: string;
}

interface Props {
  readonly read: ExamplesRead | null;
  readonly onRead: (read: ExamplesRead | null) => void;
}

/** The place to drop it, and what was read. */
export function ExamplesFile({ read, onRead }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const choose = async ([file]: readonly File[]) => {
    onRead(null);
    setProblem(null);
    if (!file) return;
    try {
      const examples = await readExamples(file);
      onRead({ count: examples.length, root: rootOf(await loadRules(), examples) });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Drop label="File with examples" accept=".jsonl,.json" onFiles={(files) => void choose(files)} testid="examples-file">
        Drop the examples here: .jsonl or .json, items as in contributions, each with its stratum. They stay in this browser.
      </Drop>
      {problem && (
        <div role="alert">
          <Note color="red" testid="examples-problem">
            {problem}
          </Note>
        </div>
      )}
      {read && (
        <Facts
          facts={[
            ["Examples", <Text key="count" size="2">{read.count}</Text>, "examples-count"],
            ["Root", <Code key="root" testid="examples-root">{read.root}</Code>],
          ]}
        />
      )}
    </>
  );
}
