//! The operator as a service: it follows the chain, measures every round of every model that it serves, commits, reveals, and does
//! what is anybody's when nobody else has.
//!
//! Every turn of the loop decides from the chain's state and the store alone ([`duties`]), and sends in one transaction whatever is due
//! for all models. So a crash anywhere is followed by the same decision again, and costs time.

pub mod crash;
pub mod duties;
pub mod follow;
pub mod measuring;
pub mod noted;
pub mod sending;
pub mod survey;
pub mod watch;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chain::{ChainClient, ChainError, Execute, Status};
use protocol::{
    ModelId, RoundId,
    attribution::{
        Config as AttributionConfig, ExecuteMsg, Operator, Participation, Phase, QueryMsg as AttributionQuery, Round,
        RoundKind,
    },
    model::Model,
    settlement::{ExecuteMsg as SettlementMsg, OpenRange, Openable, QueryMsg as SettlementQuery, Valuation},
};
use tokio_util::sync::CancellationToken;

use self::{
    crash::crash_point,
    duties::{Due, Turns, due, is_in, is_seated, is_turn_now, openable_from, rank},
    follow::{FollowError, Follower, Learnt},
    measuring::Measuring,
    noted::{Noted, Notes},
    sending::Letter,
};
use crate::{
    node::{Node, NodeError},
    store::StoreError,
};

/// Which models an operator serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serve {
    /// Every model whose method it is admitted for.
    All,
    /// These.
    Only(Vec<ModelId>),
}

/// What an operator does beside measuring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The models.
    pub serve: Serve,
    /// Opens rounds of fees.
    pub open: bool,
    /// Opens valuation rounds: nobody is paid for them.
    pub open_valuations: bool,
    /// Ends commit windows and runs the first pass when nobody else has.
    pub aggregate: bool,
    /// Runs the second pass when nobody else has.
    pub advance: bool,
    /// Withdraws rewards from this amount on, in uopen; `None` leaves them where they are.
    pub withdraw_above: Option<u128>,
    /// Seconds between the operators' turns at what is anybody's.
    pub stagger: u64,
    /// The part of the commit window, in thousandths, in which missing objects are waited for.
    pub patience: u64,
    /// Pause between two turns of the loop.
    pub poll: Duration,
}

impl Policy {
    /// Whether a duty that is anybody's is done.
    fn does(&self, due: Due) -> bool {
        match due {
            Due::Open => self.open,
            Due::OpenValuation => self.open_valuations,
            Due::EndCommits | Due::Aggregate => self.aggregate,
            Due::Advance => self.advance,
            Due::Commit | Due::Reveal | Due::Withdraw => true,
        }
    }
}

/// Why a turn of the loop did not end. The next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The store cannot be used: nothing is sent that is not kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be made.
    #[error(transparent)]
    Node(Box<NodeError>),
}

impl From<NodeError> for TurnError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Chain(error) => Self::Chain(error),
            NodeError::Store(error) => Self::Store(error),
            error => Self::Node(Box::new(error)),
        }
    }
}

impl From<FollowError> for TurnError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Chain(error) => Self::Chain(error),
            FollowError::Store(error) => Self::Store(error),
        }
    }
}

/// An operator that runs.
pub struct Daemon {
    client: Arc<dyn ChainClient>,
    node: Node,
    policy: Policy,
    notes: Arc<Notes>,
    follower: Follower,
    measuring: Measuring,
    models: Option<Vec<Model>>,
    /// Rounds that were seen open, by model.
    open: BTreeMap<ModelId, RoundId>,
    /// How far the rounds were read, by model, and the last one over fees among them.
    rounds_read: BTreeMap<ModelId, (RoundId, Option<Round>)>,
    /// When opening was last refused, by model: not to ask again at once.
    refused: BTreeMap<(ModelId, Due), u64>,
}

/// Seconds after a refusal in which the same thing of anybody's is not tried again.
const REFUSED_FOR: u64 = 10;

impl Daemon {
    /// An operator before its first turn.
    pub fn new(client: Arc<dyn ChainClient>, node: Node, policy: Policy, notes: Arc<Notes>) -> Self {
        let follower = Follower::new(Arc::clone(&client), node.clone(), Arc::clone(&notes));
        let measuring = Measuring::new(node.clone(), Arc::clone(&notes));
        let (open, rounds_read, refused) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { client, node, policy, notes, follower, measuring, models: None, open, rounds_read, refused }
    }

    /// Runs until told to stop. What is being sent is sent to its end; what is being measured goes on where it was after a restart.
    pub async fn run(mut self, stop: CancellationToken) {
        self.notes.note(Noted::Started { address: self.node.signer.address() });
        while !stop.is_cancelled() {
            let pause = match self.turn().await {
                Ok(behind) if behind > 0 => Duration::ZERO,
                Ok(_) => self.policy.poll,
                Err(error) => {
                    self.notes.note(Noted::TurnFailed { error: &error });
                    self.policy.poll.max(Duration::from_secs(1))
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.measuring.stop();
        self.notes.note(Noted::Stopped);
    }

    /// One turn: follow, decide, send. Returns how many blocks are still to be followed.
    ///
    /// # Errors
    /// If the chain or the store failed.
    pub async fn turn(&mut self) -> Result<u64, TurnError> {
        // What was sent before must be in a block or past it, or the same would be decided again while it is on its way.
        self.client.settle(&self.node.signer).await?;
        crash_point!("settled");
        let now = self.client.status().await?;
        self.notes.note(Noted::Turn { now: &now });
        let learnt = self.follow(now.height.saturating_sub(1)).await?;
        if learnt.models {
            self.models = None;
        }
        let turns = self.turns().await?;
        let mut letters = Vec::new();
        for model in self.served().await? {
            letters.extend(self.of_model(&model, &now, turns).await?);
        }
        letters.extend(self.withdrawal().await?);
        for (model, kind) in sending::send(self.client.as_ref(), &self.node.signer, letters, &self.notes).await? {
            self.refused.insert((model, kind), now.time);
        }
        Ok(learnt.behind)
    }

    /// No duty waits for the cursor: what was promised is revealed though the disk be full.
    async fn follow(&self, latest: u64) -> Result<Learnt, TurnError> {
        match self.follower.catch_up(latest).await {
            Err(FollowError::Store(error)) => {
                self.notes.note(Noted::TurnFailed { error: &TurnError::Store(error) });
                Ok(Learnt::default())
            }
            learnt => Ok(learnt?),
        }
    }

    async fn turns(&self) -> Result<Turns, TurnError> {
        let config: AttributionConfig = self.node.engine.contracts.attribution(&AttributionQuery::Config {}).await?;
        Ok(Turns { min_blocks: config.min_blocks.u64(), stagger: self.policy.stagger })
    }

    /// The models that are served, with their versions prepared.
    async fn served(&mut self) -> Result<Vec<Model>, TurnError> {
        if let Some(models) = &self.models {
            return Ok(models.clone());
        }
        let mut models = self.node.engine.contracts.models().await?;
        if let Serve::Only(ids) = &self.policy.serve {
            models.retain(|model| ids.contains(&model.id));
        }
        for model in models.iter().filter(|model| model.versions > 0) {
            self.measuring.prepare(model.id, model.versions);
        }
        self.models = Some(models.clone());
        Ok(models)
    }

    async fn of_model(&mut self, model: &Model, now: &Status, turns: Turns) -> Result<Option<Letter>, TurnError> {
        let round = self.node.engine.contracts.open_round(model.id).await?;
        self.notice_end(model.id, round.as_ref().map(|round| round.id)).await?;
        match round {
            Some(round) => self.of_round(&round, now, turns).await,
            None => {
                self.notes.note(Noted::Idle { model: model.id });
                self.opening(model, now).await
            }
        }
    }

    /// Looks at the median of a round that was open at the last turn and is not any more.
    async fn notice_end(&mut self, model: ModelId, open: Option<RoundId>) -> Result<(), TurnError> {
        self.measuring.only(model, open);
        let before = match open {
            Some(round) => self.open.insert(model, round),
            None => self.open.remove(&model),
        };
        let Some(closed) = before.filter(|before| Some(*before) != open) else { return Ok(()) };
        let round = self.node.engine.contracts.round(model, closed).await?;
        match watch::median(&self.node, &round).await {
            Ok(Some(seen)) => self.notes.note(Noted::Median { model, round: closed, seen }),
            Ok(None) => {}
            Err(error) => self.notes.note(Noted::NotWatched { model, round: closed, error: &error }),
        }
        Ok(())
    }

    async fn of_round(&mut self, round: &Round, now: &Status, turns: Turns) -> Result<Option<Letter>, TurnError> {
        let part = self.node.part(round).await?;
        self.notes.note(Noted::Phase { round, part: part.as_ref() });
        let Some(due) = due(round, part.as_ref(), self.node.signer.address(), now, turns) else { return Ok(None) };
        if due.is_anybodys() && (!self.policy.does(due) || self.was_refused(round.model, due, now)) {
            return Ok(None);
        }
        let message = match due {
            Due::Commit => self.commitment(round).await?,
            Due::Reveal => self.reveal(round, part.as_ref())?,
            Due::EndCommits => Some(ExecuteMsg::EndCommits { model: round.model, round: round.id }),
            Due::Aggregate => Some(ExecuteMsg::Aggregate { model: round.model, round: round.id, limit: None }),
            Due::Advance => Some(ExecuteMsg::Advance { model: round.model, round: round.id, limit: None }),
            Due::Open | Due::OpenValuation | Due::Withdraw => None,
        };
        message.map(|message| self.letter(due, round.model, Some(round.id), &message)).transpose()
    }

    /// The commitment, once its report is kept; until then it is being measured.
    async fn commitment(&mut self, round: &Round) -> Result<Option<ExecuteMsg>, TurnError> {
        match self.node.promised(round)? {
            Some(promise) => Ok(Some(self.node.commit_message(round, &promise)?)),
            None => {
                let opened = round.opened_at.get();
                let window = round.window_ends_at.get().saturating_sub(opened);
                let patient_until = opened.saturating_add(window.saturating_mul(self.policy.patience) / 1_000);
                self.measuring.ensure(round, patient_until).await?;
                Ok(None)
            }
        }
    }

    /// The report. Where it is not kept, as after a restore of an old backup, nothing can be done but say so.
    fn reveal(&self, round: &Round, part: Option<&Participation>) -> Result<Option<ExecuteMsg>, TurnError> {
        match self.node.reveal_message(round, part) {
            Ok(message) => Ok(Some(message)),
            Err(error @ NodeError::NoPromise(_)) => {
                self.notes.note(Noted::CannotReveal { round, error: &error });
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What opens a round, when it is this operator's turn.
    async fn opening(&mut self, model: &Model, now: &Status) -> Result<Option<Letter>, TurnError> {
        if self.policy.open && !self.was_refused(model.id, Due::Open, now) {
            let query = SettlementQuery::Openable { model: model.id };
            let openable: Openable = self.node.engine.contracts.settlement(&query).await?;
            if let Openable::Range(range) = openable
                && self.is_turn_to_open(model, &range, now).await?
            {
                let message = ExecuteMsg::Open { model: model.id };
                return Ok(Some(self.letter(Due::Open, model.id, None, &message)?));
            }
        }
        let valuation = self.policy.open_valuations && !self.was_refused(model.id, Due::OpenValuation, now);
        if valuation && self.is_something_to_value(model).await? && self.is_turn_to_value(model, now).await? {
            let message = ExecuteMsg::OpenValuation { model: model.id };
            return Ok(Some(self.letter(Due::OpenValuation, model.id, None, &message)?));
        }
        Ok(None)
    }

    /// Whether a version or enough royalties came in since the last valuation, and its time has come.
    async fn is_something_to_value(&self, model: &Model) -> Result<bool, TurnError> {
        let contracts = &self.node.engine.contracts;
        let waiting: Valuation = contracts.settlement(&SettlementQuery::Valuation { model: model.id }).await?;
        let least = contracts.method(model.method).await?.params.min_pool;
        let is_new = model.versions > waiting.valued_versions || waiting.royalties.influence >= least;
        Ok(is_new && waiting.epoch >= waiting.not_before)
    }

    /// Turns at opening are counted from the moment from which the chain allows it.
    async fn is_turn_to_open(&mut self, model: &Model, range: &OpenRange, now: &Status) -> Result<bool, TurnError> {
        let clock = self.node.engine.contracts.clock().await?;
        let last = self.last_of_fees(model.id).await?;
        let Some(from) = openable_from(range, last.as_ref(), &clock) else { return Ok(false) };
        let mine = self.rank_in_method(model, range.last_epoch.get(), now).await?;
        Ok(now.time >= from.saturating_add(mine.saturating_mul(self.policy.stagger)))
    }

    /// The last round over fees of a model. Rounds that were read once are not read again.
    async fn last_of_fees(&mut self, model: ModelId) -> Result<Option<Round>, TurnError> {
        let (read, found) = self.rounds_read.remove(&model).map_or((None, None), |(read, found)| (Some(read), found));
        let new = self.node.engine.contracts.rounds_after(model, read).await?;
        let read = new.last().map(|round| round.id).or(read);
        let found = new.into_iter().rev().find(|round| round.kind == RoundKind::Fees).or(found);
        if let Some(read) = read {
            self.rounds_read.insert(model, (read, found.clone()));
        }
        Ok(found)
    }

    /// A valuation is due from no moment that all know.
    async fn is_turn_to_value(&self, model: &Model, now: &Status) -> Result<bool, TurnError> {
        let seated = self.seated(model, now).await?;
        let names: Vec<&str> = seated.iter().map(|operator| operator.account.as_str()).collect();
        Ok(is_turn_now(&names, self.node.signer.address(), now.time, self.policy.stagger))
    }

    /// Place in the order of turns of those who work for a model now.
    async fn rank_in_method(&self, model: &Model, rotated_by: u64, now: &Status) -> Result<u64, TurnError> {
        let seated = self.seated(model, now).await?;
        let names: Vec<&str> = seated.iter().map(|operator| operator.account.as_str()).collect();
        Ok(rank(&names, self.node.signer.address(), rotated_by))
    }

    /// Who works for a model now: nobody waits for the turn of who has left or lost its bond.
    async fn seated(&self, model: &Model, now: &Status) -> Result<Vec<Operator>, TurnError> {
        let contracts = &self.node.engine.contracts;
        let bond = contracts.method(model.method).await?.params.bond;
        let mut all = contracts.operators(model.method).await?;
        all.retain(|operator| is_seated(operator, bond, now.time));
        Ok(all)
    }

    fn was_refused(&self, model: ModelId, due: Due, now: &Status) -> bool {
        self.refused.get(&(model, due)).is_some_and(|at| now.time < at.saturating_add(REFUSED_FOR))
    }

    async fn withdrawal(&self) -> Result<Option<Letter>, TurnError> {
        let Some(least) = self.policy.withdraw_above else { return Ok(None) };
        let contracts = &self.node.engine.contracts;
        let balance = contracts.balance(self.node.signer.address()).await?;
        if balance < least.max(1) {
            return Ok(None);
        }
        let execute = Execute::new(contracts.deployment().settlement.as_str(), &SettlementMsg::Withdraw {})?;
        Ok(Some(Letter { due: Due::Withdraw, model: ModelId(0), round: None, execute }))
    }

    fn letter(
        &self,
        due: Due,
        model: ModelId,
        round: Option<RoundId>,
        message: &ExecuteMsg,
    ) -> Result<Letter, TurnError> {
        let execute = Execute::new(self.node.engine.contracts.deployment().attribution.as_str(), message)?;
        Ok(Letter { due, model, round, execute })
    }
}

/// Whether an operator has a part in a round that is not over.
pub fn takes_part(round: &Round, me: &str) -> bool {
    round.phase != Phase::Closed && is_in(round, me)
}
