//! Debts: two contributions are in proved debt to the base, which the DataNet recognises. One claim is appealed against, the other
//! is collected from the bond.

use anyhow::Result;
use protocol::ContributionId;
use protocol::datanet::ExecuteMsg;

use super::super::market::told;
use super::super::stage::Stage;
use super::earnings::HARMFUL;
use super::ground::Ground;

/// A debt that can be collected.
pub struct Collectable {
    contribution: ContributionId,
    not_before: u64,
}

/// Notes `confirm_recognition`, `claim_debt`, `appeal`, and `appeal_barring` of the vote that decides.
///
/// # Errors
/// If a contract refuses a step.
pub async fn claim(stage: &mut Stage, ground: &Ground) -> Result<Collectable> {
    let (at, datanet, model) = (stage.at.deployment.datanet.clone(), ground.datanet, ground.base.id);
    let owner = &ground.cast.owner;
    let proposed = stage.execute(owner, &at, &ExecuteMsg::ProposeRecognition { datanet, model }).await?;
    super::pass(stage, told(&proposed, "recognition_proposed", "not_before")?).await?;
    let confirm = ExecuteMsg::ConfirmRecognition { datanet, model };
    stage.measured("confirm_recognition", owner, &at, &confirm).await?;
    let [appealed, contribution] = HARMFUL.map(|position| ground.contributions.original(position));
    let (appealed, contribution) = (appealed?.id, contribution?.id);
    let claim = ExecuteMsg::ClaimDebt { contribution: appealed, model };
    stage.measured("claim_debt", &ground.cast.anyone, &at, &claim).await?;
    let claim = ExecuteMsg::ClaimDebt { contribution, model };
    let claimed = stage.measured("claim_debt", &ground.cast.anyone, &at, &claim).await?;
    let appeal = ExecuteMsg::Appeal { contribution: appealed, model };
    stage.measured("appeal", ground.cast.reviewer(0)?, &at, &appeal).await?;
    stage.measured("appeal_barring", ground.cast.reviewer(1)?, &at, &appeal).await?;
    Ok(Collectable { contribution, not_before: told(&claimed, "debt_claimed", "not_before")? })
}

/// Notes `collect_debt`.
///
/// # Errors
/// If the contract refuses.
pub async fn collect(stage: &mut Stage, ground: &Ground, debt: Collectable) -> Result<()> {
    super::pass(stage, debt.not_before).await?;
    let at = stage.at.deployment.datanet.clone();
    let collect = ExecuteMsg::CollectDebt { contribution: debt.contribution, model: ground.base.id };
    stage.measured("collect_debt", &ground.cast.anyone, &at, &collect).await?;
    Ok(())
}
