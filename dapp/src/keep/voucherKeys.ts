// Keys that sign vouchers of channels: one per channel, made here, kept here. Losing one costs the calls that are not yet promised;
// the deposit stays the payer's.
import { Secp256k1 } from "@cosmjs/crypto";
import { hex } from "./commitments";

/** A key of a channel. */
export interface VoucherKey {
  /** Compressed public key as hex: the record's name. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly madeAt: number;
}

const database = "attribution-vouchers";
const store = "keys";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store, { keyPath: "publicKey" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error("This browser keeps nothing for the page (IndexedDB is off). Allow it, or use another profile.", { cause: opening.error }));
  });
}

async function within<Result>(mode: IDBTransactionMode, work: (objects: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const opened = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(store, mode, { durability: "strict" });
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(new Error("The browser could not keep the key.", { cause: transaction.error }));
      transaction.onabort = () => reject(new Error("The browser could not keep the key.", { cause: transaction.error }));
    });
  } finally {
    opened.close();
  }
}

/** Makes a key and keeps it on disk, before anything is paid for it. Returns its public part as 33 bytes. */
export async function makeVoucherKey(): Promise<Uint8Array> {
  const privateKey = crypto.getRandomValues(new Uint8Array(32));
  const pair = Secp256k1.makeKeypair(privateKey);
  const publicKey = Secp256k1.compressPubkey(pair.pubkey);
  await within("readwrite", (objects) => objects.put({ publicKey: hex(publicKey), privateKey: hex(privateKey), madeAt: Date.now() }));
  return publicKey;
}

/** Whether this browser has the key of a channel. */
export async function hasVoucherKey(publicKey: Uint8Array): Promise<boolean> {
  return (await findVoucherKey(publicKey)) !== undefined;
}

/** The key of a channel. */
export async function findVoucherKey(publicKey: Uint8Array): Promise<VoucherKey | undefined> {
  return (await within("readonly", (objects) => objects.get(hex(publicKey)))) as VoucherKey | undefined;
}
