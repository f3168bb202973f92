//! Models: lineage, terms, prices, used contributions, versions and validation pools, and a stake contract for each.
//!
//! The contract holds no money. It is the register that `settlement` asks for terms and gateway, and `attribution` for what a
//! round measures. What it says about the past never changes: positions, versions, terms, price sheets and extensions of the
//! validation pool are only ever appended, and a version's work is paid once, when it is registered.

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
pub mod digest;
pub mod error;
mod execute;
mod peer;
mod query;
mod state;

pub use error::ContractError;
