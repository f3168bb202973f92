// What may be spent in a call and in a day: kept in this browser, held before anything is ordered.
import { Box, Button, Flex, Grid } from "@radix-ui/themes";
import { type FormEvent, useState } from "react";
import { readTyped, shortUnits } from "../../amount/amount";
import { AmountInput } from "../../components/fields";
import { Note } from "../../components/ui";
import { payProblemOf } from "../../pay/problems";
import type { Playground } from "./usePlayground";

/** The form. */
export function Budgets({ playground: { books, kept, refresh } }: { playground: Playground }) {
  const budget = kept.data?.budget;
  const [typed, setTyped] = useState<{ call?: string; day?: string }>({});
  const [said, setSaid] = useState<string | null>(null);
  const call = typed.call ?? (budget ? shortUnits(BigInt(budget.perCall)) : "");
  const day = typed.day ?? (budget ? shortUnits(BigInt(budget.perDay)) : "");
  const [perCall, perDay] = [readTyped(call), readTyped(day)];
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!perCall.ok || !perDay.ok) return;
    try {
      await books.setBudget({ perCall: perCall.units.toString(), perDay: perDay.units.toString() });
      setTyped({});
      setSaid("Kept. It holds from the next call on.");
    } catch (error) {
      setSaid(payProblemOf(error).message);
    }
    await refresh();
  };
  return (
    <form onSubmit={(event) => void save(event)} aria-label="What you allow">
      <Flex direction="column" gap="2">
        <Grid columns={{ initial: "1", sm: "2" }} gap="3">
          <AmountInput label="At most for a call" value={call} onChange={(value) => setTyped({ ...typed, call: value })} testid="budget-call" hint="A question that may cost more is not asked." />
          <AmountInput label="At most a day" value={day} onChange={(value) => setTyped({ ...typed, day: value })} testid="budget-day" hint="Of all channels in this browser, by days of UTC." />
        </Grid>
        <Box>
          <Button type="submit" variant="soft" disabled={!perCall.ok || !perDay.ok || (typed.call === undefined && typed.day === undefined)} data-testid="budget-save">
            Keep these limits
          </Button>
        </Box>
        <div role="status" data-testid="budget-said">{said && <Note>{said}</Note>}</div>
      </Flex>
    </form>
  );
}
