// One step of an account in words and figures: what came in, by which formula, and what it left.
import type { ReactNode } from "react";
import { formatUnits, percentOfBps, percentOfFees } from "../../amount/amount";
import { Open } from "../../components/figures";
import type { AccountStep } from "../../data/recompute";
import styles from "./StepShown.module.css";

/** The step; the last one is open. */
export function StepShown({ step, last }: { step: AccountStep; last: boolean }) {
  if (step.kind === "repaid") return <p>Proved debt of <Open uopen={step.amount} /> was taken from the bond and credited: accrued is <Open uopen={step.after.accrued} />.</p>;
  if (step.kind === "retired") return <p>The model stopped, and all that was earned was released: <Open uopen={step.after.payable} />.</p>;
  return <RoundStep step={step} last={last} />;
}

function RoundStep({ step, last }: { step: Extract<AccountStep, { kind: "round" }>; last: boolean }) {
  const { settled, score, before, vectors } = step;
  const { entry, gain, doubt, released, readings } = step.step;
  const z = formatUnits(BigInt(settled.z_tenths), 1);
  return (
    <details open={last} className={styles.step} data-testid={`step-${settled.round}`}>
      <summary>
        Round {settled.round}, {settled.kind === "fees" ? "fees" : "valuation"}: {BigInt(gain) < 0n ? "lost" : "gained"} <Open uopen={BigInt(gain) < 0n ? -BigInt(gain) : gain} />
      </summary>
      <div className={styles.lines}>
        <Line name="Score" how={`the median of ${vectors} operators`} is={`${percentOfFees(score.score)} ± ${percentOfFees(score.error).replace("+", "")}`} />
        <Line name="Pool" how="what the round shared among contributions" is={<Open uopen={settled.parts.influence} />} />
        <Line name="Gain" how={`pool · ${score.score} / ${settled.denominator}, rounded down`} is={<Open uopen={gain} testid="step-gain" />} />
        <Line name="Doubt" how={`pool · ${score.error} / ${settled.denominator}, rounded up`} is={<Open uopen={doubt} />} />
        <Line name="Accrued" how={<><Open uopen={before.accrued} unit={false} /> before, and the gain; at most <Open uopen={settled.cap} unit={false} /></>} is={<Open uopen={entry.accrued} testid="step-accrued" />} />
        <Line name="In doubt" how={`${z} standard errors of all rounds together`} is={<Open uopen={readings.doubt_bound} />} />
        <Line name="Beyond doubt" how="accrued without that, at least 0" is={<Open uopen={readings.earned} />} />
        <Line name="Released" how={`${percentOfBps(settled.release_rate)} of what is beyond doubt and was not released before`} is={<Open uopen={released} />} />
        <Line name="Released in all" how={<><Open uopen={before.payable} unit={false} /> before</>} is={<Open uopen={entry.payable} testid="step-payable" />} />
      </div>
    </details>
  );
}

function Line({ name, how, is }: { name: string; how: ReactNode; is: ReactNode }) {
  return (
    <div className={styles.line}>
      <span className={styles.name}>{name}</span>
      <span className={styles.how}>{how}</span>
      <span className={styles.is}>{is}</span>
    </div>
  );
}
