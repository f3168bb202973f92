// What a contribution earned in one model: scores with their errors by round, its account on chain, and the way there, recomputed.
import { Flex } from "@radix-ui/themes";
import type { Contribution } from "../../../../schema/datanet";
import type { Model } from "../../../../schema/model";
import type { Account } from "../../../../schema/settlement";
import { useAsk } from "../../chain/ChainContext";
import { Open, Shares, Tiles, To } from "../../components/figures";
import { Scores } from "../../components/plots";
import { Failed, Note, Section, Shown, Waiting } from "../../components/ui";
import { due } from "../../data/claims";
import { type Recomputed, useRecomputed } from "../../data/recompute";
import { Debt } from "./Debt";
import { Noted } from "./Noted";
import { StepShown } from "./StepShown";

/** The section of a model; nothing if the model does not use the contribution. */
export function InModel({ model, contribution }: { model: Model; contribution: Contribution }) {
  const position = useAsk("model", "position_of", { model: model.id, contribution: contribution.id });
  if (position.data == null) return null;
  return <Earned model={model} contribution={contribution} position={position.data} />;
}

function Earned({ model, contribution, position }: { model: Model; contribution: Contribution; position: number }) {
  const page = position === 0 ? { limit: 1 } : { limit: 1, start_after: String(position - 1) };
  const accounts = useAsk("settlement", "accounts", { model: model.id, page }, { live: true });
  const recomputed = useRecomputed(model.id, position);
  return (
    <Section title={`In ${model.name}`} note={<>Position {position} of <To to={`/models/${model.id}`}>model {model.id}</To></>} testid={`in-model-${model.id}`}>
      <Noted model={model} contribution={contribution} position={position} />
      <Shown query={accounts} empty={(rows) => rows[0] === undefined} none="No round has measured it yet.">
        {([account]) =>
          account && (
            <>
              <AccountShown account={account} />
              <Debt contribution={contribution.id} datanet={contribution.datanet} model={model.id} account={account} />
            </>
          )
        }
      </Shown>
      {recomputed.isPending && <Waiting />}
      {recomputed.isError && <Failed error={recomputed.error} again={() => void recomputed.refetch()} />}
      {recomputed.data && accounts.data?.[0] && <Way recomputed={recomputed.data} account={accounts.data[0]} />}
    </Section>
  );
}

function AccountShown({ account }: { account: Account }) {
  return (
    <Tiles
      tiles={[
        ["Accrued", <Open key="accrued" uopen={account.accrued} testid="accrued" />, "earned so far; negative is debt"],
        ["Held back", <Open key="held" uopen={account.held_back} testid="held-back" />, "in doubt, or not yet released"],
        ["Debt", <Open key="debt" uopen={account.debt} testid="debt" />, BigInt(account.proved_debt) > 0n ? "part of it is proved" : "none of it proved"],
        ["Released", <Open key="payable" uopen={account.payable} testid="payable" />, "ever"],
        ["To be claimed", <Open key="due" uopen={due(account)} testid="due" />],
        ["Stake given", <Shares key="stake" units={account.stake} />],
      ]}
    />
  );
}

function Way({ recomputed, account }: { recomputed: Recomputed; account: Account }) {
  const { entry, steps } = recomputed;
  const equal = entry.accrued === account.accrued && entry.payable === account.payable && entry.variance === account.variance && entry.last_score === account.last_score;
  const rounds = steps.flatMap((step) => (step.kind === "round" ? [step] : []));
  if (steps.length === 0) return <Note>No round has measured this contribution yet.</Note>;
  return (
    <Flex direction="column" gap="4" mt="4">
      <figure>
        <figcaption>Score by round, in % of its fees: the thick line is one standard error, the thin one as many as count as certain</figcaption>
        <Scores
          title="Score by round"
          testid="score-plot"
          zTenths={rounds.at(-1)?.settled.z_tenths ?? 20}
          scores={rounds.map(({ settled, score }) => ({ name: `round ${settled.round}`, ...score }))}
        />
      </figure>
      {equal ? (
        <Note color="green" testid="recomputed-equal">
          Recomputed in this browser from what operators revealed: every figure equals the chain&rsquo;s, to the last unit.
        </Note>
      ) : (
        <Note color="amber" testid="recomputed-differs">
          Recomputed, this comes to something else than the chain says. A round may be on its way: look again when it is settled. If it stays so, tell whoever runs this deployment.
        </Note>
      )}
      {steps.map((step, index) => (
        <StepShown key={index} step={step} last={index === steps.length - 1} />
      ))}
    </Flex>
  );
}
