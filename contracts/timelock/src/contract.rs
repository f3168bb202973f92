//! Entry points: what the chain calls. They check the door and hand over to `execute` and `query`.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Response, Storage};
use protocol::Permission;
use protocol::timelock::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::execute::{change, propose, run, setup};
use crate::{ContractError, query};

/// The name that migrations check.
pub const CONTRACT_NAME: &str = "open-attribution:timelock";
/// The version that migrations check.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores who proposes, and how long proposals wait.
///
/// # Errors
/// If coins are attached, the proposer is no address, or a delay is out of its bounds.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    deps: DepsMut,
    _env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    setup::instantiate(deps, &msg)
}

/// Runs a message.
///
/// # Errors
/// [`ContractError`]; nothing has changed then.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    check_permission(deps.storage, &info, msg.permission())?;
    match msg {
        ExecuteMsg::Propose { changes, reason } => {
            change::check_all(deps.api, &changes)?;
            propose::propose(deps, &env, info.sender, changes, reason)
        }
        ExecuteMsg::Cancel { proposal } => propose::cancel(deps, proposal),
        ExecuteMsg::Execute { proposal } => run::run(deps, &env, &info.sender, proposal),
        ExecuteMsg::UpdateOwnership(action) => setup::update_ownership(deps, &env, &info.sender, action),
    }
}

/// Answers a query.
///
/// # Errors
/// If what is asked for does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::answer(deps.storage, &env.block, msg)
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

/// Whether a transfer of the right to propose is the right party's is checked by `cw-ownable`, which knows the step.
fn check_permission(storage: &dyn Storage, info: &MessageInfo, permission: Permission) -> Result<(), ContractError> {
    match permission {
        Permission::Anyone | Permission::Party(_) => Ok(()),
        Permission::Governance => Ok(cw_ownable::assert_owner(storage, &info.sender)?),
        // No message of this contract is for these; it knows no peers.
        Permission::OpenToken
        | Permission::Datanet
        | Permission::Model
        | Permission::Attribution
        | Permission::Settlement => Err(ContractError::Unauthorized),
    }
}
