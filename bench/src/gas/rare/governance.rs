//! Governance: the treasury, and the transfer of the contracts.

use anyhow::Result;
use chain::Receipt;
use cosmwasm_std::{Addr, Uint128};
use protocol::SpendId;
use protocol::settlement::{ExecuteMsg, ReceiveMsg};
use serde_json::json;

use super::super::market::told;
use super::super::stage::Stage;
use super::cast::Cast;

/// What is spent and given, in uopen.
const AMOUNT: u128 = 1_000;

/// An announced spending.
pub struct Announced {
    spend: SpendId,
    executable_at: u64,
}

/// Announces two spendings, and takes one of them back: notes `cancel_spend`.
///
/// # Errors
/// If the contract refuses.
pub async fn announce(stage: &mut Stage) -> Result<Announced> {
    let (governance, at) = (stage.owner.clone(), stage.at.deployment.settlement.clone());
    let cancelled = SpendId(told(&propose(stage).await?, "spend_proposed", "spend")?);
    stage.measured("cancel_spend", &governance, &at, &ExecuteMsg::CancelSpend { spend: cancelled }).await?;
    let proposed = propose(stage).await?;
    let spend = SpendId(told(&proposed, "spend_proposed", "spend")?);
    Ok(Announced { spend, executable_at: told(&proposed, "spend_proposed", "executable_at")? })
}

async fn propose(stage: &Stage) -> Result<Receipt> {
    let (to, reason) = (stage.owner.address().to_owned(), "a measurement".to_owned());
    let propose = ExecuteMsg::ProposeSpend { to, amount: Uint128::new(AMOUNT), reason };
    stage.execute(&stage.owner, &stage.at.deployment.settlement, &propose).await
}

/// Notes `execute_spend`.
///
/// # Errors
/// If the contract refuses.
pub async fn pay(stage: &mut Stage, cast: &Cast, announced: Announced) -> Result<()> {
    super::pass(stage, announced.executable_at).await?;
    let at = stage.at.deployment.settlement.clone();
    let execute = ExecuteMsg::ExecuteSpend { spend: announced.spend };
    stage.measured("execute_spend", &cast.anyone, &at, &execute).await?;
    Ok(())
}

/// Notes `give_to_treasury`.
///
/// # Errors
/// If the contract refuses.
pub async fn give(stage: &mut Stage, cast: &Cast) -> Result<()> {
    let at = stage.at.deployment.settlement.clone();
    stage.send_measured("give_to_treasury", &cast.payer, &at, AMOUNT, &ReceiveMsg::Treasury {}).await?;
    Ok(())
}

/// Notes `offer_governance_<contract>` and `accept_governance_<contract>` of all contracts.
///
/// # Errors
/// If a contract refuses.
pub async fn hand_over(stage: &mut Stage) -> Result<()> {
    let at = stage.at.deployment.clone();
    let contracts =
        [("datanet", at.datanet), ("model", at.model), ("attribution", at.attribution), ("settlement", at.settlement)];
    for (name, contract) in contracts {
        hand_over_one(stage, name, &contract).await?;
    }
    Ok(())
}

/// From governance to itself, so that it stays where it is.
///
/// # Errors
/// If the contract refuses.
pub async fn hand_over_one(stage: &mut Stage, name: &str, contract: &Addr) -> Result<()> {
    let governance = stage.owner.clone();
    let transfer = json!({ "transfer_ownership": { "new_owner": governance.address(), "expiry": null } });
    for (step, action) in [("offer", transfer), ("accept", json!("accept_ownership"))] {
        let update = json!({ "update_ownership": action });
        stage.measured(&format!("{step}_governance_{name}"), &governance, contract, &update).await?;
    }
    Ok(())
}
