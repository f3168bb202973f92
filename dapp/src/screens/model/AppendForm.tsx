// Appending contributions to what a model uses: each gets the next position, for good.
import { Box, Flex, Heading, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import { useDeployment, useReader } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Drop } from "../../components/Drop";
import { TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";
import { Note } from "../../components/ui";
import { parts } from "../../data/listing";
import { readNumbers, showNumbers } from "../../data/manifest";
import { readLearned, withoutUsed } from "../../data/learned";

/** Contributions that one message takes, and that one transaction of this page does. */
const atOnce = 100;
const mostInAll = 500;

/** The owner's form. */
export function AppendForm({ model }: { model: Model }) {
  const { contracts } = useDeployment();
  const reader = useReader();
  const [typed, setTyped] = useState("");
  const [said, setSaid] = useState<string | null>(null);
  const numbers = readNumbers(typed, Number.MAX_SAFE_INTEGER)?.filter((number) => number > 0) ?? null;
  const tooMany = numbers !== null && numbers.length > mostInAll;
  const choose = async ([file]: readonly File[]) => {
    setSaid(null);
    if (!file) return;
    try {
      const learned = await readLearned(file);
      const fresh = await withoutUsed(reader, model.id, learned);
      setTyped(showNumbers(fresh.slice(0, mostInAll)));
      setSaid(toldOf(learned.length, fresh.length));
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  };
  const appends = () => parts(numbers ?? [], atOnce).map((some) => message(contracts.model, "model", "append_contributions", { model: model.id, contributions: some.map(String) }, "Append contributions"));
  return (
    <Flex direction="column" gap="3" data-testid="append-form">
      <Heading as="h3" size="3">
        Use more contributions
      </Heading>
      <Text as="p" size="2" color="gray">
        Contributions that you train on get positions, in the order in which you append them. From then on they are measured, and paid, in every version that does not leave them out.
      </Text>
      <Drop label="List of contributions that were learned" accept=".json" onFiles={(files) => void choose(files)} testid="learned-file">
        Drop snapshot.json, which oracle train wrote, or type numbers below.
      </Drop>
      {said && (
        <div role="alert">
          <Note testid="append-said">{said}</Note>
        </div>
      )}
      <TextInput label="Contributions" value={typed} onChange={setTyped} testid="append-contributions" hint="Their numbers, in the order of the training, as 4 7 9-12." problem={typed !== "" && numbers === null ? "Enter numbers of contributions, as 4 7 9-12." : tooMany ? `Append at most ${mostInAll} at once.` : null} />
      <Box>
        <SendButton title="Append them" disabled={!numbers || numbers.length === 0 || tooMany} testid="append" messages={appends} onDone={() => setTyped("")} />
      </Box>
    </Flex>
  );
}

function toldOf(learned: number, fresh: number): string {
  if (fresh === 0) return `The model uses all ${learned} of them already.`;
  const used = learned === fresh ? "" : ` The model uses ${learned - fresh} of them already.`;
  const later = fresh > mostInAll ? ` The first ${mostInAll} are named below; drop the file again for the others.` : "";
  return `${learned} contributions were learned.${used}${later}`;
}
