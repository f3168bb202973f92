//! Claims from the ledger: one position, and what each further one in the same message adds.

use anyhow::{Context, Result};
use protocol::settlement::{ClaimItem, ExecuteMsg};

use super::market::Market;
use super::stage::{Cost, Stage};

/// Positions that the larger claim has more than one.
const FURTHER: u32 = 9;
/// Positions of the model that is claimed from, at least: one, and then ten.
pub const NEEDED: u32 = 3 + FURTHER;

/// Notes `claim`: one position of one payee; `claim_next`: what a further position of the same payee adds, on average over nine.
///
/// # Errors
/// If the contract refuses.
pub async fn claim(stage: &mut Stage, market: &Market) -> Result<()> {
    // Who has sent a transaction before: the first one stores an account's public key.
    let (anyone, at) = (stage.guests.first().context("a guest")?.clone(), stage.at.deployment.settlement.clone());
    let model = market.models.last().context("a model")?;
    let one = ExecuteMsg::Claim { claims: vec![ClaimItem { model: model.id, positions: vec![1] }] };
    let one = Cost::from(&stage.measured("claim", &anyone, &at, &one).await?);
    // The next positions are of the same contributor.
    let more =
        ExecuteMsg::Claim { claims: vec![ClaimItem { model: model.id, positions: (2..=2 + FURTHER).collect() }] };
    let ten = Cost::from(&stage.measured("claim_10", &anyone, &at, &more).await?);
    let further = |ten: u64, one: u64| ten.saturating_sub(one) / u64::from(FURTHER);
    stage.note("claim_next", Cost { gas: further(ten.gas, one.gas), bytes: further(ten.bytes, one.bytes) });
    Ok(())
}
