// The transaction that was sent last and is in no block yet: its hash outlives the tab, so that nobody sends it twice.

/** A transaction on its way. */
export interface OnItsWay {
  readonly title: string;
  readonly hash: string;
}

const key = (chainId: string) => `attribution.sent.${chainId}`;

/** Keeps it. A browser that keeps nothing only loses the reminder. */
export function keepSent(chainId: string, sent: OnItsWay): void {
  try {
    localStorage.setItem(key(chainId), JSON.stringify(sent));
  } catch {
    // No room, or storage is off.
  }
}

/** What was kept; null if nothing is on its way. */
export function keptSent(chainId: string): OnItsWay | null {
  try {
    const found = JSON.parse(localStorage.getItem(key(chainId)) ?? "null") as Partial<OnItsWay> | null;
    return typeof found?.title === "string" && typeof found.hash === "string" && /^[0-9A-F]{64}$/.test(found.hash) ? { title: found.title, hash: found.hash } : null;
  } catch {
    return null;
  }
}

/** Forgets it: it is in a block, or its owner has closed the reminder. */
export function forgetSent(chainId: string): void {
  try {
    localStorage.removeItem(key(chainId));
  } catch {
    // Nothing was kept either.
  }
}
