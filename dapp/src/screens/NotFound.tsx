// An address that leads to no screen.
import { To } from "../components/figures";
import { Nothing, Screen } from "../components/ui";

/** The screen. */
export function NotFound() {
  return (
    <Screen title="No such screen">
      <Nothing>
        There is nothing at this address. <To to="/">Go to the overview.</To>
      </Nothing>
    </Screen>
  );
}
