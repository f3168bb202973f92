// Times of the chain, for people: when, and how long from now.
import { useTip } from "../chain/ChainContext";

/** Seconds since 1970 as date and time of day here. */
export function formatTime(seconds: bigint | string): string {
  const date = new Date(parseInt(seconds.toString(), 10) * 1000);
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }).format(date);
}

/** A length of time in its largest units: `2 h 5 min`. */
export function formatSeconds(seconds: bigint | string): string {
  let rest = BigInt(seconds);
  if (rest <= 0n) return "0 s";
  const units: [bigint, string][] = [[86_400n, "d"], [3_600n, "h"], [60n, "min"], [1n, "s"]];
  const parts: string[] = [];
  for (const [size, name] of units) {
    if (rest >= size && parts.length < 2) parts.push(`${rest / size} ${name}`);
    rest %= size;
  }
  return parts.join(" ");
}

/** A time, machine readable too. */
export function Time({ at }: { at: bigint | string }) {
  return <time dateTime={new Date(parseInt(at.toString(), 10) * 1000).toISOString()}>{formatTime(at)}</time>;
}

/** A time that is to come or over, by the chain's clock. */
export function Due({ at, over = "over" }: { at: bigint | string; over?: string }) {
  const tip = useTip();
  if (!tip.data) return <Time at={at} />;
  const left = BigInt(at) - tip.data.seconds;
  return <span>{left > 0n ? <>in {formatSeconds(left)}</> : over}</span>;
}

/** Whether a time has come, by the chain's clock; false until the clock is known. */
export function useHasCome(at: bigint | string | null | undefined): boolean {
  const tip = useTip();
  return at != null && tip.data !== undefined && tip.data.seconds >= BigInt(at);
}
