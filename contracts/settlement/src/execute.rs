//! One file per action: plain functions over storage.

use cosmwasm_std::{Addr, Env};

use crate::state::Setup;

pub mod advance;
pub mod channel;
pub mod claim;
pub mod close;
pub mod debt;
pub mod flow;
pub mod lapse;
pub mod redeem;
pub mod retire;
pub mod setup;
pub mod spend;
pub mod sync;
pub mod treasury;

/// The circumstances of a message.
pub struct Call<'a> {
    pub env: &'a Env,
    pub setup: &'a Setup,
    pub sender: &'a Addr,
}
