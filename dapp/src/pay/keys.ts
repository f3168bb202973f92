// What the voucher key of a channel does: seal orders together with the gateway's key, and sign vouchers and corrections.
import { pubkeyToAddress } from "@cosmjs/amino";
import { ExtendedSecp256k1Signature, Secp256k1 } from "@cosmjs/crypto";
import { fromHex, toBase64, toHex } from "@cosmjs/encoding";
import { secp256k1 } from "@noble/curves/secp256k1";

/** The x coordinate of the Diffie-Hellman point of two keys on secp256k1, as hex: what both sides of a channel derive. Throws if the other key is no point. */
export function shared(privateKey: string, otherKey: string): string {
  return toHex(secp256k1.getSharedSecret(fromHex(privateKey), fromHex(otherKey), true).slice(1));
}

/** The account of a public key, compressed as hex. */
export function accountOf(publicKey: string, prefix: string): string {
  return pubkeyToAddress({ type: "tendermint/PubKeySecp256k1", value: toBase64(fromHex(publicKey)) }, prefix);
}

/** Signs a digest as it is: compact, 64 bytes as base64, in the lower of its two forms, which is the one that chains take. */
export function sign(digest: string, privateKey: string): string {
  const signature = ExtendedSecp256k1Signature.fromFixedLength(Secp256k1.createSignature(fromHex(digest), fromHex(privateKey)).toFixedLength());
  return toBase64(Uint8Array.from([...signature.r(32), ...signature.s(32)]));
}
