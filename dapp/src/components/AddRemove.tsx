// Makes a list of lines in a form longer and shorter.
import { Button } from "@radix-ui/themes";

interface Props {
  /** What a line is: "a price". */
  readonly what: string;
  readonly count: number;
  readonly least?: number;
  readonly most: number;
  readonly onAdd: () => void;
  /** Takes the last line away. */
  readonly onRemove: () => void;
  /** Test ids are `add-…` and `remove-…`. */
  readonly testid: string;
}

/** The two buttons. */
export function AddRemove({ what, count, least = 1, most, onAdd, onRemove, testid }: Props) {
  return (
    <>
      <Button variant="soft" color="gray" disabled={count >= most} onClick={onAdd} data-testid={`add-${testid}`}>
        Add {what}
      </Button>
      {count > 0 && (
        <Button variant="soft" color="gray" disabled={count <= least} onClick={onRemove} data-testid={`remove-${testid}`}>
          Remove the last
        </Button>
      )}
    </>
  );
}
