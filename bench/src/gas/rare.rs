//! Messages that are sent rarely, each once: on a DataNet, models and accounts of their own, so that nothing else that is
//! measured changes.
//!
//! What a figure depends on is small here: DataNets of 3 reviewers, models of 12 positions, contributions of 20 items. Left out
//! are `Wire`, which ends a deployment, and what only contracts send, since it is part of the messages that make them: `MarkUsed`
//! and `TakePositions` of `append`, `ConsumeValidation` of `open`, `SyncContributions` of `set_payees`, `Debt` of `collect_debt`,
//! `Deliver` of `claim_with_stake`, `PayWork` of `register_version_work`.

mod cast;
mod channels;
mod contributions;
mod datanets;
mod debts;
mod earnings;
mod governance;
mod ground;
mod lapse;
mod models;
mod operators;
mod spare;
mod stakes;

use anyhow::Result;

use super::stage::Stage;
use ground::Ground;

/// Sends them all.
///
/// # Errors
/// If a contract refuses a step.
pub async fn act(stage: &mut Stage) -> Result<()> {
    let mut ground = Ground::build(stage).await?;
    // What must wait is begun first, and ended last.
    let bond = operators::leave(stage, &ground.cast).await?;
    let overdue = lapse::begin(stage, &ground).await?;
    let channel = channels::give_notice(stage, &ground).await?;
    let spend = governance::announce(stage).await?;
    let last_epoch = earnings::settle_both(stage, &mut ground).await?;
    earnings::value(stage, &mut ground).await?;
    earnings::claim(stage, &ground).await?;
    let debt = debts::claim(stage, &ground).await?;
    datanets::act(stage, &ground).await?;
    earnings::sweep(stage, &ground).await?;
    models::act(stage, &ground).await?;
    stakes::act(stage, &ground).await?;
    spare::act(stage, &ground.cast).await?;
    governance::hand_over(stage).await?;
    governance::give(stage, &ground.cast).await?;
    channels::close(stage, &ground, channel).await?;
    governance::pay(stage, &ground.cast, spend).await?;
    operators::withdraw(stage, &ground.cast, bond).await?;
    debts::collect(stage, &ground, debt).await?;
    earnings::retire(stage, &ground, last_epoch).await?;
    lapse::end(stage, &ground, overdue).await
}

/// Waits for a time, and for more blocks than windows last at least.
async fn pass(stage: &Stage, until: u64) -> Result<()> {
    use chain::Timeline as _;
    stage.client.wait_until(until).await?;
    Ok(stage.client.wait_blocks(2).await?)
}

/// The time of the last block.
async fn now(stage: &Stage) -> Result<u64> {
    use chain::ChainClient as _;
    Ok(stage.client.status().await?.time)
}
