// What a payer keeps in this browser: its channels, the call under way in each, what was spent, and every call. An order is on disk before it is sent and a voucher before
// it is handed over, so that a tab that closes at any moment pays for nothing twice. Whatever belongs together is written in one transaction.
import type { SignedVoucher } from "../../../schema/settlement";
import { formatOpen } from "../amount/amount";
import type { Message, Way } from "./asked";
import { PayProblem } from "./problems";
import type { Price, Reach, SealedOrder } from "./x402";

/** An order under way, with all that is needed to send it again and to check what comes back. */
export interface Pending {
  readonly order: SealedOrder;
  readonly way: Way;
  readonly path: string;
  /** What is sent, as it is sent. */
  readonly body: string;
  /** Canonical bytes of the prompt as hex. */
  readonly prompt: string;
  /** The way to pay as the gateway told it. */
  readonly accepted: unknown;
  readonly price: Price;
  readonly gatewayKey: string;
  /** How long an answer may take, in milliseconds. */
  readonly patience: number;
  readonly question: Question;
}

/** What was asked, as it is shown. */
export interface Question {
  readonly text: string;
  /** Calls of one conversation have one number. */
  readonly thread: number;
}

/** A channel as its payer keeps it. */
export interface Pocket {
  /** Names the record: chain, `settlement` and channel. */
  readonly id: string;
  readonly chainId: string;
  readonly channel: string;
  readonly model: string;
  /** Compressed public key of its vouchers as hex. */
  readonly publicKey: string;
  /** The calls whose receipts were found true. */
  readonly paid: Reach;
  /** Epoch of the last of them. */
  readonly epoch: string | null;
  /** The last voucher, until the gateway has it. */
  readonly unsent: SignedVoucher | null;
  /** The order under way: it may have been served or not. */
  readonly pending: Pending | null;
  /** Why it is used no further, if it is not. */
  readonly retired: string | null;
}

/** A call that was answered and paid. */
export interface PaidCall {
  /** Pocket and rank. */
  readonly id: string;
  readonly pocket: string;
  readonly channel: string;
  readonly number: number;
  /** What the gateway calls its receipt: `<channel>-<number>`. */
  readonly receipt: string;
  readonly way: Way;
  readonly question: Question;
  readonly answer: string;
  /** Why the answer ended; null where it is not known. */
  readonly finish: string | null;
  readonly fee: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly version: number;
  readonly epoch: string;
  /** Milliseconds since 1970. */
  readonly paidAt: number;
  /** What its payer says that the answer should have been. */
  readonly correction: string | null;
}

/** What may be spent, in uopen. */
export interface Budget {
  readonly perCall: string;
  readonly perDay: string;
}

/** What was spent on a day of UTC, in uopen. */
export interface Day {
  readonly id: string;
  readonly calls: number;
  readonly fees: string;
}

/** 1 OPEN a call and 20 a day, as `oracle pay`. */
export const usualBudget: Budget = { perCall: "1000000", perDay: "20000000" };

const database = "attribution-calls";
const stores = ["pockets", "days", "calls", "budgets"] as const;
type Store = (typeof stores)[number];
const dayMs = 86_400_000;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => {
      for (const store of stores) opening.result.createObjectStore(store, { keyPath: "id" });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new PayProblem("storage", "This browser keeps nothing for the page (IndexedDB is off), so calls cannot be paid safely. Allow it, or use another profile.", String(opening.error)));
  });
}

/** One transaction. `work` may only wait for its requests; what it throws undoes everything. Resolves once it is on disk. */
async function within<Result>(mode: IDBTransactionMode, work: (of: (store: Store) => Table) => Promise<Result>): Promise<Result> {
  const opened = await open();
  try {
    const transaction = opened.transaction([...stores], mode, { durability: "strict" });
    const complete = new Promise<void>((resolve, reject) => {
      const failed = () => reject(new PayProblem("storage", "The browser could not keep the record of this call: there may be no room left. Nothing further was sent.", String(transaction.error)));
      transaction.oncomplete = () => resolve();
      transaction.onerror = failed;
      transaction.onabort = failed;
    });
    let result: Result;
    try {
      result = await work((store) => new Table(transaction.objectStore(store)));
    } catch (error) {
      complete.catch(() => undefined);
      transaction.abort();
      throw error;
    }
    await complete;
    return result;
  } finally {
    opened.close();
  }
}

/** A store with promises. */
class Table {
  constructor(private readonly objects: IDBObjectStore) {}

  get<Row>(id: string): Promise<Row | undefined> {
    return done(this.objects.get(id) as IDBRequest<Row | undefined>);
  }

  all<Row>(): Promise<Row[]> {
    return done(this.objects.getAll() as IDBRequest<Row[]>);
  }

  async put(row: object): Promise<void> {
    await done(this.objects.put(row));
  }
}

function done<Row>(request: IDBRequest<Row>): Promise<Row> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new PayProblem("storage", "The browser could not read or keep the record of this call.", String(request.error)));
  });
}

/** The books of one chain. */
export class Books {
  constructor(
    private readonly chainId: string,
    private readonly settlement: string,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** Name of a channel's record. */
  idOf(channel: string): string {
    return `${this.chainId}/${this.settlement}/${channel}`;
  }

  /** A channel; undefined if no call of it was made in this browser. */
  pocket(channel: string): Promise<Pocket | undefined> {
    return within("readonly", (of) => of("pockets").get<Pocket>(this.idOf(channel)));
  }

  /** All channels of this chain. */
  pockets(): Promise<readonly Pocket[]> {
    return within("readonly", async (of) => this.own(await of("pockets").all<Pocket>()));
  }

  /** Writes a channel. */
  put(pocket: Pocket): Promise<void> {
    return within("readwrite", (of) => of("pockets").put(pocket));
  }

  /**
   * Writes a channel with an order that goes under way, if the budget has room for it: looked at and written as one, so that two tabs do not take the same room. Throws `budget`, and writes nothing then. Before the
   * first order of a channel the browser is asked not to clear the page's data by itself.
   */
  async order(pocket: Pocket & { readonly pending: Pending }): Promise<void> {
    if (pocket.paid.number === 0) await navigator.storage?.persist?.().catch(() => false);
    await within("readwrite", async (of) => {
      const others = this.own(await of("pockets").all<Pocket>());
      const there = others.find((one) => one.id === pocket.id);
      // Somebody else has moved it since it was read.
      if (there && (there.pending || there.paid.head !== pocket.paid.head)) throw new PayProblem("busy", "Another tab of this page uses this channel. Wait for it, then ask again.");
      const budget = (await of("budgets").get<Budget>(this.chainId)) ?? usualBudget;
      const day = await of("days").get<Day>(this.today());
      weigh(BigInt(pocket.pending.order.ceiling), others.filter((one) => one.id !== pocket.id), day, budget);
      await of("pockets").put(pocket);
    });
  }

  /** Throws `budget` if a call with this ceiling may not be made now. Looked at again when it is ordered. */
  async room(channel: string, ceiling: bigint): Promise<void> {
    const [others, spent, budget] = await Promise.all([this.pockets(), this.spentToday(), this.budget()]);
    weigh(ceiling, others.filter((one) => one.id !== this.idOf(channel)), spent, budget);
  }

  /** Writes a channel whose call was found true, the call, and what it did cost: all or nothing. */
  spend(pocket: Pocket, call: PaidCall): Promise<void> {
    return within("readwrite", async (of) => {
      const id = this.today();
      const day = (await of("days").get<Day>(id)) ?? { id, calls: 0, fees: "0" };
      await of("days").put({ id, calls: day.calls + 1, fees: (BigInt(day.fees) + BigInt(call.fee)).toString() } satisfies Day);
      await of("pockets").put(pocket);
      await of("calls").put(call);
    });
  }

  /** Calls of a channel, oldest first. */
  async calls(channel: string): Promise<readonly PaidCall[]> {
    const id = this.idOf(channel);
    const all = await within("readonly", (of) => of("calls").all<PaidCall>());
    return all.filter((call) => call.pocket === id).sort((one, other) => one.number - other.number);
  }

  /** Keeps what an answer should have been. */
  corrected(call: PaidCall, correction: string): Promise<void> {
    return within("readwrite", (of) => of("calls").put({ ...call, correction } satisfies PaidCall));
  }

  /** What was spent today (UTC). */
  async spentToday(): Promise<Day> {
    const id = this.today();
    return (await within("readonly", (of) => of("days").get<Day>(id))) ?? { id, calls: 0, fees: "0" };
  }

  /** What may be spent. */
  async budget(): Promise<Budget> {
    const kept = await within("readonly", (of) => of("budgets").get<Budget>(this.chainId));
    return kept ? { perCall: kept.perCall, perDay: kept.perDay } : usualBudget;
  }

  /** Sets what may be spent. */
  setBudget({ perCall, perDay }: Budget): Promise<void> {
    return within("readwrite", (of) => of("budgets").put({ id: this.chainId, perCall, perDay }));
  }

  private own(pockets: readonly Pocket[]): readonly Pocket[] {
    return pockets.filter((pocket) => pocket.id.startsWith(`${this.chainId}/${this.settlement}/`));
  }

  private today(): string {
    return `${this.chainId}/${Math.floor(this.now() / dayMs)}`;
  }
}

/** Whether the budget has room for a call beside the calls under way in other channels, and what was spent. */
export function weigh(ceiling: bigint, others: readonly Pocket[], day: Pick<Day, "fees"> | undefined, budget: Budget): void {
  if (ceiling > BigInt(budget.perCall)) {
    throw new PayProblem("budget", `This call may cost up to ${formatOpen(ceiling)}, and you allow ${formatOpen(BigInt(budget.perCall))} a call. Ask for a shorter answer, or allow more.`);
  }
  const underWay = others.reduce((sum, pocket) => sum + BigInt(pocket.pending?.order.ceiling ?? "0"), 0n);
  const spent = BigInt(day?.fees ?? "0");
  if (spent + underWay + ceiling > BigInt(budget.perDay)) {
    throw new PayProblem("budget", `${formatOpen(spent + underWay)} were spent or are under way today, this call may cost up to ${formatOpen(ceiling)}, and you allow ${formatOpen(BigInt(budget.perDay))} a day. Wait for tomorrow (UTC), ask for a shorter answer, or allow more.`);
  }
}

/** The messages of a conversation so far, as it is asked on. */
export function messagesOf(calls: readonly PaidCall[], thread: number): readonly Message[] {
  return calls
    .filter((call) => call.way === "chat" && call.question.thread === thread)
    .flatMap((call): Message[] => [{ role: "user", content: call.question.text }, { role: "assistant", content: call.answer }]);
}
