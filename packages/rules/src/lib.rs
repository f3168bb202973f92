//! The rules of settlement, as pure integer functions (DESIGN section 5).
//!
//! Contracts call them to decide, the oracle to compute, the command line to replay and auditors to
//! contest: there is one definition of each. Money is in `uopen` (10^-6 OPEN), shares in basis
//! points, times in seconds, scores in 10^-9 of a round's fees.
//!
//! # Invariants
//!
//! Nothing here does I/O, reads a clock, uses a float or knows CosmWasm, and nothing panics: what
//! cannot be computed comes back as `None` or as an error that says what to do. Every division
//! rounds down unless its function says otherwise, and multiplies first.
//!
//! # Test vectors
//!
//! `vectors/*.json` hold cases written from DESIGN by a Python script that shares no code with this
//! crate; implementations in other languages check themselves against the same files.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
    )
)]

pub mod agreement;
pub mod bitmap;
pub mod clock;
pub mod dividend;
pub mod duplicate;
pub mod hash;
pub mod inputs;
pub mod item;
pub mod ledger;
pub mod math;
pub mod median;
pub mod order;
pub mod payment;
pub mod prompt;
pub mod quorum;
pub mod redemption;
pub mod reserve;
pub mod royalty;
pub mod score;
pub mod split;
pub mod tree;
