//! The one objective fault: to commit and not to reveal.

use cosmwasm_std::{Addr, CosmosMsg, Event, Storage, Uint128, WasmMsg, to_json_binary};
use cw20::Cw20ExecuteMsg;
use protocol::attribution::Round;
use protocol::event::AttributionEvent;
use protocol::settlement::ReceiveMsg as SettlementReceive;

use super::increment;
use crate::{ContractError, state};

/// Takes the whole bond of everyone who committed and did not reveal, and sends the sum to the treasury.
pub fn slash_silent(
    storage: &mut dyn Storage,
    round: &Round,
) -> Result<(Option<CosmosMsg>, Vec<Event>), ContractError> {
    let (mut total, mut events) = (Uint128::zero(), vec![]);
    for operator in &round.operators {
        let Some(mut part) = state::find_part(storage, round, operator)? else {
            continue;
        };
        if part.revealed.is_some() {
            continue;
        }
        part.slashed = true;
        state::save_part(storage, round, operator, &part)?;
        let bond = take_bond(storage, round, operator)?;
        total = total.checked_add(bond).map_err(|_| ContractError::Overflow)?;
        events.push(slashed_event(round, operator, bond));
    }
    Ok((to_treasury(storage, total)?, events))
}

/// Zero where a round of another model took the bond before.
fn take_bond(storage: &mut dyn Storage, round: &Round, operator: &Addr) -> Result<Uint128, ContractError> {
    let mut record = state::load_operator(storage, round.method, operator)?;
    let bond = std::mem::take(&mut record.bond);
    record.slashed = increment(record.slashed)?;
    state::save_operator(storage, &record)?;
    state::take_bond(storage, bond)?;
    Ok(bond)
}

fn slashed_event(round: &Round, operator: &Addr, bond: Uint128) -> Event {
    let slashed = AttributionEvent::OperatorSlashed {
        method: round.method,
        operator: operator.to_string(),
        model: round.model,
        round: round.id,
        bond,
    };
    slashed.into()
}

/// One payment for all of them; none when nobody was silent.
fn to_treasury(storage: &dyn Storage, amount: Uint128) -> Result<Option<CosmosMsg>, ContractError> {
    if amount.is_zero() {
        return Ok(None);
    }
    let send = Cw20ExecuteMsg::Send {
        contract: state::load_settlement(storage)?.into(),
        amount,
        msg: to_json_binary(&SettlementReceive::Treasury {})?,
    };
    let execute = WasmMsg::Execute {
        contract_addr: state::load_settings(storage)?.open_token.into(),
        msg: to_json_binary(&send)?,
        funds: vec![],
    };
    Ok(Some(execute.into()))
}
