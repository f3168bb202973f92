// The key of a private DataNet: made here, saved to a file by its owner, and never sent. The chain gets what commits to it.
import { Button, Flex, Text } from "@radix-ui/themes";
import { useQuery } from "@tanstack/react-query";
import { TextInput } from "../../components/fields";
import { Note } from "../../components/ui";
import { randomSalt } from "../../keep/commitments";
import { keyCommitment } from "../../rules/calls";
import { loadRules } from "../../rules/module";
import { save } from "../contribute/save";

interface Props {
  readonly value: string;
  /** The DataNet's name, for the file. */
  readonly name: string;
  readonly onChange: (key: string) => void;
}

/** What the chain gets of a key; null without one, or while it is none. */
export function useItemKey(key: string): string | null {
  const valid = /^[0-9a-f]{64}$/.test(key);
  const commitment = useQuery({ queryKey: ["key-commitment", key], queryFn: async () => keyCommitment(await loadRules(), key), enabled: valid, gcTime: 0 });
  return valid ? (commitment.data ?? null) : null;
}

/** The field, and making a key. Making one saves it at once: without it nobody can ever contribute or measure. */
export function PrivateKey({ value, name, onChange }: Props) {
  const make = () => {
    const key = randomSalt();
    save(`datanet-key-${name.replace(/[^A-Za-z0-9]+/g, "-") || "new"}.txt`, `${key}\n`, "text/plain");
    onChange(key);
  };
  return (
    <Flex direction="column" gap="2">
      <TextInput label="Key, if its items are private" value={value} onChange={onChange} testid="new-key" hint="64 hex digits; empty: items are public. Only who has the key can contribute, review, measure, or confirm a guess." />
      <Flex gap="3" align="center" wrap="wrap">
        <Button variant="soft" onClick={make} data-testid="make-key">
          Make a key and save it
        </Button>
        <Text size="2" color="gray">
          It is not sent and not kept here.
        </Text>
      </Flex>
      {value !== "" && <Note color="amber">Keep the file. Give the key to reviewers, contributors and operators, each by a way that you trust: whoever has it can recognise items.</Note>}
    </Flex>
  );
}
