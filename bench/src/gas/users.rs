//! Messages that users send now and then.

use anyhow::{Context, Result};
use cosmwasm_std::Uint128;
use cw20::Cw20ExecuteMsg;
use protocol::attribution::ExecuteMsg as AttributionMsg;
use protocol::datanet::ExecuteMsg as DatanetMsg;
use protocol::model::{ExecuteMsg as ModelMsg, Price};
use protocol::settlement::{ExecuteMsg as SettlementMsg, ReceiveMsg};
use protocol::stake::ExecuteMsg as StakeMsg;
use protocol::{Bps, Hash32, Payee};

use super::market::Market;
use super::stage::Stage;

/// Sends each of them once.
///
/// # Errors
/// If a contract refuses.
pub async fn act(stage: &mut Stage, market: &Market) -> Result<()> {
    transfer(stage).await?;
    earn(stage, market).await?;
    govern(stage, market).await
}

async fn transfer(stage: &mut Stage) -> Result<()> {
    let (owner, token) = (stage.owner.clone(), stage.at.deployment.open_token.clone());
    let recipient = stage.guests.first().context("a guest")?.address().to_owned();
    let transfer = Cw20ExecuteMsg::Transfer { recipient, amount: Uint128::new(1_234_567) };
    stage.measured("cw20_transfer", &owner, &token, &transfer).await?;
    Ok(())
}

/// What contributors, operators, holders and payers send.
async fn earn(stage: &mut Stage, market: &Market) -> Result<()> {
    let at = stage.at.deployment.clone();
    let (owner, operator) = (stage.owner.clone(), stage.operators.first().context("an operator")?.clone());
    let contributor = stage.contributors.first().context("a contributor")?.clone();
    stage.measured("withdraw_rewards", &operator, &at.settlement, &SettlementMsg::Withdraw {}).await?;
    let method = market.method;
    let key = AttributionMsg::SetEncryptionKey { method, key: Hash32([9; 32]) };
    stage.measured("set_encryption_key", &operator, &at.attribution, &key).await?;
    let model = market.models.first().context("a model")?;
    let claim = StakeMsg::ClaimDividends { accounts: Vec::new() };
    stage.measured("claim_dividend", &owner, &model.stake, &claim).await?;
    let transfer = StakeMsg::Transfer { recipient: operator.address().to_owned(), amount: Uint128::new(1_000) };
    stage.measured("stake_transfer", &owner, &model.stake, &transfer).await?;
    let payees = vec![Payee { account: contributor.address().to_owned(), share: Bps::WHOLE }];
    let contribution = *market.contributions.first().context("a contribution")?;
    let msg = DatanetMsg::SetPayees { contribution, payees };
    stage.measured("set_payees", &contributor, &at.datanet, &msg).await?;
    let hook = ReceiveMsg::TopUp { channel: model.channel.id };
    stage.send_measured("top_up", &owner, &at.settlement, 1_000_000, &hook).await?;
    Ok(())
}

/// What owners and governance send.
async fn govern(stage: &mut Stage, market: &Market) -> Result<()> {
    let (at, owner) = (stage.at.deployment.clone(), stage.owner.clone());
    let model = market.models.first().context("a model")?.id;
    let prices = vec![Price::flat("standard", 1_200)];
    stage.measured("set_prices", &owner, &at.model, &ModelMsg::SetPrices { model, prices }).await?;
    let corrections = ModelMsg::SetCorrections { model, datanet: Some(market.datanet) };
    stage.measured("set_corrections", &owner, &at.model, &corrections).await?;
    let recognise = DatanetMsg::ProposeRecognition { datanet: market.datanet, model };
    stage.measured("propose_recognition", &owner, &at.datanet, &recognise).await?;
    let revoke = DatanetMsg::RevokeRecognition { datanet: market.datanet, model };
    stage.measured("revoke_recognition", &owner, &at.datanet, &revoke).await?;
    let spend = SettlementMsg::ProposeSpend {
        to: owner.address().to_owned(),
        amount: Uint128::new(1_000),
        reason: "a measurement".to_owned(),
    };
    stage.measured("propose_spend", &owner, &at.settlement, &spend).await?;
    Ok(())
}
