//! Act 4: operators measure, commit, reveal; anyone opens, aggregates, advances. Some lie, some are silent, some stay away.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use cosmwasm_std::Binary;
use protocol::{
    ModelId, RoundId,
    attribution::{ExecuteMsg, Outcome, Phase, Round, RoundKind},
    event::AttributionEvent,
    settlement::QueryMsg as SettlementQuery,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rules::{
    bitmap::Bitmap,
    score::{Report, ScoreEntry, Vector},
};

use super::{
    stage::{MIN_BLOCKS, Stage},
    train::Registered,
};
use crate::{
    node::{Engine, Node},
    published::ValidationSlice,
    state::StateFolder,
};

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

/// Operators with their folders.
pub struct Crew {
    nodes: Vec<Node>,
}

/// Whether every operator derives what it needs for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Caches {
    /// Each in its own folder, as real operators do.
    OwnEach,
    /// One for all: enough to repeat a story whose operators were seen to agree.
    Shared,
}

impl Crew {
    /// Operators with their keys and folders.
    pub fn new(stage: &Stage<'_>, caches: Caches) -> Self {
        let node = |actor: &super::cast::Actor| {
            let state = StateFolder::at(stage.folder.join("operators").join(&actor.name));
            let cache = match caches {
                Caches::OwnEach => state.cache(),
                Caches::Shared => stage.folder.join("operators").join("shared-cache"),
            };
            let engine = stage.engine(cache);
            Node { signer: actor.signer.clone(), state, engine }
        };
        Self { nodes: stage.cast.operators.iter().map(node).collect() }
    }

    /// Plays one round of a model to its end.
    pub async fn play(
        &self,
        stage: &Stage<'_>,
        registered: &Registered,
        kind: RoundKind,
        misbehaviours: &Misbehaviours,
    ) -> Result<Round> {
        let model = registered.model;
        let round = open(stage, registered, kind).await?;
        self.commit(stage, &round, misbehaviours).await?;
        wait_for_window(stage, model, round.id).await?;
        tell(stage, &ExecuteMsg::EndCommits { model, round: round.id }).await?;
        self.reveal(&round, misbehaviours).await?;
        wait_for_window(stage, model, round.id).await?;
        tell(stage, &ExecuteMsg::Aggregate { model, round: round.id, limit: None }).await?;
        if stage.contracts.round(model, round.id).await?.phase == Phase::Advance {
            tell(stage, &ExecuteMsg::Advance { model, round: round.id, limit: None }).await?;
        }
        let closed = stage.contracts.round(model, round.id).await?;
        ensure!(closed.phase == Phase::Closed, "round {} is still {:?}", round.id, closed.phase);
        Ok(closed)
    }

    async fn commit(&self, stage: &Stage<'_>, round: &Round, misbehaviours: &Misbehaviours) -> Result<()> {
        let what = match round.kind {
            RoundKind::Fees => format!("{} redemptions", round.redemptions),
            RoundKind::Valuation => "what each contribution is worth".to_owned(),
        };
        let label =
            format!("model {}, round {}: {} operators measure {what}", round.model, round.id, round.operators.len());
        let step = stage.progress.step(&label, round.operators.len() as u64);
        for (index, node) in self.of(round) {
            match behaviour(misbehaviours, index) {
                Behaviour::Honest | Behaviour::Silent => commit(node, round).await?,
                Behaviour::Reposted => {
                    node.keep(round, &last_result(stage, round).await?)?;
                    commit(node, round).await?;
                }
                Behaviour::Invented => {
                    node.keep(round, &invented(stage.size.seed, round))?;
                    commit(node, round).await?;
                }
                Behaviour::Absent => {}
            }
            step.advance();
        }
        Ok(())
    }

    async fn reveal(&self, round: &Round, misbehaviours: &Misbehaviours) -> Result<()> {
        for (index, node) in self.of(round) {
            match behaviour(misbehaviours, index) {
                Behaviour::Honest | Behaviour::Reposted | Behaviour::Invented => node.reveal(round).await?,
                Behaviour::Silent | Behaviour::Absent => {}
            }
        }
        Ok(())
    }

    /// The operators of a round's set: who lost its bond is in none.
    fn of<'a>(&'a self, round: &'a Round) -> impl Iterator<Item = (usize, &'a Node)> {
        let is_in = |node: &Node| round.operators.iter().any(|operator| operator.as_str() == node.signer.address());
        self.nodes.iter().enumerate().filter(move |(_, node)| is_in(node))
    }

    /// The engine of the first operator, for what is shown beside the chain's own figures.
    pub fn engine(&self) -> Result<&Engine> {
        Ok(&self.nodes.first().context("there are operators")?.engine)
    }
}

/// In the story everything is published: who lacks data is a defect.
async fn commit(node: &Node, round: &Round) -> Result<()> {
    match node.commit(round).await? {
        None => Ok(()),
        Some(lacking) => Err(lacking).context("a round of the story cannot be measured"),
    }
}

/// What an operator does, by its index.
pub fn behaviour(misbehaviours: &Misbehaviours, index: usize) -> Behaviour {
    misbehaviours.get(&index).copied().unwrap_or(Behaviour::Honest)
}

/// A stranger opens the round, and the owner publishes the validation examples that it consumes.
async fn open(stage: &Stage<'_>, registered: &Registered, kind: RoundKind) -> Result<Round> {
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
    let round = stage.contracts.round(model, id).await?;
    publish_validation(stage, registered, &round).await?;
    Ok(round)
}

async fn publish_validation(stage: &Stage<'_>, registered: &Registered, round: &Round) -> Result<()> {
    let extensions = stage.contracts.validation_extensions(round.model).await?;
    let extension = extensions.first().context("the story approves one extension")?;
    let from = round.validation_from.u64() - extension.first.u64();
    let slice = ValidationSlice::cut(&registered.validation, from, round.validation_count.u64())
        .context("the round consumes examples that exist")?;
    Ok(stage.published.put_validation(&slice)?)
}

async fn tell(stage: &Stage<'_>, message: &ExecuteMsg) -> Result<()> {
    stage.contracts.tell_attribution(&stage.cast.stranger.signer, message).await?;
    Ok(())
}

async fn wait_for_window(stage: &Stage<'_>, model: ModelId, round: RoundId) -> Result<()> {
    let round = stage.contracts.round(model, round).await?;
    stage.timeline.wait_until(round.window_ends_at.get()).await?;
    Ok(stage.timeline.wait_blocks(MIN_BLOCKS).await?)
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
