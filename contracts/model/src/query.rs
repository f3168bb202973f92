//! Answers.

use cosmwasm_std::{Binary, Deps, StdResult, Storage, Uint64, to_json_binary};
use protocol::model::{Commerce, Model, QueryMsg, RoundBasis};
use protocol::{ContributionId, ModelId, Seconds};

use crate::{ContractError, state};

/// The most positions of one `At`.
const MAX_ASKED: usize = 100;

pub fn answer(deps: Deps, msg: QueryMsg) -> Result<Binary, ContractError> {
    let storage = deps.storage;
    let answer = match msg {
        QueryMsg::Config {} => to_json_binary(&state::load_config(storage)?),
        QueryMsg::Ownership {} => to_json_binary(&cw_ownable::get_ownership(storage)?),
        QueryMsg::Model { model } => to_json_binary(&state::load_model(storage, model)?),
        QueryMsg::Models { page } => to_json_binary(&state::models(storage, &page)?),
        QueryMsg::Version { model, number } => to_json_binary(&state::load_version(storage, model, number)?),
        QueryMsg::PriceSheet { model, version } => to_json_binary(&state::load_price_sheet(storage, model, version)?),
        QueryMsg::Used { model, page } => {
            state::load_model(storage, model)?;
            to_json_binary(&state::used(storage, model, &page)?)
        }
        QueryMsg::At { model, positions } => to_json_binary(&at(storage, model, &positions)?),
        QueryMsg::ValidationExtensions { model, page } => {
            state::load_model(storage, model)?;
            to_json_binary(&state::extensions(storage, model, &page)?)
        }
        QueryMsg::RoundBasis { model, fixed_by } => to_json_binary(&round_basis(storage, model, fixed_by)?),
        QueryMsg::Commerce { model } => to_json_binary(&commerce(storage, model)?),
    };
    Ok(answer?)
}

fn at(storage: &dyn Storage, model: ModelId, positions: &[u32]) -> Result<Vec<ContributionId>, ContractError> {
    let count = positions.len();
    if count > MAX_ASKED {
        return Err(ContractError::TooManyPositions { count });
    }
    state::load_model(storage, model)?;
    positions.iter().map(|position| state::contribution_at(storage, model, *position)).collect()
}

fn commerce(storage: &dyn Storage, model: ModelId) -> Result<Commerce, ContractError> {
    let model = state::load_model(storage, model)?;
    Ok(Commerce { gateway: model.gateway, terms: model.terms, servable: model.versions > 0 })
}

fn round_basis(storage: &dyn Storage, model: ModelId, fixed_by: Seconds) -> Result<RoundBasis, ContractError> {
    let model = state::load_model(storage, model)?;
    let fixed = approved_by(storage, &model, fixed_by)?;
    let cursor = model.validation.cursor;
    Ok(RoundBasis {
        method: model.method,
        positions: model.positions,
        versions: model.versions,
        versions_hash: model.versions_hash,
        validation_root: model.validation.root,
        validation_cursor: cursor,
        validation_available: fixed.saturating_sub(cursor),
        owner: model.owner,
    })
}

/// How many examples of the pool were approved no later than `fixed_by`.
///
/// Extensions are in the order of their approval, so a binary search finds the last that counts: at most 32 reads.
fn approved_by(storage: &dyn Storage, model: &Model, fixed_by: Seconds) -> StdResult<Uint64> {
    let mut approved = Uint64::zero();
    let (mut low, mut high) = (1, model.validation.extensions);
    while low <= high {
        let middle = low.midpoint(high);
        let extension = state::load_extension(storage, model.id, middle)?;
        if extension.approved_at <= fixed_by {
            approved = extension.first.checked_add(extension.count)?;
            low = middle.saturating_add(1);
        } else {
            high = middle.saturating_sub(1);
        }
    }
    Ok(approved)
}
