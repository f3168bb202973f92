// Brings a saved record back, in another browser or after its data were cleared.
import { Button, Flex, Text } from "@radix-ui/themes";
import { useRef, useState } from "react";
import { keep, readBackup } from "../../keep/commitments";

/** The button, and what came of it. */
export function RestoreRecord({ onRestored }: { onRestored: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState<string | null>(null);
  const restore = async (file: File | undefined) => {
    if (!file) return;
    try {
      await keep(readBackup(await file.text()));
      setSaid("The record is back.");
      onRestored();
    } catch (error) {
      setSaid(error instanceof SyntaxError ? "This file is no record of a commitment." : (error as Error).message);
    }
  };
  return (
    <Flex gap="3" align="center" wrap="wrap">
      <Button size="1" variant="soft" color="gray" onClick={() => input.current?.click()} data-testid="restore">
        Restore a backup
      </Button>
      <input ref={input} type="file" hidden accept=".json" onChange={(event) => { void restore(event.target.files?.[0]); event.target.value = ""; }} data-testid="restore-file" aria-label="Backup of a commitment" />
      <Text size="2" role="status" data-testid="restore-said">
        {said}
      </Text>
    </Flex>
  );
}
