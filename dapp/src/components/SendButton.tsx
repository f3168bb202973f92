// A button that sends a transaction. Without a wallet it connects instead; while one is on its way it waits.
import { Button, type ButtonProps } from "@radix-ui/themes";
import type { ReactNode } from "react";
import type { Message } from "../chain/messages";
import type { Receipt } from "../chain/sender";
import { useSender } from "../chain/SendContext";
import { useWallet } from "../wallet/WalletContext";

interface Props {
  /** What the transaction does, as it is told: "Claim all". */
  readonly title: string;
  /** Makes the messages when it is clicked; null if something is missing, which the form says. */
  readonly messages: () => readonly Message[] | null;
  readonly onDone?: (receipt: Receipt) => void;
  readonly disabled?: boolean;
  readonly testid: string;
  readonly children?: ReactNode;
  readonly color?: ButtonProps["color"];
  readonly variant?: ButtonProps["variant"];
  readonly size?: ButtonProps["size"];
}

/** The button. */
export function SendButton({ title, messages, onDone, disabled = false, testid, children, color, variant, size }: Props) {
  const { send, busy } = useSender();
  const { account, connect } = useWallet();
  const look = { ...(color && { color }), ...(variant && { variant }), ...(size && { size }) };
  if (!account) {
    return (
      <Button {...look} variant="outline" onClick={connect} data-testid={`${testid}-connect`}>
        Connect to {title.charAt(0).toLowerCase() + title.slice(1)}
      </Button>
    );
  }
  const click = async () => {
    const made = messages();
    if (!made || made.length === 0) return;
    const receipt = await send(title, made);
    if (receipt) onDone?.(receipt);
  };
  return (
    <Button {...look} disabled={disabled || busy} onClick={() => void click()} data-testid={testid}>
      {children ?? title}
    </Button>
  );
}
