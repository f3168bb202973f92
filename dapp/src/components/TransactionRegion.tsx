// Tells of the transaction that was sent last: one place, read out by screen readers, whatever screen is shown.
import { Box, Button, Callout, Code, Flex, Spinner, Text } from "@radix-ui/themes";
import { useState } from "react";
import { useDeployment } from "../chain/ChainContext";
import type { Stage } from "../chain/sender";
import { type Sent, useSender } from "../chain/SendContext";
import { feeOf } from "../chain/fees";
import styles from "./TransactionRegion.module.css";

const stages: Readonly<Record<Stage, string>> = {
  estimating: "Trying it out to see what it costs …",
  signing: "Waiting for your wallet. Confirm or refuse it there.",
  sent: "Sent. Waiting for a block …",
  included: "In a block.",
};

/** The region at the foot of the page. */
export function TransactionRegion() {
  const { sent, dismiss } = useSender();
  return (
    <div className={styles.region} role="status" aria-live="polite" data-testid="transaction" data-state={sent.state} data-stage={sent.state === "going" ? sent.stage : undefined}>
      {sent.state !== "none" && (
        <Callout.Root className={styles.box} color={colourOf(sent)} variant="surface" size="1">
          <Told sent={sent} dismiss={dismiss} />
        </Callout.Root>
      )}
    </div>
  );
}

function colourOf(sent: Sent): "blue" | "green" | "red" {
  if (sent.state === "going" || sent.state === "unseen") return "blue";
  return sent.state === "done" ? "green" : "red";
}

function Told({ sent, dismiss }: { sent: Exclude<Sent, { state: "none" }>; dismiss: () => void }) {
  const { chain } = useDeployment();
  const { send } = useSender();
  if (sent.state === "going") {
    return (
      <Flex gap="2" align="center">
        <Spinner />
        <Text size="2">
          <strong>{sent.title}.</strong> {stages[sent.stage]}
        </Text>
      </Flex>
    );
  }
  if (sent.state === "unseen") return <Unseen title={sent.title} hash={sent.hash} dismiss={dismiss} />;
  return (
    <Flex direction="column" gap="2">
      <Text size="2">
        <strong>{sent.title}.</strong>{" "}
        {sent.state === "done" ? (
          <span data-testid="transaction-done">
            In block {sent.receipt.height}, with {sent.receipt.gasUsed.toString()} gas and a fee of about {feeOf(chain, sent.receipt.gasWanted)}.
          </span>
        ) : (
          <span data-testid="transaction-problem" data-kind={sent.problem.kind}>
            {sent.problem.message}
          </span>
        )}
      </Text>
      {sent.state === "failed" && sent.problem.detail !== sent.problem.message && (
        <details>
          <summary className={styles.summary}>What was said exactly</summary>
          <Code size="1" className={styles.detail}>
            {sent.problem.detail}
          </Code>
        </details>
      )}
      {sent.state === "done" && (
        <Code size="1" className={styles.detail} data-testid="transaction-hash">
          {sent.receipt.hash}
        </Code>
      )}
      <Flex gap="2" asChild>
        <Box>
          {sent.state === "failed" && sent.problem.kind !== "pending" && sent.messages.length > 0 && (
            <Button size="1" onClick={() => void send(sent.title, sent.messages)} data-testid="transaction-again">
              Try again
            </Button>
          )}
          <Button size="1" variant="soft" color="gray" onClick={dismiss} data-testid="transaction-dismiss">
            Close
          </Button>
        </Box>
      </Flex>
    </Flex>
  );
}

/** Sent, and in no block when it was last looked for: it may still come. */
function Unseen({ title, hash, dismiss }: { title: string; hash: string; dismiss: () => void }) {
  const { look } = useSender();
  const [looking, setLooking] = useState(false);
  const again = () => {
    setLooking(true);
    void look().finally(() => setLooking(false));
  };
  return (
    <Flex direction="column" gap="2">
      <Text size="2" data-testid="transaction-unseen">
        <strong>{title}.</strong> It was sent and is in no block yet. Do not send it again: the page looks for it by itself, also when you come back later.
      </Text>
      <Code size="1" className={styles.detail} data-testid="transaction-hash">
        {hash}
      </Code>
      <Flex gap="2">
        <Button size="1" loading={looking} onClick={again} data-testid="transaction-look">
          Look again
        </Button>
        <Button size="1" variant="soft" color="gray" onClick={dismiss} data-testid="transaction-dismiss">
          Close
        </Button>
      </Flex>
    </Flex>
  );
}
