//! A Merkle airdrop and nothing more: what a claim is compared with. One proof, one claimed flag, one cw20 transfer.

pub mod contract;
pub mod tree;

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Binary, StdError, Uint128};

/// What the airdrop is created with.
#[cw_serde]
pub struct InstantiateMsg {
    /// The cw20 contract that it pays in.
    pub token: String,
    /// Top of the tree of [`tree::leaf`]s, 32 bytes.
    pub root: Binary,
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// Pays the sender's amount, once.
    Claim {
        /// As in the tree.
        amount: Uint128,
        /// Hashes of siblings, from the leaf up, 32 bytes each.
        proof: Vec<Binary>,
    },
}

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Whether an account has claimed.
    #[returns(bool)]
    Claimed {
        /// The account.
        account: String,
    },
}

/// Why the airdrop refuses.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ContractError {
    /// From the standard library.
    #[error(transparent)]
    Std(#[from] StdError),
    /// A second claim.
    #[error("claimed before")]
    Claimed,
    /// A proof that does not lead to the root.
    #[error("no such leaf: amount and proof must be those of the sender")]
    NotInTree,
}
