// The calls of a channel as a conversation, and the one that goes on.
import { Flex, Text } from "@radix-ui/themes";
import { useEffect, useRef } from "react";
import type { Model } from "../../../../schema/model";
import type { Channel } from "../../../../schema/settlement";
import { Open } from "../../components/figures";
import { Note } from "../../components/ui";
import type { Recovered } from "../../pay/courier";
import { Call } from "./Call";
import styles from "./Playground.module.css";
import type { Going, Playground } from "./usePlayground";

/** Calls that are shown: the latest. */
const shown = 20;

/** The conversation. It is read out once an answer is whole, not letter by letter. */
export function Calls({ playground, channel, model, thread }: { playground: Playground; channel: Channel; model: Model | null; thread: number }) {
  const { kept, going, recovered } = playground;
  const calls = (kept.data?.calls ?? []).slice(-shown);
  const end = useRef<HTMLDivElement>(null);
  const written = going?.progress?.text.length ?? 0;
  useEffect(() => {
    const log = end.current;
    if (log) log.scrollTop = log.scrollHeight;
  }, [written, calls.length]);
  const pending = kept.data?.pocket?.pending;
  return (
    <Flex direction="column" gap="3">
      {pending && !going && (
        <Note color="amber" testid="left-under-way">
          A call was under way when this page was closed: “{pending.question.text}”. It is being fetched; it is paid once, and costs at most <Open uopen={pending.order.ceiling} />.
        </Note>
      )}
      <div role="status" data-testid="recovered" data-found={recovered?.found}>
        {recovered && recovered.found !== "nothing" && <Note color={recovered.found === "retired" ? "red" : "blue"}>{recoveredWords(recovered)}</Note>}
      </div>
      <div className={styles.log} role="log" aria-live="polite" aria-busy={going !== null} aria-label="Questions and answers" tabIndex={0} ref={end} data-testid="calls">
        {calls.length === 0 && !going && (
          <Text as="p" color="gray">
            Nothing was asked yet.
          </Text>
        )}
        {calls.map((call) => (
          <Call key={call.id} call={call} channel={channel} model={model} playground={playground} isOld={call.question.thread !== thread} />
        ))}
        {going && <Answering going={going} />}
      </div>
    </Flex>
  );
}

function recoveredWords(recovered: Exclude<Recovered, { found: "nothing" }>): string {
  switch (recovered.found) {
    case "paid":
      return `The answer to call ${recovered.call.number}, which was under way when the page was closed, was fetched and paid.`;
    case "unserved":
      return "The call that was under way when the page was closed was never served. Nothing was paid for it.";
    case "retired":
      return `This browser uses the channel no further: ${recovered.why}`;
  }
}

function Answering({ going: { question, progress, stopped } }: { going: Going }) {
  return (
    <div className={styles.turn} data-testid="answering" data-stopped={stopped !== null}>
      <Text as="p" weight="bold" className={styles.said}>
        {question}
      </Text>
      <Text as="p" className={styles.said} data-testid="answer-so-far">
        {stopped ?? progress?.text ?? "…"}
      </Text>
      {stopped !== null && (
        <Text as="p" size="1" color="gray" data-testid="stopped">
          Stopped. The gateway finishes what it began and is paid for it: at most <Open uopen={progress?.ceiling ?? 0n} />.
        </Text>
      )}
    </div>
  );
}
