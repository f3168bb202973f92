//! Spendings of the treasury: governance announces them, and after a delay in which all can see them anyone pays them out.
//!
//! A proposal reserves nothing: what the treasury holds when it is executed decides. Giving governance away or up leaves
//! announced spendings as they are.

use cosmwasm_std::{Addr, DepsMut, Response, Storage, Uint64, Uint128};
use protocol::event::SettlementEvent;
use protocol::settlement::{Spend, SpendState};
use protocol::{Seconds, SpendId};
use rules::clock::Window;

use crate::error::ContractError;
use crate::execute::Call;
use crate::peers;
use crate::state::{self, Setup};

/// The longest reason, in bytes.
const MAX_REASON_BYTES: usize = 256;

pub fn propose(
    deps: DepsMut,
    call: &Call,
    to: &str,
    amount: Uint128,
    reason: String,
) -> Result<Response, ContractError> {
    check_amount_and_reason(amount, &reason)?;
    let to = recipient(&deps, call, to)?;
    let spend = Spend {
        id: state::next_spend_id(deps.storage)?,
        to,
        amount,
        reason,
        executable_at: executable_at(call)?,
        proposed_height: call.env.block.height.into(),
        state: SpendState::Proposed,
    };
    state::save_spend(deps.storage, &spend)?;
    Ok(Response::new().add_event(SettlementEvent::SpendProposed {
        spend: spend.id,
        to: spend.to.into(),
        amount,
        executable_at: spend.executable_at,
    }))
}

/// Possible until it is paid.
pub fn cancel(deps: DepsMut, id: SpendId) -> Result<Response, ContractError> {
    let spend = load_proposed(deps.storage, id)?;
    close(deps.storage, spend, SpendState::Cancelled)?;
    Ok(Response::new().add_event(SettlementEvent::SpendCancelled { spend: id }))
}

/// Anyone may execute it: amount and recipient are fixed.
pub fn execute(deps: DepsMut, call: &Call, id: SpendId) -> Result<Response, ContractError> {
    let spend = load_proposed(deps.storage, id)?;
    check_due(call, &spend)?;
    let (to, amount) = (spend.to.clone(), spend.amount);
    take_from_treasury(deps.storage, id, amount)?;
    close(deps.storage, spend, SpendState::Executed)?;
    Ok(Response::new()
        .add_message(peers::pay(&call.setup.config.open_token, &to, amount)?)
        .add_event(SettlementEvent::SpendExecuted { spend: id, to: to.into(), amount }))
}

fn check_amount_and_reason(amount: Uint128, reason: &str) -> Result<(), ContractError> {
    if amount.is_zero() {
        return Err(ContractError::SpendZero);
    }
    let bytes = reason.len();
    if bytes > MAX_REASON_BYTES {
        return Err(ContractError::ReasonLength { bytes });
    }
    Ok(())
}

/// Anyone but this contract, whose books a payment to itself would leave behind.
fn recipient(deps: &DepsMut, call: &Call, to: &str) -> Result<Addr, ContractError> {
    let to = deps.api.addr_validate(to)?;
    if to == call.setup.contract {
        return Err(ContractError::SpendToItself);
    }
    Ok(to)
}

fn executable_at(call: &Call) -> Result<Seconds, ContractError> {
    let now = Uint64::new(call.env.block.time.seconds());
    let delay = Uint64::new(call.setup.config.treasury_delay.get());
    Ok(Seconds(now.checked_add(delay)?.u64()))
}

/// A spending that was neither paid nor taken back.
fn load_proposed(storage: &dyn Storage, id: SpendId) -> Result<Spend, ContractError> {
    let spend = state::load_spend(storage, id)?;
    let done = match spend.state {
        SpendState::Proposed => return Ok(spend),
        SpendState::Executed => "paid",
        SpendState::Cancelled => "cancelled",
    };
    Err(ContractError::SpendClosed { spend: id, done })
}

fn close(storage: &mut dyn Storage, spend: Spend, to: SpendState) -> Result<(), ContractError> {
    Ok(state::save_spend(storage, &Spend { state: to, ..spend })?)
}

fn check_due(call: &Call, spend: &Spend) -> Result<(), ContractError> {
    let block = &call.env.block;
    let delay = delay_window(call.setup, spend);
    if delay.ended(block.time.seconds(), block.height) {
        return Ok(());
    }
    Err(ContractError::SpendNotDue {
        spend: spend.id,
        executable_at: spend.executable_at,
        height: delay.began_height.saturating_add(delay.min_blocks),
    })
}

fn delay_window(setup: &Setup, spend: &Spend) -> Window {
    Window {
        ends_at: spend.executable_at.get(),
        began_height: spend.proposed_height.u64(),
        min_blocks: setup.config.min_blocks.u64(),
    }
}

fn take_from_treasury(storage: &mut dyn Storage, spend: SpendId, amount: Uint128) -> Result<(), ContractError> {
    let treasury = state::load_totals(storage)?.treasury;
    if amount > treasury {
        return Err(ContractError::TreasuryTooSmall { spend, amount, treasury });
    }
    state::move_totals(storage, |totals| {
        totals.treasury = totals.treasury.checked_sub(amount)?;
        Ok(())
    })
}
