//! A round of each model, all at once: they wait for the same windows.

use anyhow::{Context, Result};
use chain::{ChainClient as _, ChainClientExt as _, Receipt, Signer, Timeline as _};
use futures::future::try_join_all;
use protocol::attribution::{ExecuteMsg, Phase, QueryMsg, Round};
use protocol::settlement::ExecuteMsg as SettlementMsg;
use protocol::{Hash32, ModelId, RoundId};
use rules::bitmap::Bitmap;
use rules::hash::Hash;
use rules::score::{Report, ScoreEntry, Vector, report_commitment};
use testing::scenario::report_message;

use super::market::{Market, Served, told};
use super::stage::{Cost, Stage};

/// Fee of a model in an epoch, in uopen.
const FEE: u128 = 100_000_000;
/// Redemptions in an epoch of each model.
const REDEMPTIONS: usize = 1;

/// Whoever reveals first ends the commits, so that nobody sends it in a round with reveals: it is no part of the rounds that are noted.
const END_COMMITS: &str = "end_commits";

/// Pays fees, lets their epoch end and settles it; with a suffix, each model's whole round is noted as `round_<positions>`, and the
/// dearest message of each kind under its own name. Without, only `end_commits` is noted.
///
/// # Errors
/// If a contract refuses a step.
pub async fn play(stage: &mut Stage, market: &mut Market, noted: Option<&'static str>) -> Result<()> {
    let epoch = begin_epoch(stage).await?;
    for _ in 0..REDEMPTIONS {
        pay(stage, market, epoch).await?;
    }
    end_epoch(stage, epoch).await?;
    let shared = &*stage;
    let numbered = market.models.iter().enumerate();
    let end_commits = noted.is_none();
    let played = try_join_all(numbered.map(|(number, model)| settle(shared, model, number, end_commits))).await?;
    for (model, steps) in market.models.iter().zip(played) {
        if noted.is_some() {
            note(stage, model.positions, &steps);
        } else if let Some((name, cost)) = steps.iter().find(|(name, _)| *name == END_COMMITS) {
            stage.note(name, *cost);
        }
    }
    Ok(())
}

fn note(stage: &mut Stage, positions: u32, steps: &[(&str, Cost)]) {
    for (name, cost) in steps {
        stage.note(&format!("{name}_{positions}"), *cost);
    }
    let sum = steps.iter().fold(Cost::default(), |sum, (_, cost)| sum.and(*cost));
    stage.note(&format!("round_{positions}"), sum);
}

/// Waits for the first moments of an epoch.
///
/// # Errors
/// If the chain does not answer.
pub async fn begin_epoch(stage: &Stage) -> Result<u64> {
    let (clock, time) = (stage.clock().await?, stage.client.status().await?.time);
    let epoch = clock.epoch_at(time).context("a time after genesis")?;
    stage.client.wait_until(clock.end_of(epoch).context("an end")?).await?;
    Ok(epoch + 1)
}

async fn pay(stage: &mut Stage, market: &mut Market, epoch: u64) -> Result<()> {
    let (owner, at) = (stage.owner.clone(), stage.at.deployment.settlement.clone());
    let domain = stage.domain(&at);
    let vouchers: Vec<_> = market.models.iter_mut().map(|model| model.channel.pay(&domain, epoch, FEE)).collect();
    let (first, rest) = vouchers.split_first().context("a model")?;
    stage.measured("redeem", &owner, &at, &SettlementMsg::Redeem { vouchers: vec![first.clone()] }).await?;
    if !rest.is_empty() {
        stage.execute(&owner, &at, &SettlementMsg::Redeem { vouchers: rest.to_vec() }).await?;
    }
    Ok(())
}

/// Lets the epoch's redemption end.
async fn end_epoch(stage: &mut Stage, epoch: u64) -> Result<()> {
    let (owner, at, clock) = (stage.owner.clone(), stage.at.deployment.settlement.clone(), stage.clock().await?);
    stage.client.wait_until(clock.end_of(epoch).context("an end")?).await?;
    stage.measured("tick", &owner, &at, &SettlementMsg::Tick {}).await?;
    stage.client.wait_until(clock.redemption_end(epoch).context("an end")?).await?;
    Ok(stage.client.wait_blocks(2).await?)
}

/// All messages of a round of fees: what each step cost.
async fn settle(stage: &Stage, model: &Served, number: usize, end_commits: bool) -> Result<Vec<(&'static str, Cost)>> {
    let anyone = stage.guests.get(number % stage.guests.len()).context("a guest")?;
    let players = Players {
        anyone,
        operators: &stage.operators,
        report: |round, operator| report(round, entries(round, operator)),
    };
    play_out(stage, &players, &ExecuteMsg::Open { model: model.id }, end_commits).await
}

/// Who plays a round.
pub struct Players<'a> {
    /// Opens and ends it.
    pub anyone: &'a Signer,
    /// Commit and reveal, all of them.
    pub operators: &'a [Signer],
    /// What an operator reports.
    pub report: fn(&Round, &str) -> Report,
}

/// All messages of a round that begins with `opening`: what each step cost.
///
/// # Errors
/// If a contract refuses a step.
pub async fn play_out(
    stage: &Stage,
    players: &Players<'_>,
    opening: &ExecuteMsg,
    end_commits: bool,
) -> Result<Vec<(&'static str, Cost)>> {
    let anyone = players.anyone;
    let opened = act(stage, anyone, opening).await?;
    let model = ModelId(told(&opened, "round_opened", "model")?);
    let id = RoundId(told(&opened, "round_opened", "round")?);
    let mut steps = vec![("open", Cost::from(&opened))];
    let round = round(stage, model, id).await?;
    let commits = players.operators.iter().map(|operator| commit(stage, operator, &round, players.report));
    let reports = try_join_all(commits).await?;
    steps.extend(reports.iter().map(|(_, cost)| ("commit", *cost)));
    pass_window(stage, model, id).await?;
    if end_commits {
        let ended = act(stage, anyone, &ExecuteMsg::EndCommits { model, round: id }).await?;
        steps.push((END_COMMITS, Cost::from(&ended)));
    }
    let reveals = players.operators.iter().zip(&reports);
    let revealed = try_join_all(reveals.map(|(operator, (report, _))| reveal(stage, operator, &round, report))).await?;
    steps.extend(revealed.iter().map(|receipt| ("reveal", Cost::from(receipt))));
    pass_window(stage, model, id).await?;
    finish(stage, anyone, (model, id), &mut steps).await?;
    Ok(steps)
}

async fn finish(
    stage: &Stage,
    anyone: &Signer,
    (model, id): (ModelId, RoundId),
    steps: &mut Vec<(&'static str, Cost)>,
) -> Result<()> {
    loop {
        let (name, msg) = match round(stage, model, id).await?.phase {
            Phase::Closed => return Ok(()),
            Phase::Advance => ("advance", ExecuteMsg::Advance { model, round: id, limit: None }),
            _ => ("aggregate", ExecuteMsg::Aggregate { model, round: id, limit: None }),
        };
        steps.push((name, Cost::from(&act(stage, anyone, &msg).await?)));
    }
}

async fn act(stage: &Stage, signer: &Signer, msg: &ExecuteMsg) -> Result<Receipt> {
    stage.execute(signer, &stage.at.deployment.attribution, msg).await
}

async fn commit(
    stage: &Stage,
    operator: &Signer,
    round: &Round,
    report: fn(&Round, &str) -> Report,
) -> Result<(Report, Cost)> {
    let report = report(round, operator.address());
    let domain = stage.domain(&stage.at.deployment.attribution);
    let inputs = round.inputs.bytes();
    let commitment = Hash32(report_commitment(&domain, inputs, operator.address(), &report, &salt(operator, round.id)));
    let commit = ExecuteMsg::Commit { model: round.model, round: round.id, commitment };
    Ok((report, Cost::from(&act(stage, operator, &commit).await?)))
}

async fn reveal(stage: &Stage, operator: &Signer, round: &Round, report: &Report) -> Result<Receipt> {
    let salt = Hash32(salt(operator, round.id));
    let reveal = ExecuteMsg::Reveal { model: round.model, round: round.id, report: report_message(report), salt };
    act(stage, operator, &reveal).await
}

/// Scores that differ between positions and rounds and, a little, between operators; none is zero, so that all are paid.
pub fn entries(round: &Round, operator: &str) -> Vec<ScoreEntry> {
    let mean = 500_000_000 / round.positions;
    (0..round.positions).map(|position| entry(mean, (round.id, position), operator)).collect()
}

/// A report of these scores, which reach as far as they add up to.
pub fn report(round: &Round, entries: Vec<ScoreEntry>) -> Report {
    let reach = entries.iter().filter_map(|entry| u64::try_from(entry.score).ok()).sum();
    Report::Vector(Vector { entries, reach, unresolved: Bitmap::new(round.redemptions as usize) })
}

fn entry(mean: u32, (round, position): (RoundId, u32), operator: &str) -> ScoreEntry {
    let shift = |parts: &[&[u8]]| u32::from(rules::hash::digest("bench-gas/v1", parts)[0]);
    let (round, position) = (round.get().to_be_bytes(), position.to_be_bytes());
    let own = mean / 2 + mean / 300 * shift(&[&round, &position]) + shift(&[&position, operator.as_bytes()]);
    ScoreEntry { score: i32::try_from(own).unwrap_or(i32::MAX), error: mean / 1_000 }
}

fn salt(operator: &Signer, round: RoundId) -> Hash {
    rules::hash::digest("bench-gas-salt/v1", &[operator.address().as_bytes(), &round.get().to_be_bytes()])
}

async fn round(stage: &Stage, model: ModelId, round: RoundId) -> Result<Round> {
    let query = QueryMsg::Round { model, round };
    Ok(stage.client.query(stage.at.deployment.attribution.as_str(), &query).await?)
}

async fn pass_window(stage: &Stage, model: ModelId, id: RoundId) -> Result<()> {
    let round = round(stage, model, id).await?;
    stage.client.wait_until(round.window_ends_at.get()).await?;
    Ok(stage.client.wait_blocks(2).await?)
}
