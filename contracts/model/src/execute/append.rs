//! Appending to the list of used contributions.

use cosmwasm_std::{Deps, DepsMut, MessageInfo, Response, WasmMsg, to_json_binary};
use protocol::datanet::{ExecuteMsg as DatanetMsg, MAX_MARKED};
use protocol::event::ModelEvent;
use protocol::model::{MAX_POSITIONS, UsedContribution};
use protocol::settlement::ExecuteMsg as SettlementMsg;
use protocol::{ContributionId, ModelId};

use super::owned;
use crate::{ContractError, peer, state};

/// Gives contributions the next positions, in order.
///
/// Whether they are accepted, and whether the model's influence share meets their DataNets' terms, is for `datanet` to say:
/// its refusal of `MarkUsed` undoes everything here. It is told the share in force now, since that can only rise.
pub fn append(
    deps: DepsMut,
    info: &MessageInfo,
    model: ModelId,
    contributions: &[ContributionId],
) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    let first_position = loaded.positions;
    let appended = next_positions(loaded.positions, contributions)?;
    for used in &appended {
        state::take_position(deps.storage, model, used)?;
        loaded.positions = state::following(used.position)?;
    }
    state::save_model(deps.storage, &loaded)?;

    Ok(Response::new()
        .add_message(mark_used(deps.as_ref(), model, contributions)?)
        .add_message(show_positions(deps.as_ref(), model, first_position, contributions)?)
        .add_events(appended.iter().map(|used| position_taken(model, used))))
}

fn next_positions(first: u32, contributions: &[ContributionId]) -> Result<Vec<UsedContribution>, ContractError> {
    let count = contributions.len();
    if count == 0 || count > MAX_MARKED {
        return Err(ContractError::ContributionCount { count });
    }
    let added = u64::try_from(count).unwrap_or(u64::MAX);
    let positions = u64::from(first).saturating_add(added);
    if positions > u64::from(MAX_POSITIONS) {
        return Err(ContractError::TooManyContributions { positions });
    }
    let appended = (first..).zip(contributions);
    Ok(appended.map(|(position, id)| UsedContribution { position, contribution: *id }).collect())
}

fn mark_used(deps: Deps, model: ModelId, contributions: &[ContributionId]) -> Result<WasmMsg, ContractError> {
    let config = state::load_config(deps.storage)?;
    let epoch = peer::current_epoch(deps.querier, &config)?.unwrap_or_default();
    let influence_share = state::terms_in(deps.storage, model, epoch)?.influence;
    let msg = DatanetMsg::MarkUsed { model, influence_share, contributions: contributions.to_vec() };
    let contract_addr = config.datanet.into_string();
    Ok(WasmMsg::Execute { contract_addr, msg: to_json_binary(&msg)?, funds: Vec::new() })
}

/// `settlement` pays claims by position.
fn show_positions(
    deps: Deps,
    model: ModelId,
    first_position: u32,
    contributions: &[ContributionId],
) -> Result<WasmMsg, ContractError> {
    let settlement = state::load_config(deps.storage)?.settlement.ok_or(ContractError::NotWired)?;
    let msg = SettlementMsg::TakePositions { model, first_position, contributions: contributions.to_vec() };
    Ok(WasmMsg::Execute { contract_addr: settlement.into_string(), msg: to_json_binary(&msg)?, funds: Vec::new() })
}

fn position_taken(model: ModelId, used: &UsedContribution) -> ModelEvent {
    ModelEvent::PositionTaken { model, position: used.position, contribution: used.contribution }
}
