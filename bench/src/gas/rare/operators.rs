//! Operators who leave, by themselves or removed: of a method of their own, which no round uses.

use anyhow::{Context, Result};
use chain::Execute;
use protocol::MethodId;
use protocol::attribution::{ExecuteMsg, ReceiveMsg};

use super::super::market::{self, told};
use super::super::stage::Stage;
use super::cast::Cast;

/// A bond that unbonds.
pub struct Unbonding {
    method: MethodId,
    free_at: u64,
}

/// Notes `unbond` and `remove_operator`.
///
/// # Errors
/// If the contract refuses a step.
pub async fn leave(stage: &mut Stage, cast: &Cast) -> Result<Unbonding> {
    let (governance, at) = (stage.owner.clone(), stage.at.deployment.attribution.clone());
    let [leaver, removed] = cast.leavers.as_slice() else { anyhow::bail!("two operators who leave") };
    let (params, operators) = (market::method(), [leaver, removed].map(|operator| operator.address().to_owned()));
    let bond = params.bond.u128();
    let registered = stage.execute(&governance, &at, &ExecuteMsg::RegisterMethod(params)).await?;
    let method = MethodId(told(&registered, "method_registered", "method")?);
    let admit = |operator| Ok(Execute::new(at.as_str(), &ExecuteMsg::AdmitOperator { method, operator })?);
    let admissions = operators.into_iter().map(admit).collect::<Result<_>>()?;
    stage.client.execute_measured(&governance, admissions).await?;
    let message = stage.sending(&at, bond, &ReceiveMsg::Bond { method })?;
    stage.client.execute_measured(leaver, vec![message]).await.context("while paying a bond")?;
    let left = stage.measured("unbond", leaver, &at, &ExecuteMsg::Unbond { method }).await?;
    let remove = ExecuteMsg::RemoveOperator { method, operator: removed.address().to_owned() };
    stage.measured("remove_operator", &governance, &at, &remove).await?;
    Ok(Unbonding { method, free_at: told(&left, "operator_unbonding", "bond_free_at")? })
}

/// Notes `withdraw_bond`.
///
/// # Errors
/// If the contract refuses.
pub async fn withdraw(stage: &mut Stage, cast: &Cast, bond: Unbonding) -> Result<()> {
    super::pass(stage, bond.free_at).await?;
    let at = stage.at.deployment.attribution.clone();
    let leaver = cast.leavers.first().context("an operator who leaves")?;
    stage.measured("withdraw_bond", leaver, &at, &ExecuteMsg::WithdrawBond { method: bond.method }).await?;
    Ok(())
}
