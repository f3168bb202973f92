//! Act 5: harm is paid for. The DataNet recognises the model; after two settled rounds in a row with proved debt anyone may claim it
//! from the contribution's bond; nobody appeals; it is taken, and credited to the account.

use anyhow::{Context, Result};
use protocol::{DatanetId, ModelId, datanet::ExecuteMsg};

use super::{contribute::Contributed, plan::Conduct, stage::Stage};

/// Announces that a model may collect debts, waits for the notice to pass, and confirms it.
pub async fn recognise(stage: &Stage<'_>, datanet: DatanetId, model: ModelId) -> Result<()> {
    let owner = &stage.cast.owner.signer;
    stage.contracts.tell_datanet(owner, &ExecuteMsg::ProposeRecognition { datanet, model }).await?;
    stage.wait(stage.pace.notice).await?;
    stage.contracts.tell_datanet(owner, &ExecuteMsg::ConfirmRecognition { datanet, model }).await?;
    Ok(())
}

/// A stranger claims and collects what wrong items owe.
pub async fn play(stage: &Stage<'_>, contributed: &Contributed, model: ModelId) -> Result<()> {
    let batch = stage.plan.batches.iter().position(|batch| batch.conduct == Conduct::Wrong);
    let contribution = batch.map(|batch| contributed.ids[batch]).context("the plan has wrong items")?;
    let stranger = &stage.cast.stranger.signer;
    stage.contracts.tell_datanet(stranger, &ExecuteMsg::ClaimDebt { contribution, model }).await?;
    stage.wait(stage.pace.notice).await?;
    stage.contracts.tell_datanet(stranger, &ExecuteMsg::CollectDebt { contribution, model }).await?;
    Ok(())
}
