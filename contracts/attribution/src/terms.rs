//! The terms of a round as its inputs have them.

use cosmwasm_std::Uint128;
use protocol::Bps;

/// Canonical bytes of the terms, for `rules::inputs`: release rate (2 bytes) ‖ cap in uopen (16 bytes) ‖ z in tenths
/// (1 byte), big endian; of a round of fees those of its last epoch, of a valuation those of the epoch of its opening.
/// Auditors who recompute a round's inputs call this.
pub fn terms_bytes(release_rate: Bps, cap: Uint128, z_tenths: u8) -> Vec<u8> {
    let mut bytes = release_rate.0.to_be_bytes().to_vec();
    bytes.extend(cap.to_be_bytes());
    bytes.push(z_tenths);
    bytes
}
