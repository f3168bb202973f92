// Proving that a contribution repeats an earlier one. Who brings the proof gets half of what the bond loses.
import { Box, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Contribution } from "../../../../schema/datanet";
import { useAsk, useDeployment, useReader } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Drop } from "../../components/Drop";
import { TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";
import { Note, Section } from "../../components/ui";
import { digestBatch, readItems } from "../../data/items";
import { type CopiesProof, duplicates } from "../../rules/calls";
import { loadRules } from "../../rules/module";

/** Pairs that one message holds. */
const mostPairs = 256;

/** The form, for a contribution that can still be slashed. */
export function ProveCopies({ contribution }: { contribution: Contribution }) {
  const { contracts } = useDeployment();
  const [earlier, setEarlier] = useState("");
  const [key, setKey] = useState("");
  const datanet = useAsk("datanet", "datanet", { datanet: contribution.datanet });
  const [originals, setOriginals] = useState<readonly string[] | null>(null);
  const [proof, setProof] = useState<CopiesProof | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const digests = useDigests(datanet.data?.settings.item_key ? key : undefined);

  const attempt = async (work: () => Promise<void>) => {
    setProof(null);
    setSaid(null);
    await work().catch((error: unknown) => setSaid(error instanceof Error ? error.message : String(error)));
  };
  const name = (number: string) => {
    // What was read belongs to the contribution that was named then.
    setEarlier(number);
    setOriginals(null);
    setProof(null);
  };
  const chooseOriginals = (files: readonly File[]) => attempt(async () => setOriginals(await digests(files, earlier)));
  const chooseCopies = (files: readonly File[]) =>
    attempt(async () => {
      const found = duplicates(await loadRules(), originals ?? [], await digests(files, contribution.id), mostPairs);
      setProof(found);
      setSaid(found ? `${found.pairs.length} items of this contribution stand in contribution ${earlier} already.` : `Nothing of this contribution stands in contribution ${earlier}.`);
    });
  const body = (found: CopiesProof) => ({ earlier, later: contribution.id, pairs: found.pairs, earlier_path: found.earlier_path, later_path: found.later_path });

  return (
    <Section title="Prove that it is a copy" note="Anybody may. You need the items of both contributions, as they were published." testid="copies-section">
      <Flex direction="column" gap="3">
        <Box maxWidth="24rem">
          <TextInput label="The earlier contribution" value={earlier} onChange={name} testid="copies-earlier" hint="Its number: of the same DataNet, and somebody else's." />
        </Box>
        {datanet.data?.settings.item_key && <TextInput label="Key of this private DataNet" value={key} onChange={setKey} testid="copies-key" hint="64 hex digits." />}
        <Drop label="Items of the earlier contribution" accept=".json,.jsonl,.txt,.md,.csv" multiple onFiles={(files) => void chooseOriginals(files)} testid="copies-originals">
          {originals ? `The earlier contribution's ${originals.length} items were read.` : "Drop the items of the earlier contribution."}
        </Drop>
        {originals && (
          <Drop label="Items of this contribution" accept=".json,.jsonl,.txt,.md,.csv" multiple onFiles={(files) => void chooseCopies(files)} testid="copies-later">
            Now drop the items of this contribution.
          </Drop>
        )}
        {said && <Text as="p" size="2" role="status" data-testid="copies-said">{said}</Text>}
        {proof && proof.pairs.length === mostPairs && <Note>One proof holds {mostPairs} items. What is beyond them can be proved afterwards.</Note>}
        <Box>
          <SendButton title="Send the proof" color="red" disabled={!proof} testid="prove-copies" onDone={() => setProof(null)} messages={() => (proof ? [message(contracts.datanet, "datanet", "prove_duplicate", body(proof), "Prove copies")] : null)} />
        </Box>
      </Flex>
    </Section>
  );
}

/** Reads the items of a contribution, and refuses those that are not what it revealed. */
function useDigests(key: string | undefined): (files: readonly File[], of: string) => Promise<readonly string[]> {
  const reader = useReader();
  return async (files, of) => {
    if (!/^[1-9][0-9]{0,18}$/.test(of)) throw new Error("Enter the number of the earlier contribution first.");
    const [rules, items, found] = await Promise.all([loadRules(), readItems(files), reader.ask(reader.deployment.contracts.datanet, "datanet", "contribution", { contribution: of })]);
    const batch = digestBatch(rules, items, key);
    if (batch.root !== found.revealed?.items_root) throw new Error(`These are not the items of contribution ${of}, or not in its order: they have another root.`);
    return batch.digests;
  };
}
