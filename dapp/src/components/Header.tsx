// The head of the page: where to go, light or dark, and the wallet.
import { Button, Container, Flex, IconButton, Text } from "@radix-ui/themes";
import { NavLink } from "react-router";
import { useAppearance } from "../Themed";
import { useWallet } from "../wallet/WalletContext";
import { Open } from "./figures";
import { useAsk } from "../chain/ChainContext";
import styles from "./Header.module.css";

const places = [
  ["/", "Overview", "nav-overview"],
  ["/claim", "Earnings", "nav-claim"],
  ["/stake", "Stake", "nav-stake"],
  ["/pay", "Pay", "nav-pay"],
  ["/reviews", "Reviews", "nav-reviews"],
  ["/operators", "Operators", "nav-operators"],
  ["/statements", "Statements", "nav-statements"],
] as const;

/** The head of the page. */
export function Header() {
  const { appearance, toggle } = useAppearance();
  return (
    <header className={styles.header}>
      <Container size="4" px={{ initial: "3", sm: "5" }}>
        <Flex justify="between" align="center" gap="3" py="3" wrap="wrap">
          <Text weight="bold" size="4">
            Attribution
          </Text>
          <Flex gap="3" align="center">
            <IconButton variant="ghost" color="gray" onClick={toggle} aria-label={appearance === "dark" ? "Light colours" : "Dark colours"} data-testid="appearance">
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" />
                <path d="M8 1.5 a6.5 6.5 0 0 1 0 13 z" fill="currentColor" />
              </svg>
            </IconButton>
            <WalletButton />
          </Flex>
        </Flex>
        <nav aria-label="Screens" className={styles.nav}>
          {places.map(([to, name, testid]) => (
            <NavLink key={to} to={to} end className={({ isActive }) => (isActive ? `${styles.place} ${styles.here}` : (styles.place ?? ""))} data-testid={testid}>
              {name}
            </NavLink>
          ))}
        </nav>
      </Container>
    </header>
  );
}

function WalletButton() {
  const { state, connect, leave } = useWallet();
  if (state.stage === "connecting") {
    return (
      <Button loading data-testid="connecting">
        Connect
      </Button>
    );
  }
  if (state.stage !== "in") {
    return (
      <Button onClick={connect} data-testid="connect">
        Connect Keplr
      </Button>
    );
  }
  return (
    <Flex gap="2" align="center">
      <Flex direction="column" align="end" className={styles.who}>
        <Text size="2" weight="medium" data-testid="account-name" data-address={state.account.address}>
          {state.account.name}
        </Text>
        <Balance of={state.account.address} />
      </Flex>
      <Button variant="soft" color="gray" onClick={leave} data-testid="leave">
        Leave
      </Button>
    </Flex>
  );
}

function Balance({ of }: { of: string }) {
  const balance = useAsk("open_token", "balance", { address: of }, { live: true });
  return (
    <Text size="1" color="gray">
      {balance.data ? <Open uopen={balance.data.balance} testid="account-open" /> : "…"}
    </Text>
  );
}
