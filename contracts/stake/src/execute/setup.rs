//! The beginning: all units, in three parts.

use cosmwasm_std::{Addr, Response, Uint128};
use cw20::Cw20Coin;
use cw20_base::msg::InstantiateMarketingInfo;
use protocol::stake::{Config, DECIMALS, InstantiateMsg, Reserves, SUPPLY};

use super::Call;
use crate::{ContractError, state};

/// Stores configuration and reserves, and lets cw20-base create the accounts of the owner and of the contract itself.
pub fn instantiate(call: Call, msg: InstantiateMsg) -> Result<Response, ContractError> {
    let Call { deps, env, info } = call;
    let reserves = Reserves { contributors: msg.contributors_units, work: msg.work_units };
    let reserved = reserves.contributors.checked_add(reserves.work)?;
    check_supply(reserved.checked_add(msg.owner_units)?)?;
    let config = Config {
        model_id: msg.model_id,
        model: info.sender.clone(),
        settlement: deps.api.addr_validate(&msg.settlement)?,
        open_token: deps.api.addr_validate(&msg.open_token)?,
    };
    state::save_config(deps.storage, &config)?;
    state::save_reserves(deps.storage, &reserves)?;
    let token = token(msg, &env.contract.address, reserved);
    Ok(cw20_base::contract::instantiate(deps, env, info, token)?)
}

fn check_supply(sum: Uint128) -> Result<(), ContractError> {
    if sum.u128() == SUPPLY { Ok(()) } else { Err(ContractError::UnitsSum { sum }) }
}

/// The token as cw20-base is told of it: no minter, and the owner may change the marketing info.
fn token(msg: InstantiateMsg, contract: &Addr, reserved: Uint128) -> cw20_base::msg::InstantiateMsg {
    let marketing =
        InstantiateMarketingInfo { project: None, description: None, marketing: Some(msg.owner.clone()), logo: None };
    cw20_base::msg::InstantiateMsg {
        name: msg.name,
        symbol: msg.symbol,
        decimals: DECIMALS,
        initial_balances: vec![
            Cw20Coin { address: msg.owner, amount: msg.owner_units },
            Cw20Coin { address: contract.to_string(), amount: reserved },
        ],
        mint: None,
        marketing: Some(marketing),
    }
}
