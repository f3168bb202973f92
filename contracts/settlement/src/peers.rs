//! What other contracts are asked and told: `model`, `stake`, and the OPEN contract that pays.

use cosmwasm_schema::serde::Serialize;
use cosmwasm_std::{Addr, CosmosMsg, QuerierWrapper, StdResult, Uint128, WasmMsg, to_json_binary};
use cw20::Cw20ExecuteMsg;
use protocol::model::{Commerce, QueryMsg};
use protocol::stake::{self, Payment, Reserves};
use protocol::{Epoch, ModelId};

use crate::error::ContractError;
use crate::state::Setup;

/// Who redeems for a model and who owns it, and its terms in an epoch (the current one if absent). An unknown model is refused
/// by name.
pub fn commerce(
    querier: &QuerierWrapper,
    setup: &Setup,
    model: ModelId,
    epoch: Option<Epoch>,
) -> Result<Commerce, ContractError> {
    querier
        .query_wasm_smart(&setup.config.model, &QueryMsg::Commerce { model, epoch })
        .map_err(|_| ContractError::UnknownModel { model })
}

/// What is left of a stake's reserves, in units.
pub fn stake_reserves(querier: &QuerierWrapper, stake: &Addr) -> StdResult<Reserves> {
    querier.query_wasm_smart(stake, &stake::QueryMsg::Reserves {})
}

/// Pays OPEN out. The caller has taken the amount from its books before.
pub fn pay(open_token: &Addr, to: &Addr, amount: Uint128) -> StdResult<CosmosMsg> {
    tell(open_token, &Cw20ExecuteMsg::Transfer { recipient: to.to_string(), amount })
}

/// Shares OPEN among the holders of a stake. The caller has taken the amount, which is not zero, from its books before.
pub fn send_dividend(setup: &Setup, stake: &Addr, amount: Uint128) -> StdResult<CosmosMsg> {
    let msg = to_json_binary(&stake::ReceiveMsg::Dividend {})?;
    tell(&setup.config.open_token, &Cw20ExecuteMsg::Send { contract: stake.to_string(), amount, msg })
}

/// Delivers stake from the contributors' reserve. The caller has booked it as claimed before.
pub fn deliver(stake: &Addr, payments: Vec<Payment>) -> StdResult<CosmosMsg> {
    tell(stake, &stake::ExecuteMsg::Deliver { payments })
}

fn tell(contract: &Addr, msg: &impl Serialize) -> StdResult<CosmosMsg> {
    Ok(WasmMsg::Execute { contract_addr: contract.to_string(), msg: to_json_binary(msg)?, funds: vec![] }.into())
}
