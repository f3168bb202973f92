// Who earned by a call, once the round that its fee belongs to is settled.
import { Box, Button, Text } from "@radix-ui/themes";
import { useQuery } from "@tanstack/react-query";
import { percentOfFees } from "../../amount/amount";
import { Open, To } from "../../components/figures";
import { Table } from "../../components/Table";
import { Waiting } from "../../components/ui";
import type { PaidCall } from "../../pay/books";
import type { Attribution, Earned } from "../../pay/gateway";
import { payProblemOf } from "../../pay/problems";
import type { Playground } from "./usePlayground";

/** Shares from −1 to 1 are shown as scores are. */
const billionths = 1_000_000_000;

/** The table, or why there is none yet. */
export function Earners({ call, playground: { gateway } }: { call: PaidCall; playground: Playground }) {
  const found = useQuery({ queryKey: ["earners", gateway.url, call.receipt], queryFn: () => gateway.attribution(call.receipt), retry: false });
  const again = (
    <Box>
      <Button size="1" variant="soft" onClick={() => void found.refetch()} data-testid="earners-again">
        Look again
      </Button>
    </Box>
  );
  if (found.isPending) return <Waiting lines={2} />;
  if (found.isError || found.data === null) {
    return (
      <Box role="status" data-testid="earners-none">
        <Text as="p" size="2" color="gray">
          {found.isError ? payProblemOf(found.error).message : "The round that this call belongs to is not settled yet. Nobody has earned by it so far."}
        </Text>
        {again}
      </Box>
    );
  }
  return <Settled attribution={found.data} call={call} />;
}

function Settled({ attribution: { round, pool, contributions, citations }, call }: { attribution: Attribution; call: PaidCall }) {
  return (
    <Box>
      <Text as="p" size="2" color="gray">
        Of this call, <Open uopen={pool} testid="earners-pool" /> went to contributors in round {round}. Influence is on this answer alone; pay is decided by the round.
      </Text>
      <Table<Earned>
        caption={`Who earned by call ${call.number}`}
        testid="earners-table"
        rows={contributions}
        rowKey={(row) => String(row.position)}
        columns={[
          { title: "Contribution", cell: (row) => <To to={`/contributions/${row.contribution}`}>{row.contribution}</To> },
          { title: "Influence here", cell: (row) => percentOfFees(Math.round(row.influence * billionths)), numeric: true },
          { title: "Score in the round", cell: (row) => `${percentOfFees(row.score)} ± ${percentOfFees(row.error).replace("+", "")}`, numeric: true },
          { title: "Earned", cell: (row) => <Open uopen={row.earned} />, numeric: true },
        ]}
      />
      {citations.map((one) => (
        <Text as="p" size="2" key={one.quote} data-testid="citation">
          “{one.quote}” stands in {one.contribution === null ? "what it learned from" : <To to={`/contributions/${one.contribution}`}>contribution {one.contribution}</To>}.
        </Text>
      ))}
    </Box>
  );
}
