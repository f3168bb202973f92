//! `timelock`: the admin of other contracts, and of itself.
//!
//! A proposer announces changes: migrations, and who is admin next. Once their delay is over anyone makes them, unless they were
//! cancelled or nobody did in time. Between an announcement and its execution everybody can look at the code that it names,
//! which is stored already and cannot change, and leave if they do not like it.
//!
//! It holds no money, and can do nothing to a contract but what the chain lets its admin do.

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
mod query;
mod state;
mod window;

pub use error::ContractError;
