//! Paying dividends out: anybody may ask, and each account is paid itself.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, DepsMut, Response, StdResult, Storage, Uint128, wasm_execute};
use cw20::Cw20ExecuteMsg;
use protocol::event::StakeEvent;
use protocol::stake::MAX_CLAIMANTS;

use super::Call;
use crate::{ContractError, holders, state};

/// Pays every account what it can claim; passes over those with nothing.
pub fn claim(call: Call, accounts: &[String]) -> Result<Response, ContractError> {
    let config = state::load_config(call.deps.storage)?;
    let mut books = state::load_books(call.deps.storage)?;
    let mut response = Response::new();
    for account in claimants(&call, accounts)? {
        let amount = take(call.deps.storage, &call.env.contract.address, &account)?;
        if amount.is_zero() {
            continue;
        }
        books.paid = books.paid.checked_add(amount)?;
        let transfer = Cw20ExecuteMsg::Transfer { recipient: account.to_string(), amount };
        response = response
            .add_message(wasm_execute(&config.open_token, &transfer, vec![])?)
            .add_event(StakeEvent::DividendPaid { model: config.model_id, account: account.into(), amount });
    }
    if response.messages.is_empty() {
        return Err(ContractError::NothingToClaim);
    }
    state::save_books(call.deps.storage, &books)?;
    Ok(response)
}

/// The accounts of a message in the order named, each once; the sender if it names none.
fn claimants(call: &Call, accounts: &[String]) -> Result<Vec<Addr>, ContractError> {
    let count = accounts.len();
    if count > MAX_CLAIMANTS {
        return Err(ContractError::TooManyAccounts { count });
    }
    if accounts.is_empty() {
        return Ok(vec![call.info.sender.clone()]);
    }
    let claimants = validated(&call.deps, accounts)?;
    let mut seen = BTreeSet::new();
    match claimants.iter().find(|account| !seen.insert(*account)) {
        Some(account) => Err(ContractError::DuplicateAccount { account: account.clone() }),
        None => Ok(claimants),
    }
}

fn validated(deps: &DepsMut, accounts: &[String]) -> StdResult<Vec<Addr>> {
    accounts.iter().map(|account| deps.api.addr_validate(account)).collect()
}

/// Takes what an account can claim from its books.
fn take(storage: &mut dyn Storage, contract: &Addr, account: &Addr) -> Result<Uint128, ContractError> {
    let mut holder = holders::settled(storage, contract, account)?;
    let amount = holder.claimable;
    if !amount.is_zero() {
        holder.paid = holder.paid.checked_add(amount)?;
        holder.claimable = Uint128::zero();
        state::save_holder(storage, account, &holder)?;
    }
    Ok(amount)
}
