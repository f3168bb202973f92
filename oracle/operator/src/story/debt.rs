//! Act 5: harm is paid for. The DataNet recognises the model; after two settled rounds in a row with proved debt anyone may claim it
//! from the contribution's bond; nobody appeals; it is taken, and credited to the account.

use anyhow::{Context, Result};
use protocol::{DatanetId, ModelId, datanet::ExecuteMsg};

use super::{contribute::Contributed, plan::Conduct, stage::Stage, train::Registered};

/// Announces that a model may collect debts, waits for the notice to pass, and confirms it.
pub async fn recognise(stage: &Stage<'_>, datanet: DatanetId, model: ModelId) -> Result<()> {
    let owner = &stage.cast.owner.signer;
    stage.contracts.tell_datanet(owner, &ExecuteMsg::ProposeRecognition { datanet, model }).await?;
    stage.wait(stage.pace.notice).await?;
    stage.contracts.tell_datanet(owner, &ExecuteMsg::ConfirmRecognition { datanet, model }).await?;
    Ok(())
}

/// A stranger claims and collects what wrong items owe; gives how much of it was proved before, in uopen.
pub async fn play(stage: &Stage<'_>, contributed: &Contributed, registered: &Registered) -> Result<u128> {
    let model = registered.model;
    let batch = stage.plan.batches.iter().position(|batch| batch.conduct == Conduct::Wrong);
    let contribution = batch.map(|batch| contributed.ids[batch]).context("the plan has wrong items")?;
    let position = registered.positions.iter().position(|used| *used == contribution).context("the batch is used")?;
    let stranger = &stage.cast.stranger.signer;
    stage.contracts.tell_datanet(stranger, &ExecuteMsg::ClaimDebt { contribution, model }).await?;
    stage.wait(stage.pace.notice).await?;
    let accounts = stage.contracts.accounts(model).await?;
    let account = accounts.iter().find(|account| account.position as usize == position);
    let proved = account.context("a position has an account")?.proved_debt.u64();
    stage.contracts.tell_datanet(stranger, &ExecuteMsg::CollectDebt { contribution, model }).await?;
    Ok(proved.into())
}
