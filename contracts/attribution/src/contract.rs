//! Entry points and dispatch, and nothing else.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Response};
use cw_utils::nonpayable;
use protocol::Permission;
use protocol::attribution::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::{ContractError, execute, query, state};

/// Name under which cw2 stores this contract.
pub const CONTRACT_NAME: &str = "attribution";
/// Version under which cw2 stores this contract.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Sets the contract up.
///
/// # Errors
/// For native coins and malformed addresses.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, ContractError> {
    nonpayable(&info)?;
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    execute::setup::instantiate(deps, &env, &msg)
}

/// Runs a message.
///
/// # Errors
/// [`ContractError`] says which rule is broken and what to do.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    nonpayable(&info)?;
    permit(deps.as_ref(), &info, msg.permission())?;
    let sender = info.sender;
    match msg {
        ExecuteMsg::Wire { settlement } => execute::setup::wire(deps, &settlement),
        ExecuteMsg::UpdateOwnership(action) => execute::setup::update_ownership(deps, &env, &sender, action),
        ExecuteMsg::RegisterMethod(params) => execute::register_method::run(deps.storage, &params),
        ExecuteMsg::AdmitOperator { method, operator } => execute::operators::admit(deps, &env, method, &operator),
        ExecuteMsg::RemoveOperator { method, operator } => execute::operators::remove(deps, &env, method, &operator),
        ExecuteMsg::SetEncryptionKey { method, key } => {
            execute::operators::set_encryption_key(deps.storage, &sender, method, key)
        }
        ExecuteMsg::Unbond { method } => execute::unbond::unbond(deps.storage, &env, &sender, method),
        ExecuteMsg::WithdrawBond { method } => execute::unbond::withdraw(deps.storage, &env, &sender, method),
        ExecuteMsg::Receive(cw20) => execute::bond::receive(deps, &cw20),
        ExecuteMsg::Open { model } => execute::open::run(deps, &env, model),
        ExecuteMsg::OpenValuation { model } => execute::open_valuation::run(deps, &env, model),
        ExecuteMsg::Commit { model, round, commitment } => {
            execute::commit::run(deps.storage, &env, sender, (model, round), commitment)
        }
        ExecuteMsg::EndCommits { model, round } => execute::end_commits::run(deps.storage, &env, (model, round)),
        ExecuteMsg::Reveal { model, round, report, salt } => {
            let reveal = execute::reveal::Reveal { operator: sender, report, salt };
            execute::reveal::run(deps.storage, &env, (model, round), reveal)
        }
        ExecuteMsg::Aggregate { model, round, limit } => execute::aggregate::run(deps, &env, (model, round), limit),
        ExecuteMsg::Advance { model, round, limit } => execute::advance::run(deps.storage, (model, round), limit),
    }
}

/// Answers a query.
///
/// # Errors
/// For what does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::answer(deps, msg)
}

/// Moves to this code from the same contract of the same or an older version.
///
/// # Errors
/// For another contract, or a newer stored version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: MigrateMsg) -> Result<Response, ContractError> {
    let stored = cw2::get_contract_version(deps.storage)?;
    if stored.contract != CONTRACT_NAME {
        let stored = stored.contract;
        return Err(ContractError::WrongContract { stored });
    }
    let newer = |_| ContractError::NewerVersion { stored: stored.version };
    cw2::ensure_from_older_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION).map_err(newer)?;
    Ok(Response::new())
}

/// The general permissions; those bound to a round are checked where it is loaded.
fn permit(deps: Deps, info: &MessageInfo, permission: Permission) -> Result<(), ContractError> {
    match permission {
        Permission::Anyone | Permission::Party(_) => Ok(()),
        Permission::Governance => Ok(cw_ownable::assert_owner(deps.storage, &info.sender)?),
        Permission::OpenToken => {
            let open_token = state::load_settings(deps.storage)?.open_token;
            let token = info.sender.clone();
            if token == open_token {
                return Ok(());
            }
            Err(ContractError::StrangeToken { token, open_token })
        }
        Permission::Datanet | Permission::Model | Permission::Attribution | Permission::Settlement => {
            let sender = info.sender.clone();
            Err(ContractError::Unauthorized { sender })
        }
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::testing::{message_info, mock_dependencies};

    use super::*;

    #[test]
    fn a_permission_that_no_message_of_this_contract_has_admits_nobody() {
        let deps = mock_dependencies();
        let sender = deps.api.addr_make("anyone");
        let refused = permit(deps.as_ref(), &message_info(&sender, &[]), Permission::Datanet);
        assert_eq!(refused, Err(ContractError::Unauthorized { sender }));
    }
}
