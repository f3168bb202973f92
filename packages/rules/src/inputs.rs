//! Everything that a round's result depends on, under one hash: what operators commit to.
//!
//! # Source
//! DESIGN section 4, "Open".

use crate::hash::{Domain, Hash, Hasher};

/// The fixed inputs of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The model.
    pub model: u64,
    /// The round's number.
    pub round: u64,
    /// First epoch covered.
    pub first_epoch: u64,
    /// Last epoch covered.
    pub last_epoch: u64,
    /// Commitment to the redemptions of each epoch with fees, ascending.
    pub redemption_commitments: Vec<Hash>,
    /// Manifest hashes of the versions that served, ascending by version.
    pub versions: Vec<Hash>,
    /// Positions of the model: entries that a vector must have.
    pub positions: u32,
    /// Root of the validation pool.
    pub validation_root: Hash,
    /// The cursor: rank of the first validation example to use.
    pub validation_from: u64,
    /// Examples to use from there.
    pub validation_count: u64,
    /// The method.
    pub method: u64,
    /// What the round is about: 0 for fees, 1 for a valuation.
    pub kind: u8,
    /// The pool, in uopen.
    pub pool: u128,
    /// Stake that a valuation distributes, in units.
    pub tranche: u128,
    /// The terms of each epoch, in the caller's canonical bytes.
    pub terms: Vec<u8>,
    /// Addresses of the operators, in the order of the set.
    pub operators: Vec<String>,
}

impl Inputs {
    /// `digest("inputs/v2", chain id, contract, model, …, operators)`, the fields in the order of
    /// the struct; a list is its count (u64) and then each element as a part of its own.
    pub fn digest(&self, domain: &Domain) -> Hash {
        Hasher::new("inputs/v2")
            .domain(domain)
            .u64(self.model)
            .u64(self.round)
            .u64(self.first_epoch)
            .u64(self.last_epoch)
            .list(&self.redemption_commitments)
            .list(&self.versions)
            .u32(self.positions)
            .part(&self.validation_root)
            .u64(self.validation_from)
            .u64(self.validation_count)
            .u64(self.method)
            .part(&[self.kind])
            .u128(self.pool)
            .u128(self.tranche)
            .part(&self.terms)
            .list(&self.operators)
            .finish()
    }
}
