//! Answers. Nothing here changes anything.

use cosmwasm_std::{Addr, Binary, Deps, Storage, Uint64, to_json_binary};
use protocol::attribution::{Config, Method, Operator, Participation, QueryMsg, Round};
use protocol::{Bps, MethodId, ModelId, RoundId};

use crate::{ContractError, execute, state};

/// Answers a query in JSON.
pub fn answer(deps: Deps, msg: QueryMsg) -> Result<Binary, ContractError> {
    let storage = deps.storage;
    let json = match msg {
        QueryMsg::Config {} => to_json_binary(&config(storage)?),
        QueryMsg::Ownership {} => to_json_binary(&cw_ownable::get_ownership(storage)?),
        QueryMsg::Method { method } => to_json_binary(&self::method(storage, method)?),
        QueryMsg::Operator { method, account } => to_json_binary(&operator(deps, method, &account)?),
        QueryMsg::Operators { method } => to_json_binary(&operators(storage, method)?),
        QueryMsg::Round { model, round } => to_json_binary(&state::load_round(storage, model, round)?),
        QueryMsg::Rounds { model, page } => to_json_binary(&state::load_rounds(storage, model, &page)?),
        QueryMsg::OpenRound { model } => to_json_binary(&open_round(storage, model)?),
        QueryMsg::Participations { model, round } => to_json_binary(&participations(storage, model, round)?),
        QueryMsg::Openable { model } => to_json_binary(&execute::open::query_openable(deps, model)?),
    };
    Ok(json?)
}

fn config(storage: &dyn Storage) -> Result<Config, ContractError> {
    let settings = state::load_settings(storage)?;
    Ok(Config {
        open_token: settings.open_token,
        model: settings.model,
        settlement: state::find_settlement(storage)?,
        min_blocks: Uint64::new(settings.min_blocks),
        chain_id: settings.chain_id,
        bonds_held: state::bonds_held(storage)?,
        operator_delay: settings.operator_delay,
        unbonding_period: settings.unbonding_period,
    })
}

fn method(storage: &dyn Storage, id: MethodId) -> Result<Method, ContractError> {
    let params = state::load_method(storage, id)?;
    Ok(Method { id, params })
}

fn operator(deps: Deps, method: MethodId, account: &str) -> Result<Operator, ContractError> {
    state::load_method(deps.storage, method)?;
    let account = deps.api.addr_validate(account)?;
    state::load_operator(deps.storage, method, &account)
}

fn operators(storage: &dyn Storage, method: MethodId) -> Result<Vec<Operator>, ContractError> {
    state::load_method(storage, method)?;
    Ok(state::load_operators(storage, method)?)
}

fn open_round(storage: &dyn Storage, model: ModelId) -> Result<Option<Round>, ContractError> {
    state::open_round(storage, model)?.map(|round| state::load_round(storage, model, round)).transpose()
}

fn participations(storage: &dyn Storage, model: ModelId, round: RoundId) -> Result<Vec<Participation>, ContractError> {
    let round = state::load_round(storage, model, round)?;
    let agreements = state::load_agreements(storage, &round)?;
    round.operators.iter().map(|operator| participation(storage, &round, operator, &agreements)).collect()
}

fn participation(
    storage: &dyn Storage,
    round: &Round,
    operator: &Addr,
    agreements: &[(Addr, Bps)],
) -> Result<Participation, ContractError> {
    let agreement = agreements.iter().find(|(revealed, _)| revealed == operator).map(|(_, agreement)| *agreement);
    let part = state::find_part(storage, round, operator)?;
    Ok(Participation {
        operator: operator.clone(),
        commitment: part.as_ref().map(|part| part.commitment),
        revealed: part.as_ref().and_then(|part| part.revealed),
        agreement,
        slashed: part.is_some_and(|part| part.slashed),
    })
}
