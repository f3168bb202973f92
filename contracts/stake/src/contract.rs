//! Entry points: what the chain calls. They check the door and hand over to `execute` and `query`.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Addr, Binary, Deps, DepsMut, Env, MessageInfo, Response};
use protocol::Permission;
use protocol::stake::{Config, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::execute::{Call, allowance, claim, dividend, marketing, reserve, setup, transfer};
use crate::{ContractError, query, state};

/// The name that migrations check.
pub const CONTRACT_NAME: &str = "open-attribution:stake";
/// The version that migrations check.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes all units that there will ever be; the sender is the `model` contract.
///
/// # Errors
/// If the units are not the whole supply, name, symbol or an address is not valid, or coins are attached.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    mut deps: DepsMut,
    env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    let response = setup::instantiate(Call { deps: deps.branch(), env, info }, msg)?;
    // After cw20-base, which has left its own name there.
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    Ok(response)
}

/// Runs a message.
///
/// # Errors
/// [`ContractError`]; nothing has changed then.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    check_permission(&state::load_config(deps.storage)?, &info.sender, msg.permission())?;
    let call = Call { deps, env, info };
    match msg {
        ExecuteMsg::Transfer { recipient, amount } => transfer::transfer(call, recipient, amount),
        ExecuteMsg::Burn { amount } => transfer::burn(call, amount),
        ExecuteMsg::Send { contract, amount, msg } => transfer::send(call, contract, amount, msg),
        ExecuteMsg::IncreaseAllowance { spender, amount, expires } => {
            allowance::increase(call, spender, amount, expires)
        }
        ExecuteMsg::DecreaseAllowance { spender, amount, expires } => {
            allowance::decrease(call, spender, amount, expires)
        }
        ExecuteMsg::TransferFrom { owner, recipient, amount } => {
            allowance::transfer_from(call, owner, recipient, amount)
        }
        ExecuteMsg::SendFrom { owner, contract, amount, msg } => {
            allowance::send_from(call, owner, contract, amount, msg)
        }
        ExecuteMsg::BurnFrom { owner, amount } => allowance::burn_from(call, owner, amount),
        ExecuteMsg::UpdateMarketing { project, description, marketing } => {
            marketing::update(call, project, description, marketing)
        }
        ExecuteMsg::UploadLogo(logo) => marketing::upload_logo(call, logo),
        ExecuteMsg::Receive(received) => dividend::receive(call, &received),
        ExecuteMsg::ClaimDividends { accounts } => claim::claim(call, &accounts),
        ExecuteMsg::PayWork { payments } => reserve::pay_work(call, &payments),
        ExecuteMsg::Deliver { payments } => reserve::deliver(call, &payments),
    }
}

/// Answers a query.
///
/// # Errors
/// If what is asked for does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::answer(deps, &env.contract.address, msg)
}

/// Takes over the state of an older version of this contract, and of no other.
///
/// # Errors
/// If the stored name differs or the stored version is newer.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: MigrateMsg) -> Result<Response, ContractError> {
    let stored = cw2::get_contract_version(deps.storage)?;
    if stored.contract != CONTRACT_NAME {
        return Err(ContractError::OtherContract { stored: stored.contract });
    }
    cw2::ensure_from_older_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)
        .map_err(|_| ContractError::NewerVersion { stored: stored.version })?;
    Ok(Response::new())
}

/// Enforces the permissions that do not depend on a record; a `Party` is checked by cw20-base where its record is loaded.
fn check_permission(config: &Config, sender: &Addr, permission: Permission) -> Result<(), ContractError> {
    let (peer, allowed) = match permission {
        Permission::Anyone | Permission::Party(_) => return Ok(()),
        Permission::OpenToken => (&config.open_token, "the OPEN contract, by a Send with a dividend,"),
        Permission::Model => (&config.model, "the model contract"),
        Permission::Settlement => (&config.settlement, "the settlement contract"),
        // No message of this contract is for these; it has no governance.
        Permission::Governance | Permission::Datanet | Permission::Attribution => {
            return Err(ContractError::Unauthorized { allowed: "a contract that is not known here" });
        }
    };
    if sender == peer { Ok(()) } else { Err(ContractError::Unauthorized { allowed }) }
}
