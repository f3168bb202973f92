//! Leaving: an operator unbonds at once, and gets its bond back once no round can still need it.

use cosmwasm_std::{Addr, Env, Response, Storage};
use protocol::attribution::Operator;
use protocol::event::AttributionEvent;
use protocol::{MethodId, Seconds};

use super::payment;
use crate::window::{Now, later};
use crate::{ContractError, state};

/// The sender leaves from the next opening on, before its time if governance has removed it.
pub fn unbond(
    storage: &mut dyn Storage,
    env: &Env,
    account: &Addr,
    method: MethodId,
) -> Result<Response, ContractError> {
    let mut operator = state::load_operator(storage, method, account)?;
    let settings = state::load_settings(storage)?;
    let now = Now::of(env, settings.min_blocks).seconds();
    if operator.leaves_at.is_some_and(|leaves_at| leaves_at <= now) {
        let operator = account.clone();
        return Err(ContractError::OperatorLeaving { method, operator });
    }
    let bond_free_at = later(now, settings.unbonding_period)?;
    operator.leaves_at = Some(now);
    operator.bond_free_at = Some(bond_free_at);
    state::save_operator(storage, &operator)?;
    let operator = account.to_string();
    Ok(Response::new().add_event(AttributionEvent::OperatorUnbonding { method, operator, bond_free_at }))
}

/// Pays the whole bond of an operator back that has left and unbonded.
pub fn withdraw(
    storage: &mut dyn Storage,
    env: &Env,
    account: &Addr,
    method: MethodId,
) -> Result<Response, ContractError> {
    let mut operator = state::load_operator(storage, method, account)?;
    check(&operator, Seconds(env.block.time.seconds()))?;
    let bond = std::mem::take(&mut operator.bond);
    state::save_operator(storage, &operator)?;
    state::take_bond(storage, bond)?;
    let operator = account.to_string();
    let withdrawn = AttributionEvent::BondWithdrawn { method, operator, bond };
    Ok(Response::new().add_message(payment::to_account(storage, account, bond)?).add_event(withdrawn))
}

fn check(operator: &Operator, now: Seconds) -> Result<(), ContractError> {
    let (method, account) = (operator.method, operator.account.clone());
    let (Some(leaves_at), Some(bond_free_at)) = (operator.leaves_at, operator.bond_free_at) else {
        return Err(ContractError::NotLeaving { method, operator: account });
    };
    let until = leaves_at.max(bond_free_at);
    if until > now {
        return Err(ContractError::Unbonding { until });
    }
    let open_sets = operator.open_sets;
    if open_sets > 0 {
        return Err(ContractError::BondInUse { open_sets });
    }
    if operator.bond.is_zero() {
        return Err(ContractError::NoBond { method, operator: account });
    }
    Ok(())
}
