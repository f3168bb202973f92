// Fields of forms, each with its label, its hint and what is wrong with it.
import { Flex, Text, TextField } from "@radix-ui/themes";
import { type ReactNode, useId } from "react";
import { decimals, readTyped } from "../amount/amount";
import styles from "./fields.module.css";

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | null | undefined;
  readonly children: (ids: { id: string; describedBy: string; invalid: boolean }) => ReactNode;
}

/** A label, a field, a hint or a problem. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  return (
    <Flex direction="column" gap="1">
      <Text as="label" size="2" weight="medium" htmlFor={id}>
        {label}
      </Text>
      {children({ id, describedBy: `${id}-hint`, invalid: Boolean(problem) })}
      <Text as="p" size="1" color={problem ? "red" : "gray"} id={`${id}-hint`}>
        {problem ?? hint}
      </Text>
    </Flex>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | null | undefined;
  readonly testid: string;
  readonly placeholder?: string;
}

/** One line of text. */
export function TextInput({ label, value, onChange, hint, problem, testid, placeholder }: TextProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedBy, invalid }) => (
        <TextField.Root id={id} aria-describedby={describedBy} aria-invalid={invalid} value={value} onChange={(event) => onChange(event.target.value)} data-testid={testid} placeholder={placeholder ?? ""} autoComplete="off" />
      )}
    </Field>
  );
}

/** An amount, typed with decimals: as many as OPEN has, unless told otherwise. */
export function AmountInput({ unit = "OPEN", places = decimals, ...props }: TextProps & { readonly unit?: string; readonly places?: number }) {
  const read = props.value === "" ? null : readTyped(props.value, places);
  const problem = props.problem ?? (read && !read.ok ? read.problem : null);
  return (
    <Field label={props.label} hint={props.hint} problem={problem}>
      {({ id, describedBy, invalid }) => (
        <TextField.Root id={id} aria-describedby={describedBy} aria-invalid={invalid} inputMode="decimal" value={props.value} onChange={(event) => props.onChange(event.target.value)} data-testid={props.testid} autoComplete="off">
          <TextField.Slot side="right">{unit}</TextField.Slot>
        </TextField.Root>
      )}
    </Field>
  );
}

/** A share, typed in per cent with two decimals: exactly basis points. */
export function PercentInput(props: TextProps) {
  return <AmountInput {...props} unit="%" places={2} />;
}

interface ChoiceProps extends Omit<TextProps, "placeholder"> {
  readonly choices: readonly (readonly [value: string, name: string])[];
}

/** One of several, with the browser's own list: it works with every keyboard and phone. */
export function Choice({ label, value, onChange, hint, problem, testid, choices }: ChoiceProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedBy, invalid }) => (
        <select id={id} className={styles.select} aria-describedby={describedBy} aria-invalid={invalid} value={value} onChange={(event) => onChange(event.target.value)} data-testid={testid}>
          {choices.map(([choice, name]) => (
            <option key={choice} value={choice}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
