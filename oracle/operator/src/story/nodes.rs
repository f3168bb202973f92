//! Operators as nodes in this program, for a chain whose time passes because someone waits for it.

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use protocol::{
    ModelId, RoundId,
    attribution::{ExecuteMsg, Phase, Round, RoundKind},
};

use super::{
    rounds::{self, Behaviour, Crew, Misbehaviours, behaviour},
    stage::Stage,
    train::Registered,
};
use crate::{node::Node, published::Reader, store::Store};

/// Operators with their folders.
pub struct Nodes {
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

impl Nodes {
    /// Operators with their keys and folders.
    ///
    /// # Errors
    /// If a store cannot be opened.
    pub fn new(stage: &Stage<'_>, caches: Caches) -> Result<Self> {
        let shared = stage.engine(stage.folder.join("operators").join("shared-cache"));
        let node = |actor: &super::cast::Actor| {
            let store = Store::open(stage.folder.join("operators").join(&actor.name))?;
            let engine = match caches {
                Caches::OwnEach => stage.engine(store.cache()),
                Caches::Shared => shared.clone(),
            };
            let engine = engine.read_by(Reader::of_account(&actor.signer));
            Ok(Node { signer: actor.signer.clone(), store, engine })
        };
        Ok(Self { nodes: stage.cast.operators.iter().map(node).collect::<Result<_>>()? })
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
                liar @ (Behaviour::Reposted | Behaviour::Invented) => {
                    let report = rounds::lie(stage, round, liar).await?.context("liars have a report")?;
                    node.keep(round, &report)?;
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
}

#[async_trait]
impl Crew for Nodes {
    /// Nodes do nothing but when they are told.
    async fn expect(&mut self, _: &Misbehaviours) -> Result<()> {
        Ok(())
    }

    async fn play(
        &mut self,
        stage: &Stage<'_>,
        registered: &Registered,
        kind: RoundKind,
        misbehaviours: &Misbehaviours,
    ) -> Result<Round> {
        let model = registered.model;
        let round = rounds::open(stage, registered, kind).await?;
        rounds::publish_validation(stage, registered, &round).await?;
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

    async fn dismiss(&mut self) -> Result<()> {
        self.nodes.clear();
        Ok(())
    }
}

/// In the story everything is published: who lacks data is a defect.
async fn commit(node: &Node, round: &Round) -> Result<()> {
    match node.commit(round).await? {
        None => Ok(()),
        Some(lacking) => Err(lacking).context("a round of the story cannot be measured"),
    }
}

async fn tell(stage: &Stage<'_>, message: &ExecuteMsg) -> Result<()> {
    stage.contracts.tell_attribution(&stage.cast.stranger.signer, message).await?;
    Ok(())
}

async fn wait_for_window(stage: &Stage<'_>, model: ModelId, round: RoundId) -> Result<()> {
    let round = stage.contracts.round(model, round).await?;
    stage.chain.wait_until(round.window_ends_at.get()).await?;
    Ok(stage.chain.wait_blocks(stage.pace.min_blocks).await?)
}
