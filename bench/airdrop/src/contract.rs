//! Entry points.

use cosmwasm_schema::cw_serde;
#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdResult, Storage, Uint128, WasmMsg,
    to_json_binary,
};
use cw_storage_plus::{Item, Map};
use cw20::Cw20ExecuteMsg;

use crate::{ContractError, ExecuteMsg, InstantiateMsg, QueryMsg, tree};

const CONFIG: Item<Config> = Item::new("config");
const CLAIMED: Map<&Addr, Empty> = Map::new("claimed");

#[cw_serde]
struct Config {
    token: Addr,
    root: Binary,
}

/// Creates the airdrop.
///
/// # Errors
/// If the token's address is malformed.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, _env: Env, _info: MessageInfo, msg: InstantiateMsg) -> StdResult<Response> {
    let token = deps.api.addr_validate(&msg.token)?;
    CONFIG.save(deps.storage, &Config { token, root: msg.root })?;
    Ok(Response::new())
}

/// Pays a claim.
///
/// # Errors
/// If it was paid before, or its proof does not lead to the root.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, _env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    let ExecuteMsg::Claim { amount, proof } = msg;
    let config = CONFIG.load(deps.storage)?;
    let leaf = tree::leaf(info.sender.as_str(), amount.u128());
    if tree::climb(leaf, proof.iter().map(Binary::as_slice)) != config.root.as_slice() {
        return Err(ContractError::NotInTree);
    }
    mark_claimed(deps.storage, &info.sender)?;
    Ok(Response::new().add_message(pay(&config.token, &info.sender, amount)?))
}

/// Answers a query.
///
/// # Errors
/// If the address is malformed.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> StdResult<Binary> {
    let QueryMsg::Claimed { account } = msg;
    to_json_binary(&CLAIMED.has(deps.storage, &deps.api.addr_validate(&account)?))
}

fn mark_claimed(storage: &mut dyn Storage, account: &Addr) -> Result<(), ContractError> {
    if CLAIMED.has(storage, account) {
        return Err(ContractError::Claimed);
    }
    Ok(CLAIMED.save(storage, account, &Empty {})?)
}

fn pay(token: &Addr, account: &Addr, amount: Uint128) -> StdResult<WasmMsg> {
    let transfer = Cw20ExecuteMsg::Transfer { recipient: account.to_string(), amount };
    Ok(WasmMsg::Execute { contract_addr: token.to_string(), msg: to_json_binary(&transfer)?, funds: vec![] })
}
