//! What each contract is told by a deployment, as JSON.

use cosmwasm_std::{Addr, Uint64, Uint128};
use cw20::Cw20Coin;
use protocol::{Seconds, attribution, datanet, model, open_token, settlement, timelock};
use serde::Serialize;
use serde_json::Value;

use super::DeployConfig;
use crate::Code;

pub fn open_token(config: &DeployConfig) -> Value {
    let coin = |(account, amount): &(Addr, Uint128)| Cw20Coin { address: account.to_string(), amount: *amount };
    json(&open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: open_token::DECIMALS,
        initial_balances: config.balances.iter().map(coin).collect(),
        mint: None,
        marketing: None,
    })
}

pub fn datanet(config: &DeployConfig, open_token: &Addr) -> Value {
    json(&datanet::InstantiateMsg {
        owner: config.governance.to_string(),
        open_token: open_token.to_string(),
        reveal_period: config.reveal_period,
        min_blocks: Uint64::new(config.min_blocks),
        notice_period: config.notice_period,
        appeal_period: config.appeal_period,
        clean_rounds: config.clean_rounds,
    })
}

pub fn model(config: &DeployConfig, datanet: &Addr, open_token: &Addr, stake_code_id: u64) -> Value {
    json(&model::InstantiateMsg {
        owner: config.governance.to_string(),
        datanet: datanet.to_string(),
        open_token: open_token.to_string(),
        stake_code_id: Uint64::new(stake_code_id),
    })
}

pub fn attribution(config: &DeployConfig, open_token: &Addr, model: &Addr) -> Value {
    json(&attribution::InstantiateMsg {
        owner: config.governance.to_string(),
        open_token: open_token.to_string(),
        model: model.to_string(),
        min_blocks: Uint64::new(config.min_blocks),
        operator_delay: config.operator_delay,
        unbonding_period: config.unbonding_period,
    })
}

pub fn settlement(config: &DeployConfig, at: impl Fn(Code) -> Addr, genesis: Seconds) -> Value {
    json(&settlement::InstantiateMsg {
        open_token: at(Code::OpenToken).into(),
        datanet: at(Code::Datanet).into(),
        model: at(Code::Model).into(),
        attribution: at(Code::Attribution).into(),
        genesis,
        epoch_length: config.epoch_length,
        min_blocks: Uint64::new(config.min_blocks),
        protocol_share: config.protocol_share,
        operators_share: config.operators_share,
        min_redemption: config.min_redemption,
        owner: config.governance.to_string(),
        treasury_delay: config.treasury_delay,
        retire_after: Uint64::new(config.retire_after),
        valuation_interval: Uint64::new(config.valuation_interval),
        lapse_after: Uint64::new(config.lapse_after),
    })
}

pub fn timelock(config: &DeployConfig) -> Value {
    json(&timelock::InstantiateMsg {
        proposer: config.governance.to_string(),
        delay: config.admins.timelock_delay,
        min_blocks: Uint64::new(config.min_blocks),
    })
}

pub fn wire_datanet(model: &Addr, settlement: &Addr) -> Value {
    json(&datanet::ExecuteMsg::Wire { model: model.to_string(), settlement: settlement.to_string() })
}

pub fn wire_model(attribution: &Addr, settlement: &Addr) -> Value {
    json(&model::ExecuteMsg::Wire { attribution: attribution.to_string(), settlement: settlement.to_string() })
}

pub fn wire_attribution(settlement: &Addr) -> Value {
    json(&attribution::ExecuteMsg::Wire { settlement: settlement.to_string() })
}

fn json(msg: &impl Serialize) -> Value {
    serde_json::to_value(msg).expect("messages are numbers, texts and lists of them")
}
