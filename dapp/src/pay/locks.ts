// One call of a channel at a time, in all tabs of the page.
import { PayProblem } from "./problems";

/** Does something while no other tab or part of the page does anything under the same name. Throws `busy` if one does. */
export async function alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  // Browsers have locks only where nobody can change the page on its way.
  if (!("locks" in navigator)) throw new PayProblem("storage", "This browser cannot keep two tabs from paying from one channel, or this page was opened without https. Open it by https or on this machine, in a browser of this year.");
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (!lock) throw new PayProblem("busy", "A call of this channel is under way here or in another tab of this page. Wait for it, then ask again.");
    return work();
  }) as Promise<Result>;
}
