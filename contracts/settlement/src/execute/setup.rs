//! Instantiation and migration.

use cosmwasm_std::{DepsMut, Env, Response};
use protocol::Bps;
use protocol::settlement::{Config, InstantiateMsg};

use crate::contract::{CONTRACT_NAME, CONTRACT_VERSION};
use crate::error::ContractError;
use crate::state::{self, Setup};

/// The shortest epoch that has a redemption period after it.
const MIN_EPOCH_LENGTH: u64 = 2;

pub fn instantiate(deps: DepsMut, env: &Env, msg: InstantiateMsg) -> Result<Response, ContractError> {
    check(&msg)?;
    let config = Config {
        open_token: deps.api.addr_validate(&msg.open_token)?,
        datanet: deps.api.addr_validate(&msg.datanet)?,
        model: deps.api.addr_validate(&msg.model)?,
        attribution: deps.api.addr_validate(&msg.attribution)?,
        genesis: msg.genesis,
        epoch_length: msg.epoch_length,
        min_blocks: msg.min_blocks,
        protocol_share: msg.protocol_share,
        operators_share: msg.operators_share,
        min_redemption: msg.min_redemption,
        chain_id: env.block.chain_id.clone(),
    };
    let contract = env.contract.address.clone();
    state::save_setup(deps.storage, &Setup { config, contract })?;
    Ok(Response::new())
}

fn check(msg: &InstantiateMsg) -> Result<(), ContractError> {
    let seconds = msg.epoch_length.get();
    if seconds < MIN_EPOCH_LENGTH {
        return Err(ContractError::EpochLength { seconds });
    }
    check_share("the protocol's share", msg.protocol_share)?;
    check_share("the operators' share", msg.operators_share)?;
    if msg.min_redemption.is_zero() {
        return Err(ContractError::MinRedemptionZero);
    }
    Ok(())
}

fn check_share(share: &'static str, bps: Bps) -> Result<(), ContractError> {
    if bps > Bps::WHOLE {
        return Err(ContractError::ShareAboveWhole { share, bps: bps.0 });
    }
    Ok(())
}

pub fn migrate(deps: DepsMut) -> Result<Response, ContractError> {
    let stored = cw2::get_contract_version(deps.storage)?;
    if stored.contract != CONTRACT_NAME {
        let stored = stored.contract;
        return Err(ContractError::WrongContract { stored });
    }
    cw2::ensure_from_older_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)
        .map_err(|_| ContractError::NewerVersion { stored: stored.version })?;
    Ok(Response::new())
}
