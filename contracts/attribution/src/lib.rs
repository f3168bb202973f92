//! `attribution`: methods, operators and their bonds, rounds (open, commit, reveal, aggregate, advance), agreement.
//!
//! # Invariants
//!
//! A model has at most one open round, a round one phase, and every phase begins by a message. The operator set, the
//! inputs and the quorum of a round never change after its opening. `bonds_held` is the sum of the operators' bonds and
//! the only OPEN that this contract owes; it is never read from a balance. No bond goes back to its operator while a round
//! whose set holds it is open. The result of a round is computed here from the revealed vectors: no message carries it.
//!
//! All arithmetic of scores, windows, quorums and digests is called from `rules`; nothing of it is written again.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
    )
)]

pub mod contract;
mod error;
mod execute;
mod medians;
mod query;
mod state;
mod terms;
mod window;

pub use error::ContractError;
pub use terms::terms_bytes;
