//! Act 8: everybody is paid. One message claims several positions of several models, for whoever sends it or for others, OPEN and stake;
//! owners and operators withdraw; holders of stake take their dividends.

use anyhow::{Context, Result};
use protocol::{
    ModelId,
    settlement::{Account, ClaimItem, ExecuteMsg},
    stake::ExecuteMsg as StakeMsg,
};

use super::stage::Stage;

/// Plays the act.
pub async fn play(stage: &Stage<'_>, models: &[ModelId]) -> Result<()> {
    let mut items = Vec::new();
    for model in models {
        let accounts = stage.contracts.accounts(*model).await?;
        let due = accounts.iter().filter(|account| is_due(account)).map(|account| account.position).collect();
        items.push(ClaimItem { model: *model, positions: due });
    }
    claim(stage, items).await?;
    withdraw(stage).await?;
    for model in models {
        take_dividends(stage, *model).await?;
    }
    Ok(())
}

fn is_due(account: &Account) -> bool {
    u128::from(account.payable.u64()) > account.claimed.u128() || account.stake > account.stake_claimed
}

/// The first half of each model's positions in one message by a stranger, who gets nothing of it; the rest in one by a contributor.
async fn claim(stage: &Stage<'_>, items: Vec<ClaimItem>) -> Result<()> {
    let half = |item: &ClaimItem| item.positions.len() / 2;
    let part = |positions: &[u32], model| ClaimItem { model, positions: positions.to_vec() };
    let first = items.iter().map(|item| part(&item.positions[..half(item)], item.model)).collect::<Vec<_>>();
    let rest = items.iter().map(|item| part(&item.positions[half(item)..], item.model)).collect::<Vec<_>>();
    for (claimer, claims) in [(&stage.cast.stranger, first), (&stage.cast.contributors[0], rest)] {
        let claims: Vec<ClaimItem> = claims.into_iter().filter(|item| !item.positions.is_empty()).collect();
        if !claims.is_empty() {
            stage.contracts.tell_settlement(&claimer.signer, &ExecuteMsg::Claim { claims }).await?;
        }
    }
    Ok(())
}

async fn withdraw(stage: &Stage<'_>) -> Result<()> {
    for actor in [&stage.cast.owner, &stage.cast.adapter_owner].into_iter().chain(&stage.cast.operators) {
        if stage.contracts.balance(actor.signer.address()).await? > 0 {
            stage.contracts.tell_settlement(&actor.signer, &ExecuteMsg::Withdraw {}).await?;
        }
    }
    Ok(())
}

/// One message pays all holders, each to itself.
async fn take_dividends(stage: &Stage<'_>, model: ModelId) -> Result<()> {
    let mut holders = Vec::new();
    for account in stage.contracts.holders(model).await? {
        if stage.contracts.dividends(model, &account).await?.claimable.u128() > 0 {
            holders.push(account);
        }
    }
    if holders.is_empty() {
        return Ok(());
    }
    let stake = stage.contracts.stake_address(model).await?;
    let message = StakeMsg::ClaimDividends { accounts: holders };
    stage.contracts.tell(&stage.cast.stranger.signer, &stake, &message).await.context("dividends cannot be claimed")?;
    Ok(())
}
