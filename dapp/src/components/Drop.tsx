// A place to drop files, and a button for who has no mouse.
import { Button, Text } from "@radix-ui/themes";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import styles from "./Drop.module.css";

interface Props {
  /** What to drop here. */
  readonly children: ReactNode;
  /** What the input is called by screen readers. */
  readonly label: string;
  /** Endings of names that are offered: ".jsonl,.csv". */
  readonly accept: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
  /** Test ids are `drop…`, `choose-…` and `…`. */
  readonly testid: string;
}

/** The place. */
export function Drop({ children, label, accept, multiple = false, onFiles, testid }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div
      className={over ? `${styles.drop} ${styles.over}` : styles.drop}
      onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      data-testid={testid === "files" ? "drop" : `drop-${testid}`}
    >
      <Text as="p" size="2" color="gray" mb="2">
        {children}
      </Text>
      <Button variant="soft" onClick={() => input.current?.click()} data-testid={`choose-${testid}`}>
        {multiple ? "Choose files" : "Choose a file"}
      </Button>
      <input
        ref={input}
        type="file"
        multiple={multiple}
        hidden
        accept={accept}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
        data-testid={testid}
        aria-label={label}
      />
    </div>
  );
}
