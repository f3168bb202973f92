// Files in, items and root out; then the record is kept, and the bond and the commitment are sent.
import { Box, Button, Flex } from "@radix-ui/themes";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Datanet } from "../../../../schema/datanet";
import { useDeployment } from "../../chain/ChainContext";
import { sendOpen } from "../../chain/messages";
import { useSender } from "../../chain/SendContext";
import { Drop } from "../../components/Drop";
import { TextInput } from "../../components/fields";
import { Code, Facts } from "../../components/figures";
import { Note } from "../../components/ui";
import { type Batch, digestBatch, readItems } from "../../data/items";
import { keep, type Kept, randomSalt } from "../../keep/commitments";
import { contributionCommitment, keyCommitment } from "../../rules/calls";
import { loadRules } from "../../rules/module";
import styles from "./CommitForm.module.css";

/** The form. */
export function CommitForm({ datanet, contributor }: { datanet: Datanet; contributor: string }) {
  const { chain, contracts } = useDeployment();
  const { send, busy } = useSender();
  const queries = useQueryClient();
  const [batch, setBatch] = useState<Batch | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [key, setKey] = useState("");
  const isPrivate = Boolean(datanet.settings.item_key);

  const choose = async (files: readonly File[]) => {
    setBatch(null);
    setProblem(null);
    try {
      const rules = await loadRules();
      if (isPrivate && (!/^[0-9a-f]{64}$/.test(key) || keyCommitment(rules, key) !== datanet.settings.item_key)) {
        throw new Error("Enter the key of this private DataNet first; its owner has it. What you entered is another one.");
      }
      setBatch(digestBatch(rules, await readItems(files), isPrivate ? key : undefined));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  const commit = async () => {
    if (!batch) return;
    try {
      const rules = await loadRules();
      const salt = randomSalt();
      const commitment = contributionCommitment(rules, { domain: [chain.chainId, contracts.datanet], datanet: datanet.id, contributor, items_root: batch.root, salt });
      const record: Kept = {
        commitment, chainId: chain.chainId, contract: contracts.datanet, datanet: datanet.id, contributor, salt, itemsRoot: batch.root,
        itemCount: batch.items.length.toString(), bytes: isPrivate ? "0" : batch.bytes.toString(), items: batch.items, keptAt: Date.now(),
      };
      // First the disk, then the chain: a tab that closes in between has lost nothing.
      await keep(record);
      await queries.invalidateQueries({ queryKey: ["kept"] });
      const pay = sendOpen(contracts.open_token, contracts.datanet, BigInt(datanet.settings.bond), { commit: { datanet: datanet.id, commitment } }, "Commit a contribution");
      if (await send("Commit", [pay])) setBatch(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <Flex direction="column" gap="4">
      {isPrivate && <TextInput label="Key of this private DataNet" hint="64 hex digits. It stays in this page and is not kept." value={key} onChange={setKey} testid="private-key" />}
      <Drop label="Files with items" accept=".txt,.md,.jsonl,.ndjson,.json,.csv" multiple onFiles={(files) => void choose(files)} testid="files">
        Drop files here: .txt or .md (one item each), .jsonl or .json (many), .csv (images: label and pixels).
      </Drop>
      {problem && (
        <div role="alert">
          <Note color="red" testid="items-problem">
            {problem}
          </Note>
        </div>
      )}
      {batch && <BatchShown batch={batch} />}
      <Box>
        <Button disabled={!batch || busy} onClick={() => void commit()} data-testid="commit">
          Keep the record and commit
        </Button>
      </Box>
    </Flex>
  );
}

/** Items that are shown of a batch. */
const shown = 5;

function BatchShown({ batch }: { batch: Batch }) {
  return (
    <div data-testid="batch">
      <Facts
        facts={[
          ["Items", batch.items.length, "batch-count"],
          ["Bytes", batch.bytes.toString(), "batch-bytes"],
          ["Root", <Code key="root" testid="batch-root">{batch.root}</Code>],
        ]}
      />
      {batch.repeated > 0 && (
        <Box mt="3">
          <Note color="amber" testid="batch-repeated">
            {batch.repeated} items stand more than once. Repeating yourself earns nothing more; take them out.
          </Note>
        </Box>
      )}
      <ul className={styles.looks}>
        {batch.looks.slice(0, shown).map((look, index) => (
          <li key={batch.digests[index]}>{look}</li>
        ))}
        {batch.looks.length > shown && <li>… and {batch.looks.length - shown} more</li>}
      </ul>
    </div>
  );
}
