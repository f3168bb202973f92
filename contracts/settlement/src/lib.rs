//! `settlement`: payment channels, the split of fees, pools, the payout ledger, claims and the
//! treasury. The only contract that holds fees.
//!
//! Money is booked in six totals (channels, pools, royalties, liability, balances, treasury); every message
//! moves amounts between them or out, never creates any, and never looks at the contract's own token
//! balance. What the numbers mean and how they move is in the crate `rules`.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod accounts;
pub mod contract;
mod error;
mod execute;
mod parts;
mod peers;
mod query;
mod range;
mod state;
mod valuation;
mod windows;

pub use error::ContractError;
