//! `datanet`: DataNets, contributions, reviews, bonds, payees, duplicate proofs, snapshots (DESIGN sections 2 and 3).
//!
//! # Invariants
//! - A contribution enters by commit and reveal only; a lower id was committed earlier.
//! - A DataNet's settings never change, and what was accepted is only ever appended to.
//! - The contract's OPEN is Σ over contributions of the bond that was neither taken nor returned: `bonds_held`, kept by
//!   bookkeeping and never read from a balance.
//! - Only models that a DataNet recognises can take proved debt from its bonds, and only under the recognition they claimed it under.
//! - No message walks over anything whose size an account can grow without bound.

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

mod acceptance;
mod bonds;
mod checks;
pub mod contract;
mod debts;
pub mod error;
mod execute;
mod migration;
mod peers;
mod query;
mod state;

pub use error::ContractError;
