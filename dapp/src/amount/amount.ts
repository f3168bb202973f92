// Amounts: whole numbers in the smallest unit as bigint, and decimal text only at the edge. No amount ever is a JavaScript number.

/** Decimals of OPEN, and of the shares of a stake. */
export const decimals = 6;

/** Groups of three digits are parted by this: a narrow space that does not break. */
const gap = "\u202f";

/** A decimal text of the smallest unit as chains write it, `"1500000"`. Throws for anything else. */
export function parseUnits(text: string): bigint {
  if (!/^-?[0-9]+$/.test(text)) throw new Error(`"${text}" is no whole number`);
  return BigInt(text);
}

/** `1500000n` as `1.500000`; whole parts are grouped: `1 234 567.000000`. */
export function formatUnits(units: bigint, places = decimals): string {
  const sign = units < 0n ? "−" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(?:[0-9]{3})+$)/g, gap);
  return places === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-places)}`;
}

/** The same without trailing zeros of the fraction, but for two: `1.50`. */
export function shortUnits(units: bigint, places = decimals): string {
  const full = formatUnits(units, places);
  const cut = full.replace(/(\.[0-9]{2}[0-9]*?)0+$/, "$1");
  return cut;
}

/** An amount in OPEN with its unit: `1.500000 OPEN`. */
export function formatOpen(uopen: bigint): string {
  return `${formatUnits(uopen)} OPEN`;
}

/** What somebody typed as an amount, `1 234.5` or `0,5` as `500000n`. */
export type Typed = { readonly ok: true; readonly units: bigint } | { readonly ok: false; readonly problem: string };

/** Reads what somebody typed. Nothing is rounded: more decimals than there are is a problem, not a smaller amount. */
export function readTyped(text: string, places = decimals): Typed {
  const plain = text.replace(/[\s\u202f\u00a0']/g, "").replace(",", ".");
  if (plain === "") return { ok: false, problem: "Enter an amount." };
  const match = /^([0-9]*)(?:\.([0-9]*))?$/.exec(plain);
  if (!match || (match[1] === "" && (match[2] ?? "") === "")) return { ok: false, problem: "Enter a number, as 1.5." };
  const fraction = match[2] ?? "";
  if (fraction.length > places) return { ok: false, problem: `There are ${places} decimals at most.` };
  return { ok: true, units: BigInt(`${match[1] || "0"}${fraction.padEnd(places, "0")}`) };
}

/** Adds up. */
export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

/** `part / whole` as per cent with one decimal, rounded down: `12.5 %`. */
export function percentOf(part: bigint, whole: bigint): string {
  if (whole === 0n) return "–";
  const tenths = (part * 1000n) / whole;
  return `${formatUnits(tenths, 1)} %`;
}

/** Basis points as per cent: 1250 is `12.5 %`. */
export function percentOfBps(bps: number): string {
  return `${(bps / 100).toString()} %`;
}

/** Per cent as somebody typed it, `12.5`, in basis points; null if it is no share from 0 to 100. */
export function readPercent(text: string): number | null {
  const read = readTyped(text, 2);
  if (!read.ok || read.units > 10_000n) return null;
  // Basis points: a number holds them exactly.
  const bps = read.units;
  return parseInt(bps.toString(), 10);
}

/** Basis points as they are typed: 1250 is `12.50`. */
export function typedPercent(bps: number): string {
  return formatUnits(BigInt(bps), 2);
}

/** An amount as it is typed, without spaces between groups: `1234.500000`. */
export function typedUnits(units: bigint | string): string {
  return formatUnits(BigInt(units)).replaceAll(gap, "");
}

/** A score or error in 10^-9 as per cent of a round's fees with three decimals, rounded half away from zero: `+2.623 %`. */
export function percentOfFees(billionths: number): string {
  const thousandths = Math.round(Math.abs(billionths) / 10_000);
  const sign = thousandths === 0 ? "" : billionths < 0 ? "−" : "+";
  return `${sign}${Math.floor(thousandths / 1000)}.${(thousandths % 1000).toString().padStart(3, "0")} %`;
}

/** How long a bar is that shows `part` of `whole`: 0 to 1. For drawing only. */
export function fraction(part: bigint, whole: bigint): number {
  if (whole <= 0n || part <= 0n) return 0;
  const thousandths = (part * 1000n) / whole;
  return (thousandths > 1000n ? 1000 : parseInt(thousandths.toString(), 10)) / 1000;
}
