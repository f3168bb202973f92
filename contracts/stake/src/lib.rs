//! The stake of one model: a cw20 of fixed supply whose holders share dividends in OPEN.
//!
//! Units, allowances and marketing info are those of the published cw20-base, which this contract calls. Added are
//! dividends, settled before every change of a balance, and two reserves in the contract's own balance that earn none.
//! Nothing mints, nobody governs, and no raw balance is ever read: what holders are owed stands in the books.

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
pub mod error;
mod execute;
mod holders;
mod query;
mod state;

pub use error::ContractError;
