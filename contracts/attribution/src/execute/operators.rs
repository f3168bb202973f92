//! Admission and removal of operators, after a delay that everyone sees coming. Rounds that are open keep their set.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Storage, Uint128};
use protocol::attribution::{MAX_OPERATORS, Operator};
use protocol::event::AttributionEvent;
use protocol::{Hash32, MethodId, Seconds};

use crate::window::{Now, later};
use crate::{ContractError, state};

/// Admits an operator, or one that has left again with the bond and the record that it has.
pub fn admit(deps: DepsMut, env: &Env, method: MethodId, account: &str) -> Result<Response, ContractError> {
    state::load_method(deps.storage, method)?;
    let account = deps.api.addr_validate(account)?;
    let settings = state::load_settings(deps.storage)?;
    let now = Now::of(env, settings.min_blocks);
    let active_from = now.end_after(settings.operator_delay)?;
    let operator = match state::find_operator(deps.storage, method, &account)? {
        Some(operator) => returning(operator, now.seconds(), active_from)?,
        None => newcomer(deps.storage, method, account, (now.seconds(), active_from))?,
    };
    state::save_operator(deps.storage, &operator)?;
    let operator = operator.account.to_string();
    Ok(Response::new().add_event(AttributionEvent::OperatorAdmitted { method, operator, active_from }))
}

/// One that has not left yet stays as it is: its delay would begin again, and so remove it at once.
fn returning(operator: Operator, now: Seconds, active_from: Seconds) -> Result<Operator, ContractError> {
    let (method, account) = (operator.method, operator.account.clone());
    match operator.leaves_at {
        None => Err(ContractError::AlreadyAdmitted { method, operator: account }),
        Some(until) if until > now => Err(ContractError::NotLeftYet { operator: account, until }),
        Some(_) => Ok(Operator { active_from, leaves_at: None, bond_free_at: None, ..operator }),
    }
}

fn newcomer(
    storage: &mut dyn Storage,
    method: MethodId,
    account: Addr,
    (now, active_from): (Seconds, Seconds),
) -> Result<Operator, ContractError> {
    make_room(storage, method, now)?;
    let former = state::take_former(storage, method, &account)?;
    Ok(Operator {
        account,
        method,
        bond: Uint128::zero(),
        active_from,
        leaves_at: None,
        bond_free_at: None,
        open_sets: 0,
        missed: former.missed,
        slashed: former.slashed,
        penalties: former.penalties,
        encryption_key: None,
    })
}

/// Takes the sender's key. One that nobody holds the other half of hurts only the sender: it reads no receipts.
pub fn set_encryption_key(
    storage: &mut dyn Storage,
    account: &Addr,
    method: MethodId,
    key: Hash32,
) -> Result<Response, ContractError> {
    let mut operator = state::load_operator(storage, method, account)?;
    operator.encryption_key = Some(key);
    state::save_operator(storage, &operator)?;
    let operator = account.to_string();
    Ok(Response::new().add_event(AttributionEvent::EncryptionKeySet { method, operator, key }))
}

/// In a full method, the newcomer takes the place of the operator who left first with nothing held.
fn make_room(storage: &mut dyn Storage, method: MethodId, now: Seconds) -> Result<(), ContractError> {
    let operators = state::load_operators(storage, method)?;
    if operators.len() < MAX_OPERATORS {
        return Ok(());
    }
    let gone = operators.iter().filter(|operator| is_gone(operator, now));
    let first = gone.min_by_key(|operator| operator.leaves_at);
    let first = first.ok_or(ContractError::TooManyOperators { method })?;
    Ok(state::retire_operator(storage, first)?)
}

fn is_gone(operator: &Operator, now: Seconds) -> bool {
    let left = operator.leaves_at.is_some_and(|leaves_at| leaves_at <= now);
    left && operator.bond.is_zero() && operator.open_sets == 0
}

/// Removes an operator after the delay; its bond stays until it has unbonded.
pub fn remove(deps: DepsMut, env: &Env, method: MethodId, account: &str) -> Result<Response, ContractError> {
    let account = deps.api.addr_validate(account)?;
    let mut operator = state::load_operator(deps.storage, method, &account)?;
    if operator.leaves_at.is_some() {
        let operator = account;
        return Err(ContractError::OperatorLeaving { method, operator });
    }
    let settings = state::load_settings(deps.storage)?;
    let leaves_at = Now::of(env, settings.min_blocks).end_after(settings.operator_delay)?;
    operator.leaves_at = Some(leaves_at);
    operator.bond_free_at = Some(later(leaves_at, settings.unbonding_period)?);
    state::save_operator(deps.storage, &operator)?;
    let operator = account.to_string();
    Ok(Response::new().add_event(AttributionEvent::OperatorRemoved { method, operator, leaves_at }))
}
