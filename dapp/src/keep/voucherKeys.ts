// Keys that sign vouchers of channels: one per channel, made here, kept here. Losing one costs the calls that are not yet promised;
// the deposit stays the payer's.
import { Secp256k1 } from "@cosmjs/crypto";
import { hex } from "./commitments";
import { Store } from "./store";

/** A key of a channel. */
export interface VoucherKey {
  /** Compressed public key as hex: the record's name. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly madeAt: number;
}

const keys = new Store<VoucherKey>("attribution-vouchers", "keys", "publicKey", "the key");

/** Makes a key and keeps it on disk, before anything is paid for it. Returns its public part as 33 bytes. */
export async function makeVoucherKey(): Promise<Uint8Array> {
  const privateKey = crypto.getRandomValues(new Uint8Array(32));
  const pair = Secp256k1.makeKeypair(privateKey);
  const publicKey = Secp256k1.compressPubkey(pair.pubkey);
  await keys.put({ publicKey: hex(publicKey), privateKey: hex(privateKey), madeAt: Date.now() });
  return publicKey;
}

/** Whether this browser has the key of a channel. */
export async function hasVoucherKey(publicKey: Uint8Array): Promise<boolean> {
  return (await findVoucherKey(publicKey)) !== undefined;
}

/** The key of a channel. */
export async function findVoucherKey(publicKey: Uint8Array): Promise<VoucherKey | undefined> {
  return keys.get(hex(publicKey));
}
