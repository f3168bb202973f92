//! Dividends of holders, brought up to date.

use cosmwasm_std::{Addr, StdResult, Storage, Uint128};

use crate::ContractError;
use crate::state::{self, Holder};

/// Credits an account what its units earned so far. Must come before every change of its balance.
pub fn settle(storage: &mut dyn Storage, contract: &Addr, account: &Addr) -> Result<(), ContractError> {
    let before = state::load_holder(storage, account)?;
    let after = credited(storage, contract, account, before.clone())?;
    if after != before {
        state::save_holder(storage, account, &after)?;
    }
    Ok(())
}

/// What [`settle`] would make of an account.
pub fn settled(storage: &dyn Storage, contract: &Addr, account: &Addr) -> Result<Holder, ContractError> {
    credited(storage, contract, account, state::load_holder(storage, account)?)
}

fn credited(storage: &dyn Storage, contract: &Addr, account: &Addr, holder: Holder) -> Result<Holder, ContractError> {
    let units = sharing_units(storage, contract, account)?;
    let points = state::load_books(storage)?.points();
    let holding = holder.holding().settle(units.u128(), &points).ok_or(ContractError::DividendRange)?;
    Ok(holder.with(holding))
}

/// Units with which an account shares; none for the contract, whose balance is the reserves.
fn sharing_units(storage: &dyn Storage, contract: &Addr, account: &Addr) -> StdResult<Uint128> {
    if account == contract { Ok(Uint128::zero()) } else { state::load_units(storage, account) }
}
