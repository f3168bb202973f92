//! What models earn: fees of both, royalties from the adapter to the base, a valuation of the base. Claims with stake, what would
//! be paid to a proved copy, and the retirement of the adapter, which stops.

use anyhow::{Context, Result};
use chain::ChainClientExt as _;
use futures::future::try_join;
use protocol::attribution::{ExecuteMsg as AttributionMsg, Round};
use protocol::settlement::{ClaimItem, Config, ExecuteMsg, QueryMsg, SignedVoucher};
use rules::score::{Report, ScoreEntry};

use super::super::rounds::{self, Players};
use super::super::stage::{Cost, Stage};
use super::ground::Ground;

/// Positions that do harm: their accounts are in debt.
pub const HARMFUL: [usize; 2] = [9, 10];
/// Fee of a model in an epoch, in uopen.
const FEE: u128 = 100_000_000;

/// Both models earn fees in one epoch, which is returned; their rounds are played at once. Notes `flow` of the adapter's royalties.
///
/// # Errors
/// If a contract refuses a step.
pub async fn settle_both(stage: &mut Stage, ground: &mut Ground) -> Result<u64> {
    let epoch = rounds::begin_epoch(stage).await?;
    let domain = stage.domain(&stage.at.deployment.settlement);
    let vouchers = [&mut ground.base, &mut ground.adapter].map(|model| model.channel.pay(&domain, epoch, FEE));
    redeem(stage, ground, vouchers.to_vec()).await?;
    end_epoch(stage, ground, epoch).await?;
    let (base, adapter) = (ground.base.id, ground.adapter.id);
    let open = |model| AttributionMsg::Open { model };
    try_join(play(stage, ground, open(base)), play(stage, ground, open(adapter))).await?;
    let at = stage.at.deployment.settlement.clone();
    stage.measured("flow", &ground.cast.anyone, &at, &ExecuteMsg::Flow { model: adapter }).await?;
    Ok(epoch)
}

/// A valuation of the base, of royalties and stake, while it earns fees again; and their round. Notes the valuation's messages,
/// the dearest of each kind, and their sum `valuation_round`.
///
/// # Errors
/// If a contract refuses a step.
pub async fn value(stage: &mut Stage, ground: &mut Ground) -> Result<()> {
    let epoch = rounds::begin_epoch(stage).await?;
    let voucher = ground.base.channel.pay(&stage.domain(&stage.at.deployment.settlement), epoch, FEE);
    redeem(stage, ground, vec![voucher]).await?;
    let model = ground.base.id;
    let steps = play(stage, ground, AttributionMsg::OpenValuation { model }).await?;
    for (name, cost) in &steps {
        stage.note(&format!("valuation_{name}"), *cost);
    }
    stage.note("valuation_round", steps.iter().fold(Cost::default(), |sum, (_, cost)| sum.and(*cost)));
    end_epoch(stage, ground, epoch).await?;
    play(stage, ground, AttributionMsg::Open { model }).await?;
    Ok(())
}

/// Notes `claim_with_stake`: what one position of one payee earned, and what a valuation gave to it.
///
/// # Errors
/// If the contract refuses.
pub async fn claim(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let claims = vec![ClaimItem { model: ground.base.id, positions: vec![0] }];
    let at = stage.at.deployment.settlement.clone();
    stage.measured("claim_with_stake", &ground.cast.anyone, &at, &ExecuteMsg::Claim { claims }).await?;
    Ok(())
}

/// Notes `sweep_slashed`: what a proved copy at one position earned before, with stake.
///
/// # Errors
/// If the contract refuses.
pub async fn sweep(stage: &mut Stage, ground: &Ground) -> Result<()> {
    let last = ground.base.positions.saturating_sub(1);
    let claims = vec![ClaimItem { model: ground.base.id, positions: vec![last] }];
    let at = stage.at.deployment.settlement.clone();
    stage.measured("sweep_slashed", &ground.cast.anyone, &at, &ExecuteMsg::SweepSlashed { claims }).await?;
    Ok(())
}

/// Notes `retire`: of all positions of the adapter, which has earned nothing since `epoch`.
///
/// # Errors
/// If the contract refuses.
pub async fn retire(stage: &mut Stage, ground: &Ground, epoch: u64) -> Result<()> {
    let at = stage.at.deployment.settlement.clone();
    let config: Config = stage.client.query(at.as_str(), &QueryMsg::Config {}).await?;
    let stopped = stage.clock().await?.start_of(epoch + config.retire_after.u64() + 1).context("a start")?;
    super::pass(stage, stopped).await?;
    let retire = ExecuteMsg::Retire { model: ground.adapter.id, limit: None };
    stage.measured("retire", &ground.cast.anyone, &at, &retire).await?;
    Ok(())
}

async fn redeem(stage: &Stage, ground: &Ground, vouchers: Vec<SignedVoucher>) -> Result<()> {
    let at = &stage.at.deployment.settlement;
    stage.execute(&ground.cast.gateway, at, &ExecuteMsg::Redeem { vouchers }).await?;
    Ok(())
}

/// Lets the epoch's redemption end.
async fn end_epoch(stage: &Stage, ground: &Ground, epoch: u64) -> Result<()> {
    let clock = stage.clock().await?;
    super::pass(stage, clock.end_of(epoch).context("an end")?).await?;
    stage.execute(&ground.cast.anyone, &stage.at.deployment.settlement, &ExecuteMsg::Tick {}).await?;
    super::pass(stage, clock.redemption_end(epoch).context("an end")?).await
}

async fn play(stage: &Stage, ground: &Ground, opening: AttributionMsg) -> Result<Vec<(&'static str, Cost)>> {
    let players = Players { anyone: &ground.cast.anyone, operators: &ground.cast.operators, report };
    rounds::play_out(stage, &players, &opening, false).await
}

/// As in the rounds of other models, but that some positions harm as much as they would help.
fn report(round: &Round, operator: &str) -> Report {
    let mut entries = rounds::entries(round, operator);
    for position in HARMFUL {
        if let Some(ScoreEntry { score, .. }) = entries.get_mut(position) {
            *score = -*score;
        }
    }
    rounds::report(round, entries)
}
