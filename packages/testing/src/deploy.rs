//! Deployment: all contracts, wired. Stakes come with the models.

use cosmwasm_std::{Addr, Coin, Uint64, Uint128};
use cw20::Cw20Coin;
use protocol::{Bps, Seconds, attribution, datanet, model, open_token, settlement};
use serde::{Deserialize, Serialize};

use crate::{ChainError, Code, EmbeddedChain};

/// Where the contracts are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The chain.
    pub chain_id: String,
    /// OPEN.
    pub open_token: Addr,
    /// `datanet`.
    pub datanet: Addr,
    /// `model`.
    pub model: Addr,
    /// `attribution`.
    pub attribution: Addr,
    /// `settlement`.
    pub settlement: Addr,
}

/// What the contracts are deployed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployConfig {
    /// Owner of `datanet`, `model` and `attribution`, and of the treasury.
    pub governance: Addr,
    /// Who holds OPEN at the start, in uopen: the whole supply, for good.
    pub balances: Vec<(Addr, Uint128)>,
    /// Time from commit to the last moment of a contribution's reveal.
    pub reveal_period: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Start of epoch 0; the time of deployment unless given.
    pub genesis: Option<Seconds>,
    /// Length of an epoch.
    pub epoch_length: Seconds,
    /// The protocol's share of every fee.
    pub protocol_share: Bps,
    /// The operators' share of that.
    pub operators_share: Bps,
    /// The smallest redemption, in uopen.
    pub min_redemption: Uint128,
    /// Notice of a recognition, and of the release of an unused bond.
    pub notice_period: Seconds,
    /// Time in which a claim for proved debt can be appealed.
    pub appeal_period: Seconds,
    /// Settled rounds in a row without proved debt after which a contribution's bond is released.
    pub clean_rounds: u8,
    /// Time until an operator's admission or removal takes effect.
    pub operator_delay: Seconds,
    /// Time from an operator's leaving until its bond can be withdrawn.
    pub unbonding_period: Seconds,
    /// Time from the proposal of a spending of the treasury until it can be executed.
    pub treasury_delay: Seconds,
    /// Epochs without fees after which a ledger can be retired.
    pub retire_after: u64,
    /// Epochs between the openings of valuation rounds of a model.
    pub valuation_interval: u64,
    /// Epochs after which a range that no round could settle lapses.
    pub lapse_after: u64,
    /// Account that may migrate `datanet`, `model` and `attribution`; nobody may migrate OPEN or `settlement`.
    pub wasm_admin: Option<Addr>,
}

impl DeployConfig {
    /// Short windows and epochs of 1,000 s, for tests.
    pub fn for_tests(governance: Addr, balances: Vec<(Addr, Uint128)>) -> Self {
        Self {
            governance,
            balances,
            reveal_period: Seconds(100),
            min_blocks: 3,
            genesis: None,
            epoch_length: Seconds(1_000),
            protocol_share: Bps(500),
            operators_share: Bps(6_000),
            min_redemption: Uint128::new(1_000),
            notice_period: Seconds(200),
            appeal_period: Seconds(200),
            clean_rounds: 3,
            operator_delay: Seconds(50),
            unbonding_period: Seconds(500),
            treasury_delay: Seconds(300),
            retire_after: 5,
            valuation_interval: 2,
            lapse_after: 64,
            wasm_admin: None,
        }
    }
}

/// Instantiates the contracts in the order of what they name, then wires them.
pub(crate) fn deploy(chain: &mut EmbeddedChain, config: &DeployConfig) -> Result<Deployment, ChainError> {
    let genesis = config.genesis.unwrap_or(Seconds(chain.time()));
    let (governance, admin) = (&config.governance, config.wasm_admin.as_ref());
    let open_token = chain.instantiate(Code::OpenToken, governance, &open_message(config), None)?;
    let message = datanet_message(config, &open_token);
    let datanet = chain.instantiate(Code::Datanet, governance, &message, admin)?;
    let message = model_message(config, &datanet, &open_token);
    let model = chain.instantiate(Code::Model, governance, &message, admin)?;
    let message = attribution_message(config, &open_token, &model);
    let attribution = chain.instantiate(Code::Attribution, governance, &message, admin)?;
    let mut deployment = Deployment {
        chain_id: chain.chain_id(),
        open_token,
        datanet,
        model,
        attribution,
        settlement: Addr::unchecked(""),
    };
    let message = settlement_message(config, &deployment, genesis);
    deployment.settlement = chain.instantiate(Code::Settlement, governance, &message, None)?;
    wire(chain, governance, &deployment)?;
    Ok(deployment)
}

fn datanet_message(config: &DeployConfig, open_token: &Addr) -> datanet::InstantiateMsg {
    datanet::InstantiateMsg {
        owner: config.governance.to_string(),
        open_token: open_token.to_string(),
        reveal_period: config.reveal_period,
        min_blocks: Uint64::new(config.min_blocks),
        notice_period: config.notice_period,
        appeal_period: config.appeal_period,
        clean_rounds: config.clean_rounds,
    }
}

fn model_message(config: &DeployConfig, datanet: &Addr, open_token: &Addr) -> model::InstantiateMsg {
    model::InstantiateMsg {
        owner: config.governance.to_string(),
        datanet: datanet.to_string(),
        open_token: open_token.to_string(),
        stake_code_id: Uint64::new(Code::Stake.id()),
    }
}

fn attribution_message(config: &DeployConfig, open_token: &Addr, model: &Addr) -> attribution::InstantiateMsg {
    attribution::InstantiateMsg {
        owner: config.governance.to_string(),
        open_token: open_token.to_string(),
        model: model.to_string(),
        min_blocks: Uint64::new(config.min_blocks),
        operator_delay: config.operator_delay,
        unbonding_period: config.unbonding_period,
    }
}

fn settlement_message(config: &DeployConfig, at: &Deployment, genesis: Seconds) -> settlement::InstantiateMsg {
    settlement::InstantiateMsg {
        open_token: at.open_token.to_string(),
        datanet: at.datanet.to_string(),
        model: at.model.to_string(),
        attribution: at.attribution.to_string(),
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
    }
}

fn open_message(config: &DeployConfig) -> open_token::InstantiateMsg {
    let coin = |(account, amount): &(Addr, Uint128)| Cw20Coin { address: account.to_string(), amount: *amount };
    open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: open_token::DECIMALS,
        initial_balances: config.balances.iter().map(coin).collect(),
        mint: None,
        marketing: None,
    }
}

fn wire(chain: &mut EmbeddedChain, governance: &Addr, at: &Deployment) -> Result<(), ChainError> {
    let none: &[Coin] = &[];
    let datanet = datanet::ExecuteMsg::Wire { model: at.model.to_string(), settlement: at.settlement.to_string() };
    chain.execute(governance, &at.datanet, &datanet, none)?;
    let model =
        model::ExecuteMsg::Wire { attribution: at.attribution.to_string(), settlement: at.settlement.to_string() };
    chain.execute(governance, &at.model, &model, none)?;
    let attribution = attribution::ExecuteMsg::Wire { settlement: at.settlement.to_string() };
    chain.execute(governance, &at.attribution, &attribution, none)?;
    Ok(())
}
