//! One file per action. What cw20-base defines is done by cw20-base, after dividends were settled.

use cosmwasm_std::{Addr, DepsMut, Env, MessageInfo};

use crate::{ContractError, holders};

pub mod allowance;
pub mod claim;
pub mod dividend;
pub mod marketing;
pub mod reserve;
pub mod setup;
pub mod transfer;

/// A message's state and circumstances, in the form that cw20-base takes.
pub struct Call<'a> {
    pub deps: DepsMut<'a>,
    pub env: Env,
    pub info: MessageInfo,
}

impl Call<'_> {
    /// Settles the dividends of an account whose balance is about to change. That of the contract itself changes by payments
    /// from the reserves only.
    fn settle(&mut self, account: &Addr) -> Result<(), ContractError> {
        let contract = &self.env.contract.address;
        if account == contract {
            return Err(ContractError::Reserved);
        }
        holders::settle(self.deps.storage, contract, account)
    }

    /// Checks where units are about to go, and settles the dividends of both sides.
    fn settle_both(&mut self, from: &Addr, to: &str) -> Result<(), ContractError> {
        let to = self.deps.api.addr_validate(to)?;
        if to == self.env.contract.address {
            return Err(ContractError::ToItself);
        }
        self.settle(from)?;
        self.settle(&to)
    }
}
