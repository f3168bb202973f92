// Asking: which way, what, how long an answer may be, and what it costs at most, told before it is sent.
import { Box, Button, Callout, Flex, Grid, Text, TextArea } from "@radix-ui/themes";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { Channel } from "../../../../schema/settlement";
import { useAsk } from "../../chain/ChainContext";
import { Choice, Field, TextInput } from "../../components/fields";
import { Open } from "../../components/figures";
import { type Asked, requestOf, type Way } from "../../pay/asked";
import { messagesOf, type PaidCall } from "../../pay/books";
import { feeOf } from "../../pay/check";
import { readPixels } from "../../pay/pixels";
import { type PayProblem, payProblemOf } from "../../pay/problems";
import { type Price, readPrice } from "../../pay/x402";
import type { Rules } from "../../rules/module";
import styles from "./Playground.module.css";
import type { Playground } from "./usePlayground";

/** Tokens of an answer, unless told otherwise. */
const usualTokens = "64";
const mostTokens = 100_000;

const ways: readonly (readonly [Way, string])[] = [["chat", "Chat"], ["continue", "Continue a text"], ["classify", "Classify an image"]];
const labels: Readonly<Record<Way, string>> = { chat: "Your message", continue: "The text to go on from", classify: "The image: a row of numbers from 0 to 255 on each line" };

/** The form. */
export function Composer({ channel, playground, thread, onNew }: { channel: Channel; playground: Playground; thread: number; onNew: () => void }) {
  const { ask, stop, going, kept, rules, problem } = playground;
  const calls = kept.data?.calls ?? [];
  const [way, setWay] = useState<Way>("chat");
  const [text, setText] = useState("");
  const [tokens, setTokens] = useState(usualTokens);
  const [priceName, setPriceName] = useState("standard");
  const prices = usePrices(channel.model);
  const price = prices.find((one) => one.name === priceName) ?? prices[0];
  const maxTokens = /^[0-9]{1,6}$/.test(tokens) ? parseInt(tokens, 10) : 0;
  const wrongTokens = maxTokens < 1 || maxTokens > mostTokens ? `Enter a whole number from 1 to ${mostTokens}.` : null;
  const asked = () => askedOf(way, text, maxTokens, calls, thread);

  const send = async () => {
    if (going || text.trim() === "" || (wrongTokens && way !== "classify")) return;
    const made = possible(asked);
    if (made && (await ask(made, { text, thread }, price?.name ?? priceName))) setText("");
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || way === "classify") return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      aria-label="Ask"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void send();
      }}
    >
      <Flex direction="column" gap="3">
        <Grid columns={{ initial: "1", sm: prices.length > 1 ? "3" : "2" }} gap="3">
          <Choice label="How" value={way} onChange={(value) => setWay(ways.find(([one]) => one === value)?.[0] ?? "chat")} testid="ask-way" choices={ways} />
          {way !== "classify" && <TextInput label="Longest answer, in the model's tokens" value={tokens} onChange={setTokens} testid="ask-tokens" problem={wrongTokens} />}
          {prices.length > 1 && <Choice label="Price" value={price?.name ?? ""} onChange={setPriceName} testid="ask-price" choices={prices.map((one) => [one.name, one.name])} />}
        </Grid>
        <Field label={labels[way]} hint={way === "classify" ? undefined : "Enter asks, Shift and Enter begins a new line."}>
          {({ id, describedBy }) => (
            <TextArea id={id} aria-describedby={describedBy} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={keys} rows={way === "classify" ? 8 : 3} className={way === "classify" ? styles.pixels : undefined} data-testid="ask-text" />
          )}
        </Field>
        {problem && <Trouble problem={problem} />}
        <Flex gap="3" align="center" wrap="wrap">
          <Button type="submit" disabled={going !== null || text.trim() === "" || rules === null || Boolean(kept.data?.pocket?.retired)} data-testid="ask">
            Ask
          </Button>
          {going && (
            <Button type="button" variant="soft" color="red" disabled={going.stopped !== null || going.progress === null} onClick={stop} data-testid="stop">
              Stop
            </Button>
          )}
          {way === "chat" && calls.some((call) => call.question.thread === thread) && (
            <Button type="button" variant="soft" color="gray" disabled={going !== null} onClick={onNew} data-testid="new-conversation">
              New conversation
            </Button>
          )}
          <Text size="2" color="gray">
            {rules && price && text.trim() !== "" && (way === "classify" || !wrongTokens) && <Most rules={rules} price={price} model={channel.model} asked={asked} />}
          </Text>
        </Flex>
      </Flex>
    </form>
  );
}

/** Prices in force, as the chain has them. */
function usePrices(model: string): readonly Price[] {
  const found = useAsk("model", "model", { model });
  const sheet = useAsk("model", "price_sheet", { model, version: found.data?.price_sheet ?? 1 }, { enabled: found.data !== undefined });
  return (sheet.data?.prices ?? []).map(readPrice);
}

function askedOf(way: Way, text: string, maxTokens: number, calls: readonly PaidCall[], thread: number): Asked {
  switch (way) {
    case "chat":
      return { way, messages: [...messagesOf(calls, thread), { role: "user", content: text }], maxTokens };
    case "continue":
      return { way, text, maxTokens };
    case "classify":
      return { way, image: readPixels(text) };
  }
}

/** Null for what cannot be asked: the form says why beside its button. */
function possible(asked: () => Asked): Asked | null {
  try {
    return asked();
  } catch {
    return null;
  }
}

/** What the question costs at most, or why it cannot be asked. */
function Most({ rules, price, model, asked }: { rules: Rules; price: Price; model: string; asked: () => Asked }) {
  const most = mostOf(rules, price, model, asked);
  return typeof most === "string" ? <span data-testid="ask-wrong">{most}</span> : <>At most <Open uopen={most} testid="ask-most" /></>;
}

function mostOf(rules: Rules, price: Price, model: string, asked: () => Asked): bigint | string {
  try {
    const { tokensIn, mostOut } = requestOf(rules, model, asked());
    return feeOf(rules, price, tokensIn, mostOut);
  } catch (error) {
    return payProblemOf(error).message;
  }
}

/** What keeps a call from being made. */
function Trouble({ problem }: { problem: PayProblem }) {
  return (
    <Box role="alert" data-testid="pay-problem" data-kind={problem.kind}>
      <Callout.Root color="red" size="1">
        <Callout.Text>{problem.message}</Callout.Text>
        {problem.detail !== problem.message && (
          <details>
            <summary>
              <Text size="1">What was said</Text>
            </summary>
            <Text size="1" className={styles.said}>
              {problem.detail}
            </Text>
          </details>
        )}
      </Callout.Root>
    </Box>
  );
}
