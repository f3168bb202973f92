// One paid call: what was asked and said, what it did cost, correcting it, and who earned by it.
import { Badge, Button, Flex, Text } from "@radix-ui/themes";
import { useState } from "react";
import type { Model } from "../../../../schema/model";
import type { Channel } from "../../../../schema/settlement";
import { Open } from "../../components/figures";
import type { PaidCall } from "../../pay/books";
import { Correct } from "./Correct";
import { Earners } from "./Earners";
import styles from "./Playground.module.css";
import type { Playground } from "./usePlayground";

/** Why an answer ended where that is worth saying. */
const ends: Readonly<Record<string, string>> = {
  length: "It ended at the longest answer that you asked for.",
  content_filter: "The gateway ended it: the model was about to say what its own probabilities do not explain.",
};

/** The call. */
export function Call({ call, channel, model, playground, isOld }: { call: PaidCall; channel: Channel; model: Model | null; playground: Playground; isOld: boolean }) {
  const [open, setOpen] = useState<"correct" | "earners" | null>(null);
  const toggle = (what: "correct" | "earners") => setOpen(open === what ? null : what);
  return (
    <article className={styles.turn} aria-label={`Call ${call.number}`} data-testid={`call-${call.number}`} data-receipt={call.receipt}>
      <Text as="p" weight="bold" className={styles.said}>
        {call.question.text}
      </Text>
      <Text as="p" className={styles.said} data-testid="answer">
        {call.way === "classify" ? `Label ${call.answer}` : call.answer}
      </Text>
      {call.finish !== null && ends[call.finish] && (
        <Text as="p" size="1" color="gray">
          {ends[call.finish]}
        </Text>
      )}
      <Flex gap="3" align="center" wrap="wrap">
        <Text size="1" color="gray">
          Paid <Open uopen={call.fee} testid="call-fee" /> for {call.tokensIn} + {call.tokensOut} tokens · receipt {call.receipt} · version {call.version}
        </Text>
        {isOld && (
          <Badge color="gray" variant="soft">
            earlier conversation
          </Badge>
        )}
        {model?.corrections && (
          <Button size="1" variant="ghost" aria-expanded={open === "correct"} onClick={() => toggle("correct")} data-testid={`correct-${call.number}`}>
            {call.correction === null ? "Correct this answer" : "Your correction"}
          </Button>
        )}
        <Button size="1" variant="ghost" aria-expanded={open === "earners"} onClick={() => toggle("earners")} data-testid={`earners-${call.number}`}>
          Who earned
        </Button>
      </Flex>
      {open === "correct" && <Correct call={call} channel={channel} playground={playground} />}
      {open === "earners" && <Earners call={call} playground={playground} />}
    </article>
  );
}
