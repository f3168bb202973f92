//! OPEN: the entry points of the published cw20-base, nothing added. Without a minter in its `InstantiateMsg` and without an
//! admin on chain, its supply and rules are fixed for good.

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
