//! Creating a model.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Api, DepsMut, MessageInfo, Response, Uint64};
use protocol::event::ModelEvent;
use protocol::model::{MAX_CURATORS, Model, NewModel, PriceSheet, ValidationPool};
use protocol::{Hash32, ModelId};

use super::{check_name, prices::check_prices, terms::check_terms};
use crate::{ContractError, peer, state};

/// The first price sheet's version.
const FIRST_SHEET: u32 = 1;

/// Creates a model that the sender owns.
pub fn create(deps: DepsMut, info: &MessageInfo, new: NewModel) -> Result<Response, ContractError> {
    let attribution = state::load_config(deps.storage)?.attribution.ok_or(ContractError::NotWired)?;
    check_name("the model's name", &new.name)?;
    check_terms(&new.terms)?;
    check_prices(&new.prices)?;
    let curators = checked_curators(deps.api, &new.curators)?;
    let gateway = deps.api.addr_validate(&new.gateway)?;
    peer::check_method(deps.querier, &attribution, new.method)?;

    let parties = Parties { owner: info.sender.clone(), gateway, curators };
    let sheet = PriceSheet { version: FIRST_SHEET, prices: new.prices.clone() };
    let model = empty_model(state::next_model(deps.storage)?, parties, new);
    state::save_model(deps.storage, &model)?;
    state::save_price_sheet(deps.storage, model.id, &sheet)?;
    Ok(Response::new()
        .add_event(created(&model))
        .add_event(ModelEvent::PricesSet { model: model.id, price_sheet: sheet.version }))
}

/// Checked accounts of a new model.
struct Parties {
    owner: Addr,
    gateway: Addr,
    curators: Vec<Addr>,
}

fn empty_model(id: ModelId, parties: Parties, new: NewModel) -> Model {
    Model {
        id,
        owner: parties.owner,
        offered_to: None,
        name: new.name,
        kind: new.kind,
        terms: new.terms,
        gateway: parties.gateway,
        method: new.method,
        curators: parties.curators,
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
