//! The commitment to an epoch's redemptions: a hash chain, one link per redemption.
//!
//! # Source
//! DESIGN section 4, "Earn": booked as `(channel, number, previous head, head, amount)` and folded
//! into the epoch's commitment.

use crate::hash::{Domain, Hash, Hasher};

/// One redemption, as booked to the epoch of its voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The channel.
    pub channel: u64,
    /// Its rank in the epoch of the model, as the settlement contract counts.
    pub number: u32,
    /// The receipts head of the voucher redeemed before this one.
    pub previous_head: Hash,
    /// The receipts head of the voucher redeemed.
    pub head: Hash,
    /// What it moved, in uopen.
    pub amount: u128,
}

/// The commitment of an epoch without redemptions:
/// `digest("redemptions/v1", chain id, contract, model, epoch)`.
pub fn genesis_fold(domain: &Domain, model: u64, epoch: u64) -> Hash {
    Hasher::new("redemptions/v1").domain(domain).u64(model).u64(epoch).finish()
}

/// The commitment after one more redemption:
/// `digest("redemption/v1", commitment, channel, number, previous head, head, amount)`.
pub fn fold(commitment: &Hash, redemption: &Redemption) -> Hash {
    Hasher::new("redemption/v1")
        .part(commitment)
        .u64(redemption.channel)
        .u32(redemption.number)
        .part(&redemption.previous_head)
        .part(&redemption.head)
        .u128(redemption.amount)
        .finish()
}
