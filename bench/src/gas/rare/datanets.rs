//! Withdrawals, bonds that go back, proofs of copies, and a DataNet that changes hands.

use anyhow::Result;
use protocol::datanet::ExecuteMsg;

use super::super::stage::Stage;
use super::ground::Ground;

/// Notes all of them: `prove_duplicate` takes a part of a bond for one item, `prove_duplicate_whole` all of it for the 20 items of
/// a contribution that two models use.
///
/// # Errors
/// If the contract refuses.
pub async fn act(stage: &mut Stage, ground: &Ground) -> Result<()> {
    withdraw(stage, ground).await?;
    release(stage, ground).await?;
    prove(stage, ground).await?;
    let (at, datanet) = (stage.at.deployment.datanet.clone(), ground.datanet);
    let (owner, heir) = (&ground.cast.owner, &ground.cast.heir);
    let offer = ExecuteMsg::OfferDatanet { datanet, to: heir.address().to_owned() };
    stage.measured("offer_datanet", owner, &at, &offer).await?;
    stage.measured("accept_datanet", heir, &at, &ExecuteMsg::AcceptDatanet { datanet }).await?;
    Ok(())
}

/// Of a contribution that reviewers never decided on, whose bond goes back; and of an accepted one.
async fn withdraw(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, contributions) = (stage.at.deployment.datanet.clone(), &ground.contributions);
    let withdraw = ExecuteMsg::Withdraw { contribution: contributions.pending.id };
    stage.measured("withdraw_pending", ground.cast.contributor(1)?, &at, &withdraw).await?;
    let withdraw = ExecuteMsg::Withdraw { contribution: contributions.unused()?.id };
    stage.measured("withdraw_contribution", ground.cast.contributor(3)?, &at, &withdraw).await?;
    Ok(())
}

/// The bond of the withdrawn contribution, and of one that has done no harm in a recognised model.
async fn release(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, contributions) = (stage.at.deployment.datanet.clone(), &ground.contributions);
    let (anyone, notice_over) = (&ground.cast.anyone, super::now(stage).await? + 2);
    let release = ExecuteMsg::ReleaseBond { contribution: contributions.original(0)?.id };
    stage.measured("release_bond", anyone, &at, &release).await?;
    super::pass(stage, notice_over).await?;
    let release = ExecuteMsg::ReleaseBond { contribution: contributions.unused()?.id };
    stage.measured("release_bond_unused", anyone, &at, &release).await?;
    Ok(())
}

async fn prove(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, contributions) = (stage.at.deployment.datanet.clone(), &ground.contributions);
    let one = contributions.other_copy.duplicate_proof(contributions.original(1)?, 1);
    stage.measured("prove_duplicate", &ground.cast.anyone, &at, &ExecuteMsg::ProveDuplicate(one)).await?;
    let copied = contributions.original(0)?;
    let whole = contributions.copy.duplicate_proof(copied, copied.digests.len() as u64);
    stage.measured("prove_duplicate_whole", &ground.cast.anyone, &at, &ExecuteMsg::ProveDuplicate(whole)).await?;
    Ok(())
}
