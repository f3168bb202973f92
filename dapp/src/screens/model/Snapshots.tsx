// DataNets that a version was trained on, each as it was at some time: how many of its contributions, and their root.
import { Box, Button, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { TrainedOn } from "../../../../schema/model";
import { useAsk } from "../../chain/ChainContext";
import { TextInput } from "../../components/fields";
import { Code, To } from "../../components/figures";

interface Props {
  readonly trainedOn: readonly TrainedOn[];
  readonly onChange: (trainedOn: TrainedOn[]) => void;
}

/** Snapshots of a version at most. */
const most = 16;

/** What the manifest names, and adding what it leaves open: a training on files names no DataNet. */
export function Snapshots({ trainedOn, onChange }: Props) {
  return (
    <Flex direction="column" gap="2" data-testid="snapshots">
      {trainedOn.map((one) => (
        <Flex key={one.datanet} gap="3" align="center" wrap="wrap">
          <Text size="2">
            Trained on <To to={`/datanets/${one.datanet}`}>DataNet {one.datanet}</To>, its first {one.version} contributions, root <Code>{one.root}</Code>
          </Text>
          <Button size="1" variant="soft" color="gray" onClick={() => onChange(trainedOn.filter((other) => other !== one))} data-testid={`remove-snapshot-${one.datanet}`}>
            Remove
          </Button>
        </Flex>
      ))}
      {trainedOn.length < most && <Add trainedOn={trainedOn} onChange={onChange} />}
    </Flex>
  );
}

/** Takes a DataNet as it is now. */
function Add({ trainedOn, onChange }: Props) {
  const [typed, setTyped] = useState("");
  const named = /^[1-9][0-9]{0,18}$/.test(typed);
  const found = useAsk("datanet", "datanet", { datanet: typed }, { enabled: named });
  const there = trainedOn.some((one) => one.datanet === typed);
  const add = () => {
    if (!found.data) return;
    onChange([...trainedOn, { datanet: typed, version: found.data.version, root: found.data.root }]);
    setTyped("");
  };
  return (
    <Flex gap="3" align="end" wrap="wrap">
      <Box flexGrow="1" maxWidth="24rem">
        <TextInput label="Add a DataNet as it is now" value={typed} onChange={setTyped} testid="snapshot-datanet" hint={found.data ? `${found.data.settings.name}, ${found.data.version} contributions` : "Its number, if the manifest does not name it."} problem={there ? "It is named already." : named && found.isError ? "There is no such DataNet." : null} />
      </Box>
      <Button variant="soft" disabled={!found.data || there || !named} onClick={add} data-testid="add-snapshot">
        Add
      </Button>
    </Flex>
  );
}
