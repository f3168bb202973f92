//! Better terms, a withdrawal that is noted, and a model that changes hands.

use anyhow::Result;
use protocol::Bps;
use protocol::model::{ExecuteMsg, Terms};

use super::super::market;
use super::super::stage::Stage;
use super::ground::Ground;

/// Notes all of them.
///
/// # Errors
/// If the contract refuses.
pub async fn act(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let (at, owner, heir) = (stage.at.deployment.model.clone(), &ground.cast.owner, &ground.cast.heir);
    let Terms { owner: owners, influence, .. } = market::terms();
    let percent = Bps(100);
    let terms = Terms { owner: Bps(owners.0 - percent.0), influence: Bps(influence.0 + percent.0), ..market::terms() };
    let change = ExecuteMsg::ChangeTerms { model: ground.base.id, terms };
    stage.measured("change_terms", owner, &at, &change).await?;
    let note = ExecuteMsg::NoteWithdrawals { model: ground.base.id, contributions: vec![ground.contributions.copy.id] };
    stage.measured("note_withdrawals", &ground.cast.anyone, &at, &note).await?;
    let model = ground.adapter.id;
    let offer = ExecuteMsg::OfferModel { model, to: heir.address().to_owned() };
    stage.measured("offer_model", owner, &at, &offer).await?;
    stage.measured("accept_model", heir, &at, &ExecuteMsg::AcceptModel { model }).await?;
    Ok(())
}
