//! Messages that move OPEN out of bonds, and those that show contributions to `settlement`.

use cosmwasm_std::{Addr, CosmosMsg, StdResult, Uint128, WasmMsg, to_json_binary};
use cw20::{Cw20Contract, Cw20ExecuteMsg};
use protocol::ModelId;
use protocol::datanet::{Contribution, Status};
use protocol::settlement::{self, ContributionUpdate};

use crate::ContractError;

/// What of a bond the contract still holds, in uopen.
pub fn left(contribution: &Contribution) -> Result<Uint128, ContractError> {
    if contribution.bond_returned {
        return Ok(Uint128::zero());
    }
    let left = contribution.bond.checked_sub(contribution.bond_taken);
    left.map_err(|_| ContractError::Overflow { quantity: "bond" })
}

/// What is left of the bond of a contribution that is part of its DataNet, in uopen; at least 1.
///
/// # Errors
/// If its status holds no bond for debts, or nothing is left.
pub fn at_stake(contribution: &Contribution) -> Result<Uint128, ContractError> {
    let (id, status) = (contribution.id, contribution.status);
    if !matches!(status, Status::Accepted | Status::Withdrawn) {
        return Err(ContractError::NothingAtStake { contribution: id, status });
    }
    let left = left(contribution)?;
    if left.is_zero() {
        return Err(ContractError::NoBondLeft { contribution: id });
    }
    Ok(left)
}

/// Pays an account; nothing for nothing.
pub fn pay(open_token: &Addr, recipient: &Addr, amount: Uint128) -> StdResult<Option<CosmosMsg>> {
    if amount.is_zero() {
        return Ok(None);
    }
    let transfer = Cw20ExecuteMsg::Transfer { recipient: recipient.to_string(), amount };
    Cw20Contract(open_token.clone()).call(transfer).map(Some)
}

/// Gives to the treasury in `settlement`; nothing for nothing.
pub fn give_to_treasury(open_token: &Addr, settlement: &Addr, amount: Uint128) -> StdResult<Option<CosmosMsg>> {
    send(open_token, settlement, amount, &settlement::ReceiveMsg::Treasury {})
}

/// Gives proved debt to the treasury in `settlement`, which credits it to the account at `position`; nothing for nothing.
pub fn repay(
    open_token: &Addr,
    settlement: &Addr,
    amount: Uint128,
    model: ModelId,
    position: u32,
) -> StdResult<Option<CosmosMsg>> {
    send(open_token, settlement, amount, &settlement::ReceiveMsg::Debt { model, position })
}

fn send(
    open_token: &Addr,
    settlement: &Addr,
    amount: Uint128,
    hook: &settlement::ReceiveMsg,
) -> StdResult<Option<CosmosMsg>> {
    if amount.is_zero() {
        return Ok(None);
    }
    let msg = to_json_binary(hook)?;
    let send = Cw20ExecuteMsg::Send { contract: settlement.to_string(), amount, msg };
    Cw20Contract(open_token.clone()).call(send).map(Some)
}

/// Shows payees and status of contributions to `settlement`.
pub fn sync(settlement: &Addr, updates: Vec<ContributionUpdate>) -> StdResult<CosmosMsg> {
    let msg = to_json_binary(&settlement::ExecuteMsg::SyncContributions { updates })?;
    Ok(WasmMsg::Execute { contract_addr: settlement.to_string(), msg, funds: vec![] }.into())
}

/// What `settlement` must know of a contribution.
pub fn update_of(contribution: &Contribution) -> ContributionUpdate {
    ContributionUpdate {
        contribution: contribution.id,
        payees: contribution.payees.clone(),
        slashed: contribution.status == Status::Slashed,
    }
}
