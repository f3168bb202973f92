//! Instantiation and migration.

use cosmwasm_std::{Addr, BlockInfo, DepsMut, Env, Response, Uint64};
use protocol::settlement::{Config, InstantiateMsg};
use protocol::{Bps, Seconds};

use crate::contract::{CONTRACT_NAME, CONTRACT_VERSION};
use crate::error::ContractError;
use crate::state::{self, Setup};

/// The shortest epoch that has a redemption period after it.
const MIN_EPOCH_LENGTH: u64 = 2;
/// The longest delay of spendings: 365 days, in seconds.
const MAX_TREASURY_DELAY: u64 = 31_536_000;
/// A full range of epochs with fees has had time to open before any of it lapses.
const MIN_LAPSE_AFTER: u64 = 64;

pub fn instantiate(deps: DepsMut, env: &Env, msg: InstantiateMsg) -> Result<Response, ContractError> {
    check(&msg)?;
    cw_ownable::initialize_owner(deps.storage, deps.api, Some(&msg.owner))?;
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
        treasury_delay: msg.treasury_delay,
        retire_after: msg.retire_after,
        valuation_interval: msg.valuation_interval,
        lapse_after: msg.lapse_after,
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
    check_delay(msg.treasury_delay)?;
    check_epochs("retire_after", msg.retire_after, 1)?;
    check_epochs("valuation_interval", msg.valuation_interval, 1)?;
    check_epochs("lapse_after", msg.lapse_after, MIN_LAPSE_AFTER)
}

fn check_delay(delay: Seconds) -> Result<(), ContractError> {
    let seconds = delay.get();
    if (1..=MAX_TREASURY_DELAY).contains(&seconds) { Ok(()) } else { Err(ContractError::TreasuryDelay { seconds }) }
}

fn check_epochs(parameter: &'static str, epochs: Uint64, least: u64) -> Result<(), ContractError> {
    let epochs = epochs.u64();
    if epochs < least {
        return Err(ContractError::TooFewEpochs { parameter, epochs, least });
    }
    Ok(())
}

fn check_share(share: &'static str, bps: Bps) -> Result<(), ContractError> {
    if bps > Bps::WHOLE {
        return Err(ContractError::ShareAboveWhole { share, bps: bps.0 });
    }
    Ok(())
}

pub fn update_ownership(
    deps: DepsMut,
    block: &BlockInfo,
    sender: &Addr,
    action: cw_ownable::Action,
) -> Result<Response, ContractError> {
    let ownership = cw_ownable::update_ownership(deps, block, sender, action)?;
    Ok(Response::new().add_attributes(ownership.into_attributes()))
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
