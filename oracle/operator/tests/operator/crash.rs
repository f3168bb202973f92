//! An operator that is stopped dead between any two durable steps and started again costs time and nothing else: its round settles,
//! nobody is slashed or counted as absent, nothing is sent twice, and what it promised stays what it promised.

mod crew;

use std::{
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use chain::{EmbeddedClient, Timeline, embedded::Checks};
use operator::{
    contracts::Contracts,
    daemon::crash::POINTS,
    published::{Published, ValidationSlice},
    story::PUBLISHED_FOLDER,
};
use protocol::{
    Epoch, MethodId, RoundId,
    attribution::{ExecuteMsg, Operator as Standing, Outcome, Phase, Round, RoundKind},
    settlement::{ExecuteMsg as SettlementMsg, QueryMsg as SettlementQuery, Valuation},
};

use self::crew::{Operator, Reaper, Victims};
use crate::{
    told::{MODEL, told},
    versions::Scene,
};

/// Blocks that every window of the story lasts.
const MIN_BLOCKS: u64 = 5;
/// How long a round may take that nobody holds up.
const PATIENCE: Duration = Duration::from_secs(300);
/// Time after the opening of a round in which everybody has begun to measure and nobody is done.
const MIDST: Duration = Duration::from_millis(60);
/// Rounds over which the points are dealt out, in which one operator dies at each.
const ROUNDS: usize = 6;
/// Points of a round in which nobody commits.
const WITHOUT_COMMITS: [&str; 2] = ["end-commits-due", "end-commits-sent"];
/// Points of valuations.
const OF_VALUATIONS: [&str; 2] = ["open-valuation-due", "open-valuation-sent"];

/// Points of a round of fees in which everybody commits.
fn points() -> impl Iterator<Item = &'static str> {
    POINTS.into_iter().filter(|point| !WITHOUT_COMMITS.contains(point) && !OF_VALUATIONS.contains(point))
}

/// The story's world in which a round can be opened: over an epoch of fees, or over a new version.
struct World {
    scene: Scene,
    epoch: Epoch,
}

impl World {
    async fn scene() -> Scene {
        let scene = Scene::new().await;
        let examples = scene.approve_validation().await;
        let slice = ValidationSlice::cut(&examples, 0, examples.len() as u64).expect("all of them");
        scene.published.put_validation(&slice).await.expect("the folder can be written");
        scene
    }

    /// As daemons find it.
    async fn waiting(scene: Scene, epoch: Epoch) -> Self {
        scene.client.wait_blocks(MIN_BLOCKS).await.expect("blocks pass");
        scene.client.save(&scene.copy.path().join("waiting.json")).await.expect("the folder can be written");
        Self { scene, epoch }
    }

    async fn with_a_new_version() -> Self {
        let scene = Self::scene().await;
        scene.register_another().await;
        let query = SettlementQuery::Valuation { model: MODEL };
        loop {
            let epoch = scene.next_epoch().await;
            let valuation: Valuation = scene.contracts.settlement(&query).await.expect("the chain answers");
            if epoch >= valuation.not_before {
                return Self::waiting(scene, epoch).await;
            }
        }
    }

    async fn new() -> Self {
        let scene = Self::scene().await;
        let epoch = scene.next_epoch().await;
        let sold = scene.sell(epoch, 1, 1, &scene.plan.calls[0][..30]).await;
        scene.next_epoch().await;
        let redeem = SettlementMsg::Redeem { vouchers: vec![sold.voucher] };
        scene.contracts.tell_settlement(&scene.cast.gateway.signer, &redeem).await.expect("it is signed");
        let end = scene.clock().await.redemption_end(epoch.get()).expect("it is in range");
        scene.client.wait_until(end).await.expect("it is ahead");
        Self::waiting(scene, epoch).await
    }
}

/// One round of that world, played by daemons that die.
struct Play<'a> {
    world: &'a World,
    chain: EmbeddedClient,
    contracts: Contracts,
    operators: Vec<Operator>,
    before: Vec<Standing>,
    round: RoundId,
    reaper: Arc<Reaper>,
    deaths: mpsc::Receiver<String>,
    waited: Option<Phase>,
    /// Whether all are to be killed as soon as they measure.
    kill_at_work: bool,
    /// Who was killed before it had anything to promise.
    at_work: usize,
}

impl<'a> Play<'a> {
    async fn new(world: &'a World, folder: &Path, victims: Victims) -> Self {
        let file = world.scene.copy.path().join("waiting.json");
        let chain = EmbeddedClient::open(&file, Checks::On).await.expect("it was saved");
        let contracts = told().contracts_behind(chain.clone(), &chain).await;
        let before = contracts.operators(MethodId(1)).await.expect("the chain answers");
        let last = contracts.rounds(MODEL).await.expect("the chain answers").last().map_or(0, |round| round.id.get());
        let engine = told().engine(contracts.clone(), Published::at(world.scene.copy.path().join(PUBLISHED_FOLDER)));
        let bonded = |address: &str| before.iter().any(|one| one.account.as_str() == address && !one.bond.is_zero());
        let cast = world.scene.cast.operators.iter().filter(|actor| bonded(actor.signer.address()));
        let operators = cast.map(|actor| {
            let home = folder.join(&actor.name);
            Operator::new(&actor.name, actor.signer.clone(), home, chain.clone(), (engine.clone(), MODEL))
        });
        let operators: Vec<Operator> = operators.collect();
        let ((reaper, deaths), round) = (Reaper::new(victims), RoundId(last + 1));
        Self {
            world,
            chain,
            contracts,
            operators,
            before,
            round,
            reaper,
            deaths,
            waited: None,
            kill_at_work: false,
            at_work: 0,
        }
    }

    /// Plays until the round is closed and every reward is withdrawn.
    async fn play(&mut self) -> Round {
        let began = Instant::now();
        for operator in &mut self.operators {
            operator.start(&self.reaper, self.round);
        }
        loop {
            self.raise_the_dead();
            if let Some(round) = self.look().await {
                return round;
            }
            assert!(began.elapsed() < PATIENCE, "held up: {:?}", self.reaper.deaths());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn raise_the_dead(&mut self) {
        while let Ok(who) = self.deaths.try_recv() {
            let operator = self.operators.iter_mut().find(|operator| operator.name() == who).expect("operators die");
            operator.bury();
            operator.start(&self.reaper, self.round);
            self.at_work += usize::from(operator.promised().is_none());
        }
    }

    /// Everybody begins to measure when a round is open.
    async fn kill_those_at_work(&mut self) {
        if std::mem::take(&mut self.kill_at_work) {
            tokio::time::sleep(MIDST).await;
            self.operators.iter().for_each(|operator| self.reaper.kill(operator.name()));
        }
    }

    /// Lets time pass where the round waits for it and for nobody.
    async fn look(&mut self) -> Option<Round> {
        let round = self.contracts.rounds(MODEL).await.expect("the chain answers").pop()?;
        if round.id != self.round {
            return None;
        }
        self.kill_those_at_work().await;
        let count = round.operators.len() as u32;
        match round.phase {
            Phase::Commit if round.committed == count => self.pass_window(&round).await,
            Phase::Reveal if round.vectors + round.too_few == count => self.pass_window(&round).await,
            Phase::Reveal if round.committed == 0 => self.pass_window(&round).await,
            Phase::Closed if !pays_operators(&round) || self.all_withdrawn().await => return Some(round),
            _ => {}
        }
        None
    }

    async fn pass_window(&mut self, round: &Round) {
        if self.waited.replace(round.phase) != Some(round.phase) {
            self.chain.wait_until(round.window_ends_at.get()).await.expect("it is ahead");
            self.chain.wait_blocks(MIN_BLOCKS).await.expect("blocks pass");
        }
    }

    async fn all_withdrawn(&self) -> bool {
        for operator in &self.operators {
            let waiting = self.contracts.balance(operator.signer.address()).await.expect("the chain answers");
            if waiting > 0 || operator.tries("withdraw") == 0 {
                return false;
            }
        }
        true
    }

    /// Opens the round, and lets its commits pass before any operator lives.
    async fn open_and_miss_the_commits(&self) {
        let opens = &self.world.scene.cast.gateway.signer;
        self.contracts.tell_attribution(opens, &ExecuteMsg::Open { model: MODEL }).await.expect("there are fees");
        let round = self.contracts.open_round(MODEL).await.expect("the chain answers").expect("it was opened");
        self.chain.wait_until(round.window_ends_at.get()).await.expect("it is ahead");
        self.chain.wait_blocks(MIN_BLOCKS).await.expect("blocks pass");
    }

    /// Bonds, slashes and penalties are those of before.
    async fn check_standing(&self, what: &str) {
        let after = self.contracts.operators(MethodId(1)).await.expect("the chain answers");
        let standing = |all: &[Standing]| -> Vec<_> {
            all.iter().map(|one| (one.account.clone(), one.bond, one.slashed, one.penalties)).collect()
        };
        assert_eq!(standing(&after), standing(&self.before), "{what}");
    }

    /// Nobody lost anything, and nothing was sent twice, refused messages included.
    async fn check(&mut self, round: &Round, what: &str) {
        assert_eq!(round.outcome, Some(Outcome::Settled), "{what}");
        assert_eq!(round.last_epoch, self.world.epoch, "{what}");
        let parts = self.contracts.participations(MODEL, round.id).await.expect("the chain answers");
        assert!(parts.iter().all(|part| part.revealed.is_some() && !part.slashed), "{what}: {parts:?}");
        self.check_standing(what).await;
        for operator in &mut self.operators {
            let promise = operator.rest(round.id);
            for kind in ["commit", "reveal", "withdraw"] {
                assert_eq!(operator.tries(kind), 1, "{what}: {kind}");
            }
            let salt = serde_json::to_value(promise.salt).expect("a hash is JSON");
            assert_eq!(operator.revealed_salt(), Some(salt), "{what}");
        }
        for kind in ["open", "aggregate", "advance"] {
            assert_eq!(self.operators.iter().map(|operator| operator.tries(kind)).sum::<usize>(), 1, "{what}: {kind}");
        }
    }
}

fn pays_operators(round: &Round) -> bool {
    (round.kind, round.outcome) == (RoundKind::Fees, Some(Outcome::Settled))
}

#[test]
fn one_operator_that_dies_between_any_two_steps_costs_time_alone() {
    let points_of_all = fail::FailScenario::setup();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let world = runtime.block_on(World::new());
    for first in 0..ROUNDS {
        // Far apart, so that each death is over before the next.
        let dealt: Vec<&str> = points().skip(first).step_by(ROUNDS).collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut play = runtime.block_on(Play::new(&world, folder.path(), Victims::First));
        dealt.iter().for_each(|point| play.reaper.waits_at(point));
        let round = runtime.block_on(play.play());
        dealt.iter().for_each(fail::remove);
        let deaths = play.reaper.deaths();
        assert!(dealt.iter().all(|point| deaths.get(*point) == Some(&1)), "{dealt:?}: {deaths:?}");
        runtime.block_on(play.check(&round, &dealt.join(", ")));
    }
    points_of_all.teardown();
}

#[test]
fn operators_that_all_die_at_every_step_they_take_settle_their_round() {
    let points_of_all = fail::FailScenario::setup();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let world = runtime.block_on(World::new());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut play = runtime.block_on(Play::new(&world, folder.path(), Victims::All));
    points().for_each(|point| play.reaper.waits_at(point));
    let round = runtime.block_on(play.play());
    points().for_each(fail::remove);
    let (deaths, all) = (play.reaper.deaths(), play.operators.len());
    assert!(points().all(|point| deaths.contains_key(point)), "{deaths:?}");
    for own in ["measured", "kept", "commit-due", "commit-sent", "reveal-due", "reveal-sent", "withdraw-sent"] {
        assert_eq!(deaths[own], all, "{own}");
    }
    runtime.block_on(play.check(&round, "all at every step"));
    points_of_all.teardown();
}

#[test]
fn operators_that_are_killed_while_they_measure_measure_again_and_commit_once() {
    let points_of_all = fail::FailScenario::setup();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let world = runtime.block_on(World::new());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut play = runtime.block_on(Play::new(&world, folder.path(), Victims::All));
    play.kill_at_work = true;
    let round = runtime.block_on(play.play());
    assert!(play.at_work > 0, "all were too fast");
    runtime.block_on(play.check(&round, "while measuring"));
    points_of_all.teardown();
}

#[test]
fn operators_that_come_too_late_and_die_at_the_end_of_the_commits_close_the_round_once() {
    let points_of_all = fail::FailScenario::setup();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let world = runtime.block_on(World::new());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut play = runtime.block_on(Play::new(&world, folder.path(), Victims::First));
    runtime.block_on(play.open_and_miss_the_commits());
    WITHOUT_COMMITS.iter().for_each(|point| play.reaper.waits_at(point));
    let round = runtime.block_on(play.play());
    WITHOUT_COMMITS.iter().for_each(fail::remove);
    let deaths = play.reaper.deaths();
    assert!(WITHOUT_COMMITS.iter().all(|point| deaths.get(*point) == Some(&1)), "{deaths:?}");
    assert_eq!((round.outcome, round.committed), (Some(Outcome::NoQuorum), 0));
    runtime.block_on(play.check_standing("too late"));
    for (kind, times) in [("end_commits", 1), ("aggregate", 1), ("open", 0), ("commit", 0), ("reveal", 0)] {
        let tried: usize = play.operators.iter().map(|operator| operator.tries(kind)).sum();
        assert_eq!(tried, times, "{kind}");
    }
    points_of_all.teardown();
}

#[test]
fn operators_that_die_where_they_open_a_valuation_settle_it_once() {
    let points_of_all = fail::FailScenario::setup();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let world = runtime.block_on(World::with_a_new_version());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut play = runtime.block_on(Play::new(&world, folder.path(), Victims::First));
    OF_VALUATIONS.iter().for_each(|point| play.reaper.waits_at(point));
    let round = runtime.block_on(play.play());
    OF_VALUATIONS.iter().for_each(fail::remove);
    let deaths = play.reaper.deaths();
    assert!(OF_VALUATIONS.iter().all(|point| deaths.get(*point) == Some(&1)), "{deaths:?}");
    assert_eq!((round.kind, round.outcome), (RoundKind::Valuation, Some(Outcome::Settled)));
    assert_eq!(round.last_epoch, world.epoch);
    runtime.block_on(play.check_standing("a valuation"));
    let all = play.operators.len();
    for (kind, times) in [("open_valuation", 1), ("commit", all), ("reveal", all), ("aggregate", 1), ("advance", 1)] {
        let tried: usize = play.operators.iter().map(|operator| operator.tries(kind)).sum();
        assert_eq!(tried, times, "{kind}");
    }
    points_of_all.teardown();
}
