// Plots, drawn as SVG: bars of fees by epoch, scores with their errors by round. Each has its numbers in words for who cannot see it.
import { formatOpen, fraction, percentOfFees } from "../amount/amount";
import styles from "./plots.module.css";

/** A bar. */
export interface Bar {
  readonly name: string;
  readonly amount: bigint;
}

const width = 640;
const height = 180;
const pad = { left: 8, right: 8, top: 12, bottom: 24 };

/** Amounts by name, as bars. */
export function Bars({ bars, title, testid }: { bars: readonly Bar[]; title: string; testid?: string }) {
  const largest = bars.reduce((most, bar) => (bar.amount > most ? bar.amount : most), 0n);
  const step = (width - pad.left - pad.right) / Math.max(bars.length, 1);
  const space = height - pad.top - pad.bottom;
  const every = Math.ceil(bars.length / 12);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} role="img" aria-label={`${title}: ${bars.map((bar) => `${bar.name} ${formatOpen(bar.amount)}`).join(", ")}`} data-testid={testid}>
      <line x1={pad.left} x2={width - pad.right} y1={height - pad.bottom} y2={height - pad.bottom} className={styles.axis} />
      {bars.map((bar, index) => {
        const tall = space * fraction(bar.amount, largest);
        return (
          <g key={bar.name}>
            <rect x={pad.left + index * step + step * 0.15} width={step * 0.7} y={height - pad.bottom - tall} height={tall} className={styles.bar}>
              <title>{`${bar.name}: ${formatOpen(bar.amount)}`}</title>
            </rect>
            {index % every === 0 && (
              <text x={pad.left + (index + 0.5) * step} y={height - 8} className={styles.label}>
                {bar.name}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** A score with its standard error, in 10^-9 of the fees. */
export interface Scored {
  readonly name: string;
  readonly score: number;
  readonly error: number;
}

/** Scores by round: a point, one standard error, and z of them. */
export function Scores({ scores, zTenths, title, testid }: { scores: readonly Scored[]; zTenths: number; title: string; testid?: string }) {
  const z = zTenths / 10;
  const most = Math.max(1, ...scores.map(({ score, error }) => Math.abs(score) + z * error));
  const step = (width - pad.left - pad.right) / Math.max(scores.length, 1);
  const middle = pad.top + (height - pad.top - pad.bottom) / 2;
  const y = (value: number) => middle - (value / most) * ((height - pad.top - pad.bottom) / 2);
  const words = scores.map(({ name, score, error }) => `${name} ${percentOfFees(score)} with an error of ${percentOfFees(error).replace("+", "")}`);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} role="img" aria-label={`${title}: ${words.join(", ")}`} data-testid={testid}>
      <line x1={pad.left} x2={width - pad.right} y1={y(0)} y2={y(0)} className={styles.axis} />
      {scores.map(({ name, score, error }, index) => {
        const x = pad.left + (index + 0.5) * step;
        return (
          <g key={name} data-testid="score-point">
            <title>{words[index]}</title>
            <line x1={x} x2={x} y1={y(score - z * error)} y2={y(score + z * error)} className={styles.wide} />
            <line x1={x} x2={x} y1={y(score - error)} y2={y(score + error)} className={styles.narrow} />
            <circle cx={x} cy={y(score)} r={4} className={score < 0 ? styles.harm : styles.bar} />
            <text x={x + 10} y={y(score) + 4} className={styles.value}>
              {percentOfFees(score)}
            </text>
            <text x={x} y={height - 8} className={styles.label}>
              {name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
