//! What messages do: one file per action.

pub mod append;
pub mod approval;
pub mod corrections;
pub mod create;
mod lineage;
pub mod prices;
pub mod stake;
pub mod terms;
pub mod transfer;
pub mod validation;
pub mod version;
pub mod wire;
pub mod withdrawals;
mod work;

use cosmwasm_std::{MessageInfo, Storage};
use protocol::ModelId;
use protocol::model::Model;

use crate::{ContractError, state};

/// The longest name of a model or price, in characters.
const MAX_NAME: usize = 64;
/// The longest URI, in characters.
const MAX_URI: usize = 512;

/// Loads a model for its owner.
fn owned(storage: &dyn Storage, info: &MessageInfo, model: ModelId) -> Result<Model, ContractError> {
    let loaded = state::load_model(storage, model)?;
    if loaded.owner != info.sender {
        return Err(ContractError::NotModelOwner { model, owner: loaded.owner });
    }
    Ok(loaded)
}

fn check_name(field: &'static str, name: &str) -> Result<(), ContractError> {
    let length = name.chars().count();
    if (1..=MAX_NAME).contains(&length) {
        return Ok(());
    }
    Err(ContractError::NameLength { field, length })
}

fn check_uri(uri: &str) -> Result<(), ContractError> {
    let length = uri.chars().count();
    if length > MAX_URI {
        return Err(ContractError::UriLength { length });
    }
    Ok(())
}
