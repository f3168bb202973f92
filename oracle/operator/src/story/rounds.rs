//! Act 4: operators measure, commit, reveal; anyone opens, aggregates, advances. Some lie, some are silent, some stay away. Who the
//! operators are depends on the chain: nodes in this program, or processes of their own.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use async_trait::async_trait;
use cosmwasm_std::Binary;
use protocol::{
    RoundId,
    attribution::{ExecuteMsg, Outcome, Round, RoundKind},
    event::AttributionEvent,
    settlement::QueryMsg as SettlementQuery,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rules::{
    bitmap::Bitmap,
    score::{Report, ScoreEntry, Vector},
};

use super::{stage::Stage, train::Registered};
use crate::published::ValidationSlice;

/// What an operator does in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    /// Measures, commits, reveals.
    Honest,
    /// Reveals the last settled result without measuring.
    Reposted,
    /// Reveals a vector it made up.
    Invented,
    /// Commits and never reveals.
    Silent,
    /// Does nothing.
    Absent,
}

impl Behaviour {
    /// As the report shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Reposted => "reposted",
            Self::Invented => "invented",
            Self::Silent => "silent",
            Self::Absent => "absent",
        }
    }
}

/// Operators that do not behave, by their index; the rest are honest.
pub type Misbehaviours = BTreeMap<usize, Behaviour>;

/// The operators of the story.
#[async_trait]
pub trait Crew: Send {
    /// Says what the next round will be like, before its range can be opened.
    async fn expect(&mut self, misbehaviours: &Misbehaviours) -> Result<()>;

    /// Plays a round of a model to its end.
    async fn play(
        &mut self,
        stage: &Stage<'_>,
        registered: &Registered,
        kind: RoundKind,
        misbehaviours: &Misbehaviours,
    ) -> Result<Round>;

    /// Lets the operators go, once nothing is left to measure.
    async fn dismiss(&mut self) -> Result<()>;
}

/// What an operator does, by its index.
pub fn behaviour(misbehaviours: &Misbehaviours, index: usize) -> Behaviour {
    misbehaviours.get(&index).copied().unwrap_or(Behaviour::Honest)
}

/// A stranger opens a round.
pub async fn open(stage: &Stage<'_>, registered: &Registered, kind: RoundKind) -> Result<Round> {
    let model = registered.model;
    let message = match kind {
        RoundKind::Fees => ExecuteMsg::Open { model },
        RoundKind::Valuation => ExecuteMsg::OpenValuation { model },
    };
    let outcome = stage.contracts.tell_attribution(&stage.cast.stranger.signer, &message).await?;
    let id: RoundId = stage.event(&outcome, AttributionEvent::parse, |event| match event {
        AttributionEvent::RoundOpened { round, .. } => Some(round),
        _ => None,
    })?;
    Ok(stage.contracts.round(model, id).await?)
}

/// The owner publishes the validation examples that a round consumes.
pub async fn publish_validation(stage: &Stage<'_>, registered: &Registered, round: &Round) -> Result<()> {
    let extensions = stage.contracts.validation_extensions(round.model).await?;
    let extension = extensions.first().context("the story approves one extension")?;
    let from = round.validation_from.u64() - extension.first.u64();
    let slice = ValidationSlice::cut(&registered.validation, from, round.validation_count.u64())
        .context("the round consumes examples that exist")?;
    Ok(stage.published.put_validation(&slice).await?)
}

/// What an operator that does not measure puts in the place of a report, if its behaviour has one.
pub async fn lie(stage: &Stage<'_>, round: &Round, behaviour: Behaviour) -> Result<Option<Report>> {
    match behaviour {
        Behaviour::Reposted => Ok(Some(last_result(stage, round).await?)),
        Behaviour::Invented => Ok(Some(invented(stage.size.seed, round))),
        Behaviour::Honest | Behaviour::Silent | Behaviour::Absent => Ok(None),
    }
}

/// What a lazy operator can read on chain without measuring: the last scores, with errors of nothing.
async fn last_result(stage: &Stage<'_>, round: &Round) -> Result<Report> {
    let query = SettlementQuery::LastScores { model: round.model, from: 0, count: round.positions };
    let packed: Binary = stage.contracts.settlement(&query).await?;
    let scores = packed.chunks_exact(4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let entries: Vec<ScoreEntry> = scores.map(|score| ScoreEntry { score, error: 0 }).collect();
    Ok(vector(entries, round))
}

fn invented(seed: u64, round: &Round) -> Report {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ round.id.get());
    let most = rules::score::SCALE / round.positions.max(1) as i32;
    let entries =
        (0..round.positions).map(|_| ScoreEntry { score: rng.random_range(-most..=most), error: 0 }).collect();
    vector(entries, round)
}

fn vector(entries: Vec<ScoreEntry>, round: &Round) -> Report {
    let reach = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    Report::Vector(Vector { entries, reach, unresolved: Bitmap::new(round.redemptions as usize) })
}

/// Whether a round settled its range.
pub fn settled(round: &Round) -> bool {
    round.outcome == Some(Outcome::Settled)
}
