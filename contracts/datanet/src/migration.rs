//! Name and version of the stored state.

use cosmwasm_std::Storage;

use crate::ContractError;

const NAME: &str = "open:datanet";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Marks fresh state as this contract's, at this version.
pub fn record_version(storage: &mut dyn Storage) -> Result<(), ContractError> {
    Ok(cw2::set_contract_version(storage, NAME, VERSION)?)
}

/// Takes over state of this contract at this version or an older one.
pub fn check_and_record_version(storage: &mut dyn Storage) -> Result<(), ContractError> {
    cw2::ensure_from_older_version(storage, NAME, VERSION)
        .map(drop)
        .map_err(|error| ContractError::Migration { reason: error.to_string() })
}
