// Names of things and amounts, as they stand in tables and lists.
import { Box, DataList, Grid, Text, Tooltip } from "@radix-ui/themes";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";
import { formatUnits } from "../amount/amount";
import styles from "./figures.module.css";

/** An amount of OPEN. */
export function Open({ uopen, testid, unit = true }: { uopen: bigint | string; testid?: string; unit?: boolean }) {
  const amount = BigInt(uopen);
  return (
    <span className={styles.amount} data-testid={testid} data-uopen={amount.toString()}>
      {formatUnits(amount)}
      {unit && <span className={styles.unit}> OPEN</span>}
    </span>
  );
}

/** A number of shares of a stake. */
export function Shares({ units, testid, name = "shares" }: { units: bigint | string; testid?: string; name?: string }) {
  const amount = BigInt(units);
  return (
    <span className={styles.amount} data-testid={testid} data-units={amount.toString()}>
      {formatUnits(amount)}
      <span className={styles.unit}> {name}</span>
    </span>
  );
}

/** An address or hash, shortened; the whole is in the hint and copied with the selection's button. */
export function Code({ children, testid, keep = 8 }: { children: string; testid?: string; keep?: number }) {
  const short = children.length > 2 * keep + 3 ? `${children.slice(0, keep + 4)}…${children.slice(-keep + 2)}` : children;
  return (
    <Tooltip content={children}>
      <code className={styles.code} data-testid={testid} data-full={children} tabIndex={0} aria-label={children}>
        {short}
      </code>
    </Tooltip>
  );
}

/** An address, and whether it is one's own. */
export function Address({ of, own, testid }: { of: string; own?: string | null | undefined; testid?: string }) {
  return (
    <>
      <Code testid={testid ?? "address"}>{of}</Code>
      {own === of && (
        <>
          {" "}
          <Text size="1" color="green">
            (you)
          </Text>
        </>
      )}
    </>
  );
}

/** A link within the page. */
export function To({ to, children, testid }: { to: string; children: ReactNode; testid?: string }) {
  return (
    <RouterLink to={to} className={styles.link} data-testid={testid}>
      {children}
    </RouterLink>
  );
}

/** Names and values, one under the other. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode, testid?: string])[] }) {
  return (
    <DataList.Root size="2" orientation={{ initial: "vertical", sm: "horizontal" }}>
      {facts.map(([name, value, testid]) => (
        <DataList.Item key={name}>
          <DataList.Label minWidth="11rem">{name}</DataList.Label>
          <DataList.Value data-testid={testid} className={styles.value}>
            {value}
          </DataList.Value>
        </DataList.Item>
      ))}
    </DataList.Root>
  );
}

/** Figures that matter, large. */
export function Tiles({ tiles }: { tiles: readonly (readonly [name: string, value: ReactNode, note?: ReactNode])[] }) {
  return (
    <Grid columns={{ initial: "2", sm: "3", md: "4" }} gap="3">
      {tiles.map(([name, value, note]) => (
        <Box key={name} className={styles.tile}>
          <Text as="p" size="1" color="gray">
            {name}
          </Text>
          <Text as="p" size="4" weight="bold">
            {value}
          </Text>
          {note && (
            <Text as="p" size="1" color="gray">
              {note}
            </Text>
          )}
        </Box>
      ))}
    </Grid>
  );
}
