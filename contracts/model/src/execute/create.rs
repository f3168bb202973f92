//! Creating a model.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Api, Deps, DepsMut, Env, MessageInfo, Response, StdResult, Storage, Uint64};
use protocol::event::ModelEvent;
use protocol::model::{DatedTerms, MAX_CURATORS, Model, NewModel, PriceSheet, ValidationPool};
use protocol::{Epoch, Hash32, ModelId, Seconds};

use super::{check_name, lineage, prices::check_prices, stake, terms::check_terms};
use crate::{ContractError, peer, state};

/// The first price sheet's version.
const FIRST_SHEET: u32 = 1;

/// Creates a model that the sender owns, and orders its stake contract.
pub fn create(deps: DepsMut, env: &Env, info: &MessageInfo, new: NewModel) -> Result<Response, ContractError> {
    let config = state::load_config(deps.storage)?;
    let (attribution, settlement) =
        config.attribution.as_ref().zip(config.settlement.as_ref()).ok_or(ContractError::NotWired)?;
    let found = checked(deps.as_ref(), attribution, &new)?;
    let stake = stake::checked(new.stake.clone())?;
    let sheet = PriceSheet {
        version: FIRST_SHEET,
        prices: new.prices.clone(),
        since: Seconds(env.block.time.seconds()),
        until: None,
    };
    let model = empty_model(state::next_model(deps.storage)?, &info.sender, found, new);
    save(deps.storage, &model, &sheet)?;
    Ok(Response::new()
        .add_submessage(stake::order(&config, settlement, &model, stake)?)
        .add_event(created(&model))
        .add_event(ModelEvent::PricesSet { model: model.id, price_sheet: sheet.version }))
}

/// What the checks of a new model find out.
struct Found {
    gateway: Addr,
    curators: Vec<Addr>,
    depth: u8,
}

fn checked(deps: Deps, attribution: &Addr, new: &NewModel) -> Result<Found, ContractError> {
    check_name("the model's name", &new.name)?;
    check_terms(&new.terms, !new.parents.is_empty())?;
    check_prices(&new.prices)?;
    let depth = lineage::checked_depth(deps.storage, new.kind, &new.parents)?;
    let curators = checked_curators(deps.api, &new.curators)?;
    let gateway = deps.api.addr_validate(&new.gateway)?;
    peer::check_method(deps.querier, attribution, new.method)?;
    Ok(Found { gateway, curators, depth })
}

/// The terms of creation hold from epoch 0 on: no earlier ones could hold in any epoch.
fn save(storage: &mut dyn Storage, model: &Model, sheet: &PriceSheet) -> StdResult<()> {
    state::save_model(storage, model)?;
    state::save_terms(storage, model.id, &DatedTerms { from: Epoch::default(), terms: model.terms.clone() })?;
    state::save_price_sheet(storage, model.id, sheet)
}

fn empty_model(id: ModelId, owner: &Addr, found: Found, new: NewModel) -> Model {
    Model {
        id,
        owner: owner.clone(),
        offered_to: None,
        name: new.name,
        kind: new.kind,
        parents: new.parents,
        depth: found.depth,
        stake: None,
        terms: new.terms,
        withdrawn: 0,
        gateway: found.gateway,
        method: new.method,
        curators: found.curators,
        positions: 0,
        versions: 0,
        versions_hash: Hash32::default(),
        price_sheet: FIRST_SHEET,
        validation: ValidationPool {
            root: Hash32::default(),
            approved: Uint64::zero(),
            extensions: 0,
            cursor: Uint64::zero(),
            proposal: None,
        },
        corrections: None,
    }
}

fn created(model: &Model) -> ModelEvent {
    ModelEvent::ModelCreated {
        model: model.id,
        owner: model.owner.to_string(),
        name: model.name.clone(),
        method: model.method,
    }
}

fn checked_curators(api: &dyn Api, curators: &[String]) -> Result<Vec<Addr>, ContractError> {
    let count = curators.len();
    if count == 0 || count > MAX_CURATORS {
        return Err(ContractError::CuratorCount { count });
    }
    let mut seen = BTreeSet::new();
    let mut checked = Vec::with_capacity(count);
    for curator in curators {
        let curator = api.addr_validate(curator)?;
        if !seen.insert(curator.clone()) {
            return Err(ContractError::DuplicateCurator { curator });
        }
        checked.push(curator);
    }
    Ok(checked)
}
