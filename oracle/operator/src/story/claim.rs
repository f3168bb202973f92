//! Act 5: everybody is paid. One message claims several positions, for whoever sends it or for others; owner and operators withdraw.

use anyhow::Result;
use protocol::{
    ModelId,
    settlement::{ClaimItem, ExecuteMsg},
};

use super::stage::Stage;

/// Plays the act.
pub async fn play(stage: &Stage<'_>, model: ModelId) -> Result<()> {
    let accounts = stage.contracts.accounts(model).await?;
    let due = accounts.iter().filter(|account| u128::from(account.payable.u64()) > account.claimed.u128());
    let positions: Vec<u32> = due.map(|account| account.position).collect();
    // The first half in one message by a stranger, who gets nothing of it; the rest in one by a contributor.
    let (first, rest) = positions.split_at(positions.len() / 2);
    let claimers = [(&stage.cast.stranger, first), (&stage.cast.contributors[0], rest)];
    for (claimer, positions) in claimers.into_iter().filter(|(_, positions)| !positions.is_empty()) {
        let claims = vec![ClaimItem { model, positions: positions.to_vec() }];
        stage.contracts.tell_settlement(&claimer.signer, &ExecuteMsg::Claim { claims }).await?;
    }
    for actor in std::iter::once(&stage.cast.owner).chain(&stage.cast.operators) {
        if stage.contracts.balance(actor.signer.address()).await? > 0 {
            stage.contracts.tell_settlement(&actor.signer, &ExecuteMsg::Withdraw {}).await?;
        }
    }
    Ok(())
}
