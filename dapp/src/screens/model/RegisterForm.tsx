// Registering a version: the manifest that was written beside the weights, held against the chain, completed and sent.
import { Box, Flex, Heading, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model, VersionManifest } from "../../../../schema/model";
import { readPercent, typedPercent } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { Drop } from "../../components/Drop";
import { TextInput } from "../../components/fields";
import { Code, Facts } from "../../components/figures";
import { SendButton } from "../../components/SendButton";
import { Note } from "../../components/ui";
import { bitmapOf, positionsIn, readManifest, readNumbers, showNumbers } from "../../data/manifest";
import { useVersionChecks } from "../../data/versionChecks";
import { Checks } from "./Checks";
import { Snapshots } from "./Snapshots";
import { WorkLines, type WorkLine } from "./WorkLines";

/** What the owner completes. */
interface Completed {
  readonly uri: string;
  /** Positions that it was not trained on. */
  readonly leftOut: string;
  readonly trainedOn: VersionManifest["trained_on"];
  readonly work: readonly WorkLine[];
}

/** What was appended after the training is left out, unless the owner says otherwise. */
function begin(manifest: VersionManifest, model: Model): Completed {
  const later = Array.from({ length: Math.max(0, model.positions - manifest.positions) }, (_, index) => manifest.positions + index);
  const leftOut = [...positionsIn(manifest.left_out, manifest.positions), ...(manifest.positions === 0 ? [] : later)];
  const work = manifest.work.map(({ account, kind, share }) => ({ account, kind, share: typedPercent(share) }));
  return { uri: manifest.uri, leftOut: showNumbers(leftOut), trainedOn: manifest.trained_on, work };
}

/** As the chain takes it; null while something that was typed cannot be read. */
function complete(manifest: VersionManifest, model: Model, { uri, leftOut, trainedOn, work }: Completed): VersionManifest | null {
  // More than the model has stays as it is: a check says what to do about it.
  const positions = Math.max(manifest.positions, model.positions);
  const numbers = readNumbers(leftOut, positions);
  const claims = work.map(({ account, kind, share }) => ({ account: account.trim(), kind, share: readPercent(share) ?? 0 }));
  const paid = claims.reduce((sum, claim) => sum + claim.share, 0);
  if (!numbers || uri.length > 512 || paid > 10_000 || claims.some((claim) => claim.account === "" || claim.share === 0)) return null;
  return { ...manifest, uri, positions, left_out: bitmapOf(numbers, positions), trained_on: trainedOn, work: claims };
}

/** The owner's form. */
export function RegisterForm({ model }: { model: Model }) {
  const [manifest, setManifest] = useState<VersionManifest | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const choose = async ([file]: readonly File[]) => {
    setManifest(null);
    setProblem(null);
    if (!file) return;
    await readManifest(file).then(setManifest, (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  };
  return (
    <Flex direction="column" gap="4" data-testid="register-form">
      <Heading as="h3" size="3">
        Register version {model.versions + 1}
      </Heading>
      <Drop label="Manifest of the version" accept=".json" onFiles={(files) => void choose(files)} testid="manifest-file">
        Drop manifest.json, which oracle train wrote. Publish the weights first, with oracle publish.
      </Drop>
      {problem && (
        <div role="alert">
          <Note color="red" testid="manifest-problem">
            {problem}
          </Note>
        </div>
      )}
      {manifest && <Complete key={`${manifest.weights_hash}-${model.versions}-${model.positions}`} model={model} manifest={manifest} onDone={() => setManifest(null)} />}
    </Flex>
  );
}

function Complete({ model, manifest, onDone }: { model: Model; manifest: VersionManifest; onDone: () => void }) {
  const { contracts } = useDeployment();
  const [typed, setTyped] = useState(() => begin(manifest, model));
  const made = complete(manifest, model, typed);
  const checks = useVersionChecks(model, made);
  const set = (part: Partial<Completed>) => setTyped({ ...typed, ...part });
  const ready = made !== null && checks.isSuccess && checks.data.every((check) => check.is !== "wrong");
  return (
    <>
      <Facts
        facts={[
          ["Weights", <Code key="weights" testid="manifest-weights">{manifest.weights_hash}</Code>],
          ["Training", <Code key="training">{manifest.training_hash}</Code>],
          ["Positions it counts", manifest.positions === 0 ? "none: it was trained on files" : manifest.positions, "manifest-positions"],
        ]}
      />
      <Snapshots trainedOn={typed.trainedOn} onChange={(trainedOn) => set({ trainedOn })} />
      <TextInput label="Positions that it was not trained on" value={typed.leftOut} onChange={(leftOut) => set({ leftOut })} testid="manifest-left-out" hint="Numbers from 0 and ranges, as 2 5-7. Empty: it was trained on all that the model uses." problem={readNumbers(typed.leftOut, Math.max(manifest.positions, model.positions)) ? null : "Enter positions of this model, as 2 5-7."} />
      <TextInput label="Where the files are" value={typed.uri} onChange={(uri) => set({ uri })} testid="manifest-uri" hint="The place that oracle publish wrote to, for who wants to check. Up to 512 characters." placeholder="https://…" />
      <WorkLines lines={typed.work} onChange={(work) => set({ work })} />
      <Checks query={checks} />
      <Box>
        <SendButton title={`Register version ${model.versions + 1}`} disabled={!ready} testid="register-version" onDone={onDone} messages={() => (made ? [message(contracts.model, "model", "register_version", { model: model.id, manifest: made }, "Register a version")] : null)} />
      </Box>
      <Text as="p" size="2" color="gray">
        A version is frozen at once. Operators load it by these hashes, and refuse files that have others.
      </Text>
    </>
  );
}
