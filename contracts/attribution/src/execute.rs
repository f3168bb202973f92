//! One file per action. Each takes what the door has checked, and leaves the record-bound permissions to be checked here.

pub mod advance;
pub mod aggregate;
pub mod bond;
pub mod commit;
pub mod end_commits;
pub mod open;
pub mod open_valuation;
pub mod operators;
pub mod register_method;
pub mod reveal;
pub mod setup;
pub mod unbond;

mod close;
mod faults;
mod opening;
mod payment;
mod standing;

use protocol::{ModelId, RoundId};

use crate::ContractError;

/// The round that a message names.
pub type RoundKey = (ModelId, RoundId);

/// One more, where nothing can be that many.
fn increment(count: u32) -> Result<u32, ContractError> {
    count.checked_add(1).ok_or(ContractError::Overflow)
}

/// The positions to handle in one message.
fn positions_now(limit: Option<u32>) -> Result<u32, ContractError> {
    match limit {
        Some(0) => Err(ContractError::ZeroLimit),
        Some(limit) => Ok(limit),
        None => Ok(protocol::attribution::DEFAULT_POSITIONS_PER_MESSAGE),
    }
}
