//! Messages that move OPEN out of bonds, and those that show contributions to `settlement`.

use cosmwasm_std::{Addr, CosmosMsg, StdResult, Uint128, WasmMsg, to_json_binary};
use cw20::{Cw20Contract, Cw20ExecuteMsg};
use protocol::datanet::{Contribution, Status};
use protocol::settlement::{self, ContributionUpdate};

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
    if amount.is_zero() {
        return Ok(None);
    }
    let msg = to_json_binary(&settlement::ReceiveMsg::Treasury {})?;
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
