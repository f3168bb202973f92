// Catches what breaks a screen, so that the rest of the page still works and says what to do.
import { Component, type ReactNode } from "react";
import { Failed } from "./ui";

/** What is inside, or why it broke. */
export class Caught extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <Failed error={this.state.error} again={() => this.setState({ error: null })} />;
  }
}
