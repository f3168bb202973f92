//! Entry points: what comes in is checked at the door and handed to one action.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Addr, Binary, Deps, DepsMut, Env, MessageInfo, Response, Storage, from_json};
use cw20::Cw20ReceiveMsg;
use protocol::Permission;
use protocol::settlement::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg, ReceiveMsg};

use crate::error::ContractError;
use crate::execute::{
    Call, advance, channel, claim, close, debt, flow, lapse, redeem, retire, setup, spend, sync, treasury,
};
use crate::state::Setup;
use crate::{query, state, windows};

/// Name under which `cw2` records this contract.
pub const CONTRACT_NAME: &str = "crates.io:settlement";
/// Version under which `cw2` records this contract.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Sets the contract up.
///
/// # Errors
/// If coins are attached, an address is malformed or a parameter is out of its bounds.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    cw2::set_contract_version(deps.storage, CONTRACT_NAME, CONTRACT_VERSION)?;
    setup::instantiate(deps, &env, msg)
}

/// Handles a message; every one but a claim also records the height of a new epoch.
///
/// # Errors
/// If coins are attached, the sender may not send it, or the action refuses it.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, ContractError> {
    cw_utils::nonpayable(&info)?;
    if let ExecuteMsg::Claim { claims } = msg {
        return claim::claim(deps, &env, &claims);
    }
    let setup = state::load_setup(deps.storage)?;
    check_permission(deps.storage, msg.permission(), &setup, &info.sender)?;
    windows::tick(deps.storage, &setup, &env)?;
    let call = Call { env: &env, setup: &setup, sender: &info.sender };
    match msg {
        ExecuteMsg::Receive(received) => receive(deps, &call, received),
        ExecuteMsg::Redeem { vouchers } => redeem::redeem(deps, &call, &vouchers),
        ExecuteMsg::CloseChannel { channel } => close::close(deps, &call, channel),
        ExecuteMsg::FinishClose { channel } => close::finish(deps, &call, channel),
        ExecuteMsg::Tick {} => Ok(Response::new()),
        ExecuteMsg::SyncContributions { updates } => sync::sync(deps, updates),
        ExecuteMsg::TakePositions { model, first_position, contributions } => {
            sync::take_positions(deps.storage, model, first_position, &contributions)
        }
        ExecuteMsg::Advance { model, round, begin, first_position, entries } => {
            let chunk = advance::Chunk { first_position, entries };
            advance::advance(deps, &call, (model, round), begin, &chunk)
        }
        ExecuteMsg::UpdateOwnership(action) => setup::update_ownership(deps, &env.block, &info.sender, action),
        ExecuteMsg::ProposeSpend { to, amount, reason } => spend::propose(deps, &call, &to, amount, reason),
        ExecuteMsg::CancelSpend { spend } => spend::cancel(deps, spend),
        ExecuteMsg::ExecuteSpend { spend } => spend::execute(deps, &call, spend),
        ExecuteMsg::Flow { model } => flow::flow(deps, &call, model),
        ExecuteMsg::Retire { model, limit } => retire::retire(deps, &call, model, limit),
        ExecuteMsg::Lapse { model } => lapse::lapse(deps, &call, model),
        ExecuteMsg::Claim { claims } => claim::claim(deps, &env, &claims),
        ExecuteMsg::SweepSlashed { claims } => claim::sweep(deps, &claims),
        ExecuteMsg::Withdraw {} => treasury::withdraw(deps, &call),
    }
}

/// Answers a query.
///
/// # Errors
/// If what is asked for does not exist.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    query::query(deps, &env, msg)
}

/// Moves to this code from the same contract at the same or an older version.
///
/// # Errors
/// If another contract, or a newer version of this one, is stored.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: MigrateMsg) -> Result<Response, ContractError> {
    setup::migrate(deps)
}

/// The general permissions; those bound to a record are checked where the record is loaded.
fn check_permission(
    storage: &dyn Storage,
    permission: Permission,
    Setup { config, contract }: &Setup,
    sender: &Addr,
) -> Result<(), ContractError> {
    let (peer, expected) = match permission {
        Permission::Anyone | Permission::Party(_) => return Ok(()),
        Permission::Governance => return Ok(cw_ownable::assert_owner(storage, sender)?),
        Permission::OpenToken if *sender != config.open_token => {
            let sender = sender.to_string();
            return Err(ContractError::StrangeToken { sender });
        }
        Permission::OpenToken => return Ok(()),
        Permission::Datanet => (&config.datanet, "the datanet contract"),
        Permission::Model => (&config.model, "the model contract"),
        Permission::Attribution => (&config.attribution, "the attribution contract"),
        Permission::Settlement => (contract, "the settlement contract"),
    };
    if sender == peer { Ok(()) } else { Err(ContractError::Unauthorized { expected }) }
}

fn receive(deps: DepsMut, call: &Call, received: Cw20ReceiveMsg) -> Result<Response, ContractError> {
    if received.amount.is_zero() {
        return Err(ContractError::ZeroAmount);
    }
    let giver = deps.api.addr_validate(&received.sender)?;
    let paid = channel::Paid { by: giver, amount: received.amount };
    match from_json(&received.msg)? {
        ReceiveMsg::OpenChannel { model, voucher_key } => channel::open(deps, call, &paid, model, voucher_key),
        ReceiveMsg::TopUp { channel } => channel::top_up(deps, &paid, channel),
        ReceiveMsg::Treasury {} => treasury::receive(deps, &paid),
        ReceiveMsg::Debt { model, position } => debt::receive(deps, call, &paid, (model, position)),
    }
}
