// One kept commitment: whether it is on chain, what is still to be said in the reveal, and its backup.
import { Box, Button, Flex, Grid, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Contribution, ContributionKind } from "../../../../schema/datanet";
import { useAsk, useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Choice, TextInput } from "../../components/fields";
import { Code, To } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Due, formatTime } from "../../components/time";
import { Note, State } from "../../components/ui";
import { backupOf, forget, type Kept } from "../../keep/commitments";
import { kinds } from "../names";
import { save } from "./save";

interface Props {
  readonly kept: Kept;
  /** What the chain says of it; null if nothing yet. */
  readonly contribution: Contribution | null;
  readonly onForgotten: () => void;
}

/** The record. */
export function KeptRecord({ kept, contribution, onForgotten }: Props) {
  const status = contribution?.status ?? "not on chain";
  return (
    <Box data-testid="kept" data-commitment={kept.commitment} data-status={status}>
      <Flex gap="3" align="center" wrap="wrap" mb="2">
        <State is={status} testid="kept-state" />
        <Text size="2">
          {kept.itemCount} items, kept {formatTime(BigInt(kept.keptAt) / 1000n)}
          {contribution && (
            <>
              {" · "}
              <To to={`/contributions/${contribution.id}`}>contribution {contribution.id}</To>
            </>
          )}
        </Text>
        <Code>{kept.itemsRoot}</Code>
      </Flex>
      {contribution?.status === "committed" && <Reveal kept={kept} contribution={contribution} />}
      {!contribution && <Note color="amber">This commitment is not on the chain. Either it was never sent, or its block is still to come. If you committed it just now, wait a few seconds.</Note>}
      <Flex gap="2" mt="3" wrap="wrap">
        <Button size="1" variant="soft" onClick={() => save(`commitment-${kept.commitment.slice(0, 12)}.json`, backupOf(kept))} data-testid="save-backup">
          Save a backup
        </Button>
        <Button size="1" variant="soft" onClick={() => save(`${kept.itemsRoot}.json`, JSON.stringify(kept.items))} data-testid="save-items">
          Save the items to publish
        </Button>
        {contribution?.status !== "committed" && (
          <Button size="1" variant="soft" color="red" onClick={() => void forget(kept.commitment).then(onForgotten)} data-testid="forget">
            Forget
          </Button>
        )}
      </Flex>
    </Box>
  );
}

function Reveal({ kept, contribution }: { kept: Kept; contribution: Contribution }) {
  const { contracts } = useDeployment();
  const config = useAsk("datanet", "config", {});
  const datanet = useAsk("datanet", "datanet", { datanet: kept.datanet });
  const [kind, setKind] = useState<ContributionKind>("data");
  const [uri, setUri] = useState("");
  const [licence, setLicence] = useState<string | null>(null);
  const due = config.data && BigInt(contribution.committed_at) + BigInt(config.data.reveal_period);
  const offered = licence ?? datanet.data?.settings.licence ?? "";
  const revealed = {
    bytes: kept.bytes, item_count: kept.itemCount, items_root: kept.itemsRoot, kind, licence: offered, payees: [], salt: kept.salt, uri,
  };
  return (
    <Flex direction="column" gap="3">
      <Text size="2">
        {due !== undefined && (
          <>
            Reveal it <Due at={due} over="now: it is overdue" />, or the bond is lost.
          </>
        )}
      </Text>
      <Grid columns={{ initial: "1", sm: "3" }} gap="3">
        <Choice label="Kind" value={kind} onChange={(value) => setKind(value as ContributionKind)} choices={kinds} testid="reveal-kind" hint="What these items are." />
        <TextInput label="Where the items are" hint="An address where reviewers and operators find them." value={uri} onChange={setUri} testid="reveal-uri" placeholder="https://…" />
        <TextInput label="Licence" hint="An SPDX expression." value={offered} onChange={setLicence} testid="reveal-licence" />
      </Grid>
      <Box>
        <SendButton
          title="Reveal"
          disabled={offered === "" || uri === ""}
          testid="reveal"
          messages={() => [message(contracts.datanet, "datanet", "reveal", { contribution: contribution.id, revealed }, "Reveal a contribution")]}
        />
      </Box>
    </Flex>
  );
}
