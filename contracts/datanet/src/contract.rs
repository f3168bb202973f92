//! Entry points: the door, and from there to one function per message.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Addr, Binary, Deps, DepsMut, Env, MessageInfo, Response};
use protocol::Permission;
use protocol::datanet::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::{ContractError, checks, execute, migration, query, state};

/// Sets the contract up; `Wire` completes it.
///
/// # Errors
/// For native coins, addresses that are none, or a period or number of rounds out of range.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, ContractError> {
    checks::no_native_coins(&info)?;
    migration::record_version(deps.storage)?;
    execute::governance::set_up(deps, &env, msg)
}

/// Handles a message, after native coins are refused and the sender is known to be allowed.
///
/// # Errors
/// See [`ContractError`]; nothing has changed then.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    checks::no_native_coins(&info)?;
    admit(deps.as_ref(), &info.sender, msg.permission())?;
    let sender = info.sender;
    match msg {
        ExecuteMsg::Wire { model, settlement } => execute::governance::wire(deps, &model, &settlement),
        ExecuteMsg::UpdateOwnership(action) => execute::governance::update_ownership(deps, &env, &sender, action),
        ExecuteMsg::CreateDatanet(settings) => execute::create_datanet::create(deps, sender, settings),
        ExecuteMsg::OfferDatanet { datanet, to } => execute::hand_over::offer(deps, &sender, datanet, &to),
        ExecuteMsg::AcceptDatanet { datanet } => execute::hand_over::accept(deps, sender, datanet),
        ExecuteMsg::Receive(sent) => execute::commit::receive(deps, &env, sent),
        ExecuteMsg::Reveal { contribution, revealed } => {
            execute::reveal::reveal(deps, &env, &sender, contribution, revealed)
        }
        ExecuteMsg::Forfeit { contribution } => execute::forfeit::forfeit(deps, &env, contribution),
        ExecuteMsg::Review { contribution, verdict } => {
            execute::review::review(deps, &env, &sender, contribution, verdict)
        }
        ExecuteMsg::ProveDuplicate(proof) => execute::prove_duplicate::prove(deps, &sender, proof),
        ExecuteMsg::SetPayees { contribution, payees } => {
            execute::set_payees::set_payees(deps, &sender, contribution, payees)
        }
        ExecuteMsg::Withdraw { contribution } => execute::withdraw::withdraw(deps, &env, &sender, contribution),
        ExecuteMsg::ReleaseBond { contribution } => execute::release_bond::release(deps, &env, contribution),
        ExecuteMsg::ProposeRecognition { datanet, model } => {
            execute::recognition::propose(deps, &env, &sender, datanet, model)
        }
        ExecuteMsg::ConfirmRecognition { datanet, model } => {
            execute::recognition::confirm(deps, &env, &sender, datanet, model)
        }
        ExecuteMsg::RevokeRecognition { datanet, model } => execute::recognition::revoke(deps, &sender, datanet, model),
        ExecuteMsg::ClaimDebt { contribution, model } => execute::claim_debt::claim(deps, &env, contribution, model),
        ExecuteMsg::Appeal { contribution, model } => execute::appeal::appeal(deps, &env, &sender, contribution, model),
        ExecuteMsg::CollectDebt { contribution, model } => {
            execute::collect_debt::collect(deps, &env, contribution, model)
        }
        ExecuteMsg::MarkUsed { model, influence_share, contributions } => {
            execute::mark_used::mark_used(deps, model, influence_share, &contributions)
        }
    }
}

/// Answers a query.
///
/// # Errors
/// If what is asked for does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::answer(deps.storage, msg)
}

/// Moves to this version of the code.
///
/// # Errors
/// If the contract's state is of another contract, or of a newer version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: MigrateMsg) -> Result<Response, ContractError> {
    migration::check_and_record_version(deps.storage)?;
    Ok(Response::new())
}

/// Lets a sender through by the message's permission. Whether it is the right party of a record is checked where the record
/// is loaded.
fn admit(deps: Deps, sender: &Addr, permission: Permission) -> Result<(), ContractError> {
    let refuse = |needed| Err(ContractError::Unauthorized { sender: sender.to_string(), needed });
    match permission {
        Permission::Anyone | Permission::Party(_) => Ok(()),
        Permission::Governance => Ok(cw_ownable::assert_owner(deps.storage, sender)?),
        Permission::OpenToken if *sender == state::settings(deps.storage)?.open_token => Ok(()),
        Permission::OpenToken => Err(ContractError::StrangeToken { sender: sender.to_string() }),
        Permission::Model if *sender == state::peers(deps.storage)?.model => Ok(()),
        Permission::Model => refuse("the model contract"),
        // No message of this contract asks for these; a new one would have to name its peer here.
        Permission::Datanet => refuse("the datanet contract"),
        Permission::Attribution => refuse("the attribution contract"),
        Permission::Settlement => refuse("the settlement contract"),
    }
}
