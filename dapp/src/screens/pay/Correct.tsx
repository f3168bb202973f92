// What an answer should have been, said by who paid for it and signed with the channel's key; and what became of that.
import { Box, Button, Flex, Text, TextArea } from "@radix-ui/themes";
import { fromBase64, toHex } from "@cosmjs/encoding";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Channel } from "../../../../schema/settlement";
import { Field, TextInput } from "../../components/fields";
import { Address, To } from "../../components/figures";
import { Note } from "../../components/ui";
import { labelOutput, textOutput } from "../../pay/asked";
import type { PaidCall } from "../../pay/books";
import type { CorrectionState } from "../../pay/gateway";
import { type PayProblem, payProblemOf } from "../../pay/problems";
import type { Playground } from "./usePlayground";

/** How often it is looked what became of a correction. */
const lookMs = 5_000;
/** Labels fit two bytes. */
const mostLabel = 65_535;

/** The form, or what became of what was sent with it. */
export function Correct({ call, channel, playground }: { call: PaidCall; channel: Channel; playground: Playground }) {
  if (call.correction !== null) return <Became call={call} playground={playground} />;
  return <Form call={call} channel={channel} playground={playground} />;
}

function Form({ call, channel, playground: { courier, refresh } }: { call: PaidCall; channel: Channel; playground: Playground }) {
  const [answer, setAnswer] = useState(call.answer);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PayProblem | null>(null);
  const wrong = wrongWith(call, answer);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!courier || wrong) return;
    setBusy(true);
    try {
      const output = call.way === "classify" ? labelOutput(parseInt(answer, 10)) : textOutput(answer);
      await courier.correct(toHex(fromBase64(channel.voucher_key)), call, output, answer);
      await refresh();
    } catch (error) {
      setProblem(payProblemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)} aria-label={`Correct call ${call.number}`}>
      <Flex direction="column" gap="2">
        {call.way === "classify" ? (
          <TextInput label="The right label" value={answer} onChange={setAnswer} testid="correction-answer" problem={answer !== call.answer ? wrong : null} />
        ) : (
          <Field label="What it should have said" hint="Others may learn from it and see it, with your question. You are paid when it helps." problem={answer !== call.answer ? wrong : null}>
            {({ id, describedBy, invalid }) => <TextArea id={id} aria-describedby={describedBy} aria-invalid={invalid} value={answer} onChange={(event) => setAnswer(event.target.value)} data-testid="correction-answer" />}
          </Field>
        )}
        {problem && (
          <div role="alert" data-testid="correction-problem">
            <Note color="red">{problem.message}</Note>
          </div>
        )}
        <Box>
          <Button type="submit" size="2" disabled={busy || wrong !== null} data-testid="correction-send">
            Send the correction
          </Button>
        </Box>
      </Flex>
    </form>
  );
}

function wrongWith(call: PaidCall, answer: string): string | null {
  if (answer === call.answer) return "This is what it said.";
  if (call.way !== "classify") return answer.trim() === "" ? "Write what it should have said." : null;
  return /^[0-9]{1,5}$/.test(answer) && parseInt(answer, 10) <= mostLabel ? null : "A label is a whole number up to 65535.";
}

function Became({ call, playground: { gateway } }: { call: PaidCall; playground: Playground }) {
  const state = useQuery({ queryKey: ["correction", gateway.url, call.receipt], queryFn: () => gateway.correction(call.receipt), refetchInterval: lookMs, retry: false });
  return (
    <Flex direction="column" gap="1" role="status" data-testid="correction" data-status={state.data?.status}>
      <Text as="p" size="2">
        You said: {call.correction}
      </Text>
      <Text as="p" size="2" color="gray">
        {state.isError ? payProblemOf(state.error).message : state.data ? <Words state={state.data} /> : "…"}
      </Text>
    </Flex>
  );
}

function Words({ state }: { state: CorrectionState }) {
  switch (state.status) {
    case "waiting":
      return <>It waits for a curator, who may take it as a validation example. After that it becomes a contribution of yours.</>;
    case "validation":
      return <>A curator took it as a validation example: <Address of={state.curator} />. Nobody learns from it.</>;
    case "committing":
      return <>It is on its way into <To to={`/datanets/${state.datanet}`}>DataNet {state.datanet}</To>.</>;
    case "contributed":
      return <>It is <To to={`/contributions/${state.contribution}`}>contribution {state.contribution}</To> of <To to={`/datanets/${state.datanet}`}>DataNet {state.datanet}</To>, and you are its payee.</>;
    default:
      return <>The model takes no corrections now.</>;
  }
}
