// A store of records in this browser (IndexedDB), where a record counts as kept once it is on disk.

/** Records with a name each. */
export class Store<Row extends object> {
  constructor(
    private readonly database: string,
    private readonly store: string,
    /** The field of a record that is its name. */
    private readonly key: keyof Row & string,
    /** What is kept, for who reads the error: "the key". */
    private readonly what: string,
  ) {}

  /** Keeps a record, in place of one of the same name; resolves once it is on disk. */
  async put(row: Row): Promise<void> {
    await this.within("readwrite", (objects) => objects.put(row));
  }

  /** The record of a name. */
  async get(name: string): Promise<Row | undefined> {
    return (await this.within("readonly", (objects) => objects.get(name))) as Row | undefined;
  }

  /** All records. */
  async all(): Promise<readonly Row[]> {
    return (await this.within("readonly", (objects) => objects.getAll())) as Row[];
  }

  /** Forgets a record. */
  async delete(name: string): Promise<void> {
    await this.within("readwrite", (objects) => objects.delete(name));
  }

  private open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open(this.database, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(this.store, { keyPath: this.key });
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error("This browser keeps nothing for the page (IndexedDB is off). Allow it, or use another profile.", { cause: opening.error }));
    });
  }

  /** Runs in one transaction, and resolves once it is complete: with `strict`, once it is on disk. */
  private async within<Result>(mode: IDBTransactionMode, work: (objects: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
    const opened = await this.open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = opened.transaction(this.store, mode, { durability: "strict" });
        const request = work(transaction.objectStore(this.store));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = () => reject(new Error(`The browser could not keep ${this.what}.`, { cause: transaction.error }));
        transaction.onabort = () => reject(new Error(`The browser could not keep ${this.what}: there may be no room left.`, { cause: transaction.error }));
      });
    } finally {
      opened.close();
    }
  }
}
