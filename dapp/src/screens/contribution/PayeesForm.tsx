// Who is paid for a contribution, and in which shares.
import { Box, Button, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Contribution } from "../../../../schema/datanet";
import { formatUnits, readTyped } from "../../amount/amount";
import { useDeployment } from "../../chain/ChainContext";
import { message } from "../../chain/messages";
import { AmountInput, TextInput } from "../../components/fields";
import { SendButton } from "../../components/SendButton";

interface Line {
  readonly account: string;
  /** Per cent, as typed. */
  readonly share: string;
}

const mostPayees = 16;

/** The form. Shares are typed in per cent with two decimals: exactly basis points. */
export function PayeesForm({ contribution }: { contribution: Contribution }) {
  const { contracts } = useDeployment();
  const [lines, setLines] = useState<readonly Line[]>(() => contribution.payees.map(({ account, share }) => ({ account, share: formatUnits(BigInt(share), 2) })));
  const change = (at: number, line: Partial<Line>) => setLines(lines.map((one, index) => (index === at ? { ...one, ...line } : one)));
  const shares = lines.map((line) => readTyped(line.share, 2));
  const total = shares.reduce((sum, share) => sum + (share.ok ? share.units : 0n), 0n);
  const ready = total === 10_000n && shares.every((share) => share.ok && share.units > 0n) && lines.every((line) => line.account !== "");
  const payees = lines.map((line, index) => {
    const share = shares[index];
    // Basis points fit a number: they are at most 10,000.
    return { account: line.account.trim(), share: share?.ok ? parseInt(share.units.toString(), 10) : 0 };
  });
  return (
    <Flex direction="column" gap="3">
      {lines.map((line, index) => (
        <Flex key={index} gap="3" wrap="wrap" align="start">
          <Box flexGrow="1">
            <TextInput label={`Payee ${index + 1}`} value={line.account} onChange={(account) => change(index, { account })} testid={`payee-account-${index}`} />
          </Box>
          <Box width="9rem">
            <AmountInput label="Share" unit="%" value={line.share} onChange={(share) => change(index, { share })} testid={`payee-share-${index}`} />
          </Box>
        </Flex>
      ))}
      <Flex gap="3" align="center" wrap="wrap">
        <Button variant="soft" color="gray" disabled={lines.length >= mostPayees} onClick={() => setLines([...lines, { account: "", share: "0" }])} data-testid="add-payee">
          Add a payee
        </Button>
        <Button variant="soft" color="gray" disabled={lines.length < 2} onClick={() => setLines(lines.slice(0, -1))} data-testid="remove-payee">
          Remove the last
        </Button>
        <Text size="2" color={total === 10_000n ? "gray" : "red"}>
          Shares add up to {formatUnits(total, 2)} %; they must be 100 %.
        </Text>
        <SendButton title="Change who is paid" disabled={!ready} testid="set-payees" messages={() => [message(contracts.datanet, "datanet", "set_payees", { contribution: contribution.id, payees }, "Change payees")]} />
      </Flex>
    </Flex>
  );
}
