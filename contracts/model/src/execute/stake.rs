//! The stake contract of a new model: asked for in the transaction that creates the model, known when the chain replies.
//!
//! The reply comes on success alone: a stake that cannot be created takes the whole of `CreateModel` with it.

use cosmwasm_std::{Addr, DepsMut, Reply, Response, StdResult, Storage, SubMsg, Uint128, WasmMsg, to_json_binary};
use protocol::ModelId;
use protocol::event::ModelEvent;
use protocol::model::{Config, Model, NewStake};
use protocol::stake::{InstantiateMsg, SUPPLY};
use rules::split::split_payees;

use crate::{ContractError, state};

/// A stake whose parts add up.
pub struct CheckedStake {
    name: String,
    symbol: String,
    owner_units: Uint128,
    contributors_units: Uint128,
    work_units: Uint128,
}

/// Divides the supply: each part rounded down, what is left over to the contributors' reserve.
pub fn checked(new: NewStake) -> Result<CheckedStake, ContractError> {
    let shares = [new.contributors.0, new.owner.0, new.work.0];
    let units = split_payees(SUPPLY, &shares).map_err(ContractError::StakeShares)?;
    let mut units = units.into_iter().map(Uint128::new);
    let mut next = || units.next().unwrap_or_default();
    let (contributors_units, owner_units, work_units) = (next(), next(), next());
    Ok(CheckedStake { name: new.name, symbol: new.symbol, owner_units, contributors_units, work_units })
}

/// The order for a stake contract. Its reply carries the model's id, and nobody may migrate it.
pub fn order(config: &Config, settlement: &Addr, model: &Model, stake: CheckedStake) -> StdResult<SubMsg> {
    let msg = InstantiateMsg {
        model_id: model.id,
        name: stake.name,
        symbol: stake.symbol,
        open_token: config.open_token.to_string(),
        settlement: settlement.to_string(),
        owner: model.owner.to_string(),
        owner_units: stake.owner_units,
        contributors_units: stake.contributors_units,
        work_units: stake.work_units,
    };
    let instantiate = WasmMsg::Instantiate {
        admin: None,
        code_id: config.stake_code_id.u64(),
        msg: to_json_binary(&msg)?,
        funds: Vec::new(),
        label: format!("stake of model {}", model.id),
    };
    Ok(SubMsg::reply_on_success(instantiate, model.id.get()))
}

/// Stores the address of the stake contract that was asked for.
pub fn created(deps: DepsMut, reply: Reply) -> Result<Response, ContractError> {
    let mut model = waiting(deps.storage, reply.id)?;
    let stake = deps.api.addr_validate(&address(reply)?)?;
    model.stake = Some(stake.clone());
    state::save_model(deps.storage, &model)?;
    Ok(Response::new().add_event(ModelEvent::StakeCreated { model: model.id, stake: stake.into() }))
}

/// The model that a reply is for: one without a stake, which no model is once its transaction is over.
fn waiting(storage: &dyn Storage, id: u64) -> Result<Model, ContractError> {
    match state::load_model(storage, ModelId(id)) {
        Ok(model) if model.stake.is_none() => Ok(model),
        _ => Err(ContractError::UnexpectedReply { id }),
    }
}

fn address(reply: Reply) -> Result<String, ContractError> {
    let id = reply.id;
    let answer = reply.result.into_result().map_err(|reason| ContractError::StakeNotCreated { reason })?;
    let first = answer.msg_responses.first().ok_or(ContractError::UnexpectedReply { id })?;
    Ok(cw_utils::parse_instantiate_response_data(&first.value)?.contract_address)
}
