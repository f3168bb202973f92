// The versions of a model, the latest first: what each was made from, and its hashes.
import { Box, Button, Card, Flex, Heading } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import { useAsk } from "../../chain/ChainContext";
import { Code, Facts, To } from "../../components/figures";
import { Time } from "../../components/time";
import { Nothing, Shown } from "../../components/ui";
import { useWallet } from "../../wallet/WalletContext";
import { RegisterForm } from "./RegisterForm";
import styles from "./tab.module.css";

const atFirst = 3;

/** The versions. */
export function Versions({ model }: { model: Model }) {
  const { account } = useWallet();
  const [shown, setShown] = useState(atFirst);
  const numbers = Array.from({ length: model.versions }, (_, index) => model.versions - index);
  return (
    <div className={styles.tab}>
      {account?.address === model.owner && (
        <Box mb="5">
          <RegisterForm model={model} />
        </Box>
      )}
      {numbers.length === 0 && <Nothing>The owner has registered no version yet.</Nothing>}
      {numbers.slice(0, shown).map((number) => (
        <VersionCard key={number} model={model.id} number={number} />
      ))}
      {numbers.length > shown && (
        <Button variant="soft" onClick={() => setShown(shown + 10)} data-testid="older-versions">
          Older versions
        </Button>
      )}
    </div>
  );
}

function VersionCard({ model, number }: { model: string; number: number }) {
  const query = useAsk("model", "version", { model, number });
  return (
    <Card data-testid={`version-${number}`}>
      <Heading as="h3" size="3" mb="3">
        Version {number}
      </Heading>
      <Shown query={query}>
        {({ manifest, registered_at }) => (
          <Facts
            facts={[
              ["Registered", <Time key="at" at={registered_at} />],
              ["Made from", <Flex key="from" direction="column">{manifest.trained_on.map((one) => <span key={one.datanet}><To to={`/datanets/${one.datanet}`}>DataNet {one.datanet}</To>, its first {one.version} contributions</span>)}</Flex>],
              ["Positions", manifest.positions],
              ["Weights", <Code key="weights">{manifest.weights_hash}</Code>],
              ["Training", <Code key="training">{manifest.training_hash}</Code>],
              ["Files at", manifest.uri || "–"],
              ["Work", manifest.work.length === 0 ? "none" : manifest.work.map((claim) => <div key={claim.account + claim.kind}>{claim.kind.replace("_", " ")}: <Code>{claim.account}</Code></div>)],
            ]}
          />
        )}
      </Shown>
    </Card>
  );
}
