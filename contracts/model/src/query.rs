//! Answers.

use cosmwasm_std::{Binary, Deps, StdResult, Storage, Uint64, to_json_binary};
use protocol::model::{Commerce, DatedTerms, Model, QueryMsg, RoundBasis};
use protocol::{ContributionId, Epoch, ModelId, Page, Seconds};

use crate::{ContractError, peer, state};

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
        QueryMsg::Commerce { model, epoch } => to_json_binary(&commerce(deps, model, epoch)?),
        QueryMsg::TermsHistory { model, page } => to_json_binary(&terms_history(storage, model, &page)?),
        QueryMsg::PositionOf { model, contribution } => to_json_binary(&position_of(storage, model, contribution)?),
        QueryMsg::Withdrawn { model } => to_json_binary(&withdrawn(storage, model)?),
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

/// Owner, gateway, versions and stake as they are now; terms of the epoch asked for.
fn commerce(deps: Deps, model: ModelId, epoch: Option<Epoch>) -> Result<Commerce, ContractError> {
    let loaded = state::load_model(deps.storage, model)?;
    let stake = state::stake_of(&loaded)?;
    let epoch = match epoch {
        Some(epoch) => epoch,
        None => peer::current_epoch(deps.querier, &state::load_config(deps.storage)?)?.unwrap_or_default(),
    };
    let terms = state::terms_in(deps.storage, model, epoch)?;
    let Model { gateway, owner, versions, parents, .. } = loaded;
    Ok(Commerce { gateway, owner, terms, versions, parents, stake })
}

fn terms_history(storage: &dyn Storage, model: ModelId, page: &Page) -> Result<Vec<DatedTerms>, ContractError> {
    state::load_model(storage, model)?;
    Ok(state::terms(storage, model, page)?)
}

fn position_of(
    storage: &dyn Storage,
    model: ModelId,
    contribution: ContributionId,
) -> Result<Option<u32>, ContractError> {
    state::load_model(storage, model)?;
    Ok(state::position_of(storage, model, contribution)?)
}

fn withdrawn(storage: &dyn Storage, model: ModelId) -> Result<Binary, ContractError> {
    let loaded = state::load_model(storage, model)?;
    Ok(Binary::from(state::load_withdrawn(storage, &loaded)?.as_bytes()))
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
