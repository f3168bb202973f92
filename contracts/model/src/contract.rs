//! Entry points: what the chain calls. They check the door and hand over to `execute` and `query`.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Reply, Response, Storage};
use protocol::Permission;
use protocol::model::{Config, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::{ContractError, execute, query, state};

/// The name that migrations check.
pub const CONTRACT_NAME: &str = "open-attribution:model";
/// The version that migrations check.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores governance, the `datanet` contract, what stakes are made from, and the chain id.
///
/// # Errors
/// If an address is not valid or coins are attached.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    cw_ownable::initialize_owner(deps.storage, deps.api, Some(&msg.owner))?;
    let config = Config {
        datanet: deps.api.addr_validate(&msg.datanet)?,
        attribution: None,
        settlement: None,
        open_token: deps.api.addr_validate(&msg.open_token)?,
        stake_code_id: msg.stake_code_id,
        chain_id: env.block.chain_id,
    };
    state::save_config(deps.storage, &config)?;
    Ok(Response::new())
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
        ExecuteMsg::Wire { attribution, settlement } => execute::wire::wire(deps, &attribution, &settlement),
        ExecuteMsg::UpdateOwnership(action) => execute::wire::update_ownership(deps, &env, &info, action),
        ExecuteMsg::CreateModel(new) => execute::create::create(deps, &env, &info, new),
        ExecuteMsg::ChangeTerms { model, terms } => execute::terms::change(deps, &info, model, terms),
        ExecuteMsg::NoteWithdrawals { model, contributions } => execute::withdrawals::note(deps, model, &contributions),
        ExecuteMsg::OfferModel { model, to } => execute::transfer::offer(deps, &info, model, &to),
        ExecuteMsg::AcceptModel { model } => execute::transfer::accept(deps, &info, model),
        ExecuteMsg::AppendContributions { model, contributions } => {
            execute::append::append(deps, &info, model, &contributions)
        }
        ExecuteMsg::RegisterVersion { model, manifest } => {
            execute::version::register(deps, &env, &info, model, manifest)
        }
        ExecuteMsg::SetPrices { model, prices } => execute::prices::set(deps, &env, &info, model, prices),
        ExecuteMsg::SetCorrections { model, datanet } => execute::corrections::set(deps, &info, model, datanet),
        ExecuteMsg::ProposeValidation { model, root, count, uri } => {
            let proposed = execute::validation::Proposed { root, count, uri };
            execute::validation::propose(deps, &info, model, proposed)
        }
        ExecuteMsg::ApproveValidation { model, root, on_behalf } => {
            let approval = execute::approval::Approval { model, root, on_behalf };
            execute::approval::approve(deps, &env, &info, approval)
        }
        ExecuteMsg::ConsumeValidation { model, round, count } => {
            execute::validation::consume(deps, model, round, count)
        }
    }
}

/// Takes the address of a stake contract that a new model asked for.
///
/// # Errors
/// If no model waits for the reply.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn reply(deps: DepsMut, _env: Env, reply: Reply) -> Result<Response, ContractError> {
    execute::stake::created(deps, reply)
}

/// Answers a query.
///
/// # Errors
/// If what is asked for does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::answer(deps, msg)
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

/// Enforces the permissions that do not depend on a record; a `Party` is checked where its record is loaded.
fn check_permission(storage: &dyn Storage, info: &MessageInfo, permission: Permission) -> Result<(), ContractError> {
    match permission {
        Permission::Anyone | Permission::Party(_) => Ok(()),
        Permission::Governance => Ok(cw_ownable::assert_owner(storage, &info.sender)?),
        Permission::Attribution => check_attribution(storage, info),
        // No message of this contract is for these peers; one that were would have to be wired first.
        Permission::OpenToken | Permission::Datanet | Permission::Model | Permission::Settlement => {
            Err(ContractError::Unauthorized { allowed: "a contract that is not wired here" })
        }
    }
}

fn check_attribution(storage: &dyn Storage, info: &MessageInfo) -> Result<(), ContractError> {
    if state::load_config(storage)?.attribution.as_ref() == Some(&info.sender) {
        return Ok(());
    }
    Err(ContractError::Unauthorized { allowed: "the attribution contract, when a round opens" })
}
