//! Price sheets. An old sheet stays readable, since receipts name the one they were priced by.

use std::collections::BTreeSet;

use cosmwasm_std::{DepsMut, Env, MessageInfo, Response, Storage};
use protocol::event::ModelEvent;
use protocol::model::{MAX_PRICES, Model, Price, PriceSheet};
use protocol::{ModelId, Seconds};

use super::{check_name, owned};
use crate::{ContractError, state};

/// Sets the next price sheet, from this block on; the last one ends with it.
pub fn set(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    model: ModelId,
    prices: Vec<Price>,
) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    check_prices(&prices)?;
    let version = state::following(loaded.price_sheet)?;
    let since = Seconds(env.block.time.seconds());
    end_current(deps.storage, &loaded, since)?;
    loaded.price_sheet = version;
    state::save_model(deps.storage, &loaded)?;
    state::save_price_sheet(deps.storage, model, &PriceSheet { version, prices, since, until: None })?;
    Ok(Response::new().add_event(ModelEvent::PricesSet { model, price_sheet: version }))
}

fn end_current(storage: &mut dyn Storage, model: &Model, at: Seconds) -> Result<(), ContractError> {
    let mut sheet = state::load_price_sheet(storage, model.id, model.price_sheet)?;
    sheet.until = Some(at);
    state::save_price_sheet(storage, model.id, &sheet)?;
    Ok(())
}

/// Checks number, names and amounts.
pub fn check_prices(prices: &[Price]) -> Result<(), ContractError> {
    let count = prices.len();
    if count == 0 || count > MAX_PRICES {
        return Err(ContractError::PriceCount { count });
    }
    let mut seen = BTreeSet::new();
    for Price { name, per_call, .. } in prices {
        check_name("a price's name", name)?;
        if per_call.is_zero() {
            return Err(ContractError::ZeroPrice { name: name.clone() });
        }
        if !seen.insert(name) {
            return Err(ContractError::DuplicatePrice { name: name.clone() });
        }
    }
    Ok(())
}
