// Lines of a price sheet, as an owner types them: for a new model, and for a new sheet of one that there is.
import { Flex, Grid } from "@radix-ui/themes";
import type { Price } from "../../../../schema/model";
import { readTyped, typedUnits } from "../../amount/amount";
import { AddRemove } from "../../components/AddRemove";
import { AmountInput, TextInput } from "../../components/fields";

/** A price as it is typed, in OPEN. */
export interface PriceLine {
  readonly name: string;
  readonly call: string;
  readonly read: string;
  readonly written: string;
}

/** What a new line begins with. */
export const newLine: PriceLine = { name: "", call: "0.01", read: "0", written: "0" };

/** Prices that a sheet holds at most. */
const most = 32;

/** A sheet of the chain, to be changed. */
export function linesOf(prices: readonly Price[]): readonly PriceLine[] {
  return prices.map((price) => ({ name: price.name, call: typedUnits(price.per_call), read: typedUnits(price.per_1000_in ?? "0"), written: typedUnits(price.per_1000_out ?? "0") }));
}

/** What was typed as the chain takes it, or the sentence that says what is wrong. */
export function pricesOf(lines: readonly PriceLine[]): { readonly prices: Price[] } | { readonly problem: string } {
  const prices: Price[] = [];
  for (const line of lines) {
    const [call, read, written] = [readTyped(line.call), readTyped(line.read), readTyped(line.written)];
    const name = line.name.trim();
    if (name === "" || name.length > 64) return { problem: "A price has a name of 1 to 64 characters." };
    if (prices.some((price) => price.name === name)) return { problem: `The price ${name} stands twice. Give each its own name.` };
    if (!call.ok || call.units === 0n) return { problem: `A call at the price ${name} costs at least 0.000001 OPEN.` };
    if (!read.ok || !written.ok) return { problem: `Enter what 1,000 tokens cost at the price ${name}; 0 if nothing.` };
    prices.push({ name, per_call: call.units.toString(), per_1000_in: read.units.toString(), per_1000_out: written.units.toString() });
  }
  return { prices };
}

/** The lines, and buttons for more and fewer of them. */
export function PriceLines({ lines, onChange }: { lines: readonly PriceLine[]; onChange: (lines: readonly PriceLine[]) => void }) {
  const change = (at: number, part: Partial<PriceLine>) => onChange(lines.map((line, index) => (index === at ? { ...line, ...part } : line)));
  return (
    <Flex direction="column" gap="3">
      {lines.map((line, index) => (
        <Grid key={index} columns={{ initial: "2", sm: "4" }} gap="3">
          <TextInput label="Price" value={line.name} onChange={(name) => change(index, { name })} testid={`price-name-${index}`} hint="As payers choose it." />
          <AmountInput label="A call" value={line.call} onChange={(call) => change(index, { call })} testid={`price-call-${index}`} hint="Whatever its length." />
          <AmountInput label="1,000 tokens read" value={line.read} onChange={(read) => change(index, { read })} testid={`price-read-${index}`} hint="Bytes of the prompt." />
          <AmountInput label="1,000 tokens written" value={line.written} onChange={(written) => change(index, { written })} testid={`price-written-${index}`} hint="Bytes of the answer." />
        </Grid>
      ))}
      <Flex gap="3" wrap="wrap">
        <AddRemove what="a price" count={lines.length} most={most} testid="price" onAdd={() => onChange([...lines, newLine])} onRemove={() => onChange(lines.slice(0, -1))} />
      </Flex>
    </Flex>
  );
}
