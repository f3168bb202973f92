//! Gifts to the treasury, and withdrawals of booked balances.

use cosmwasm_std::{DepsMut, Response};
use protocol::event::SettlementEvent;

use crate::error::ContractError;
use crate::execute::Call;
use crate::execute::channel::Paid;
use crate::{peers, state};

pub fn receive(deps: DepsMut, paid: &Paid) -> Result<Response, ContractError> {
    state::move_totals(deps.storage, |totals| {
        totals.treasury = totals.treasury.checked_add(paid.amount)?;
        Ok(())
    })?;
    Ok(Response::new().add_event(SettlementEvent::TreasuryReceived { from: paid.by.to_string(), amount: paid.amount }))
}

pub fn withdraw(deps: DepsMut, call: &Call) -> Result<Response, ContractError> {
    let amount = state::take_balance(deps.storage, call.sender)?;
    let account = call.sender.to_string();
    if amount.is_zero() {
        return Err(ContractError::NothingToWithdraw { account });
    }
    Ok(Response::new()
        .add_message(peers::pay(&call.setup.config.open_token, call.sender, amount)?)
        .add_event(SettlementEvent::Withdrawn { account, amount }))
}
