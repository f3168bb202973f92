//! Rounds on the embedded chain: five daemons in this program, and a driver through which time passes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use chain::{ChainClient as _, EmbeddedClient, EmbeddedOptions, Timeline as _};
use influence::dataset::LabelledImage;
use operator::{contracts::Contracts, story::ground::Chain};
use protocol::{
    RoundId,
    attribution::Phase,
    settlement::{Openable, QueryMsg as SettlementQuery},
};
use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::{
    audit::{Auditor, Tally},
    faults::{Draw, Fault, Role, Script},
    market::Market,
    operators::Operator,
    people::{OPERATORS, People},
    progress::Progress,
    unreliable::Unreliable,
    world::{self, MODEL, Pace, Site, World},
};

/// How fast the embedded world lives.
pub const PACE: Pace = Pace { epoch: 7_200, window: 1_200, min_blocks: 40, operator_delay: 60 };
/// What can be injected here; the node is part of this program and cannot be killed apart, and its clock is no machine's.
pub const POSSIBLE: [Fault; 16] = [
    Fault::OperatorKilled,
    Fault::Halted,
    Fault::Lost,
    Fault::Duplicated,
    Fault::Delayed,
    Fault::DiskFull,
    Fault::Silent,
    Fault::Copying,
    Fault::Lying,
    Fault::TwoAbsent,
    Fault::FourOfFive,
    Fault::InTurn,
    Fault::HiddenHead,
    Fault::Withheld,
    Fault::Altered,
    Fault::ChannelClosed,
];
/// The operator whose state is on a small disk.
const ON_SMALL_DISK: usize = 4;
/// Turns of the driver within which a round must close.
const TURNS: u32 = 3_000;
/// Calm rounds at the end, at most, in which what failed is covered.
const LAST_ROUNDS: usize = 4;
/// How long the driver waits, on the machine's clock, for reports that are being measured.
const MEASURING: Duration = Duration::from_secs(60);
/// Steps of a turn in which nobody is killed.
const ENDLESS: usize = usize::MAX;

/// What is played in one world.
pub struct Play {
    /// Seed of everything.
    pub seed: u64,
    /// Rounds, but for those at the end that cover what failed.
    pub rounds: usize,
    /// The first rounds' scripts; the rest are drawn.
    pub scripts: Vec<Script>,
    /// Whether the machine permits small disks.
    pub small_disks: bool,
}

/// Plays one world.
///
/// # Errors
/// If the world cannot be made, or a round does not end.
pub async fn play(play: &Play, digits: Arc<Vec<LabelledImage>>) -> Result<Tally> {
    let folder = folder()?;
    let mut driver = Driver::new(play, digits, &folder).await?;
    let possible: Vec<Fault> =
        POSSIBLE.into_iter().filter(|fault| play.small_disks || *fault != Fault::DiskFull).collect();
    let mut draw = Draw::new(driver.fork(), &possible);
    for number in 0..play.rounds {
        let script = play.scripts.get(number).cloned().unwrap_or_else(|| draw.draw());
        driver
            .round(&script)
            .await
            .with_context(|| format!("seed {}, round {number}: {}", play.seed, script.names()))?;
    }
    for _ in 0..LAST_ROUNDS {
        if !driver.is_unfinished().await? {
            break;
        }
        driver.round(&Script::calm()).await?;
    }
    driver.finish().await
}

/// In memory where there is such a folder: every step of a daemon is synced to disk.
fn folder() -> Result<tempfile::TempDir> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("chaos-");
        builder
    };
    Ok(builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir())?)
}

struct Driver {
    client: EmbeddedClient,
    world: Arc<World>,
    market: Market,
    auditor: Auditor,
    operators: Vec<Operator>,
    chance: ChaCha8Rng,
}

impl Driver {
    async fn new(play: &Play, digits: Arc<Vec<LabelledImage>>, folder: &tempfile::TempDir) -> Result<Self> {
        let mut chance = ChaCha8Rng::seed_from_u64(play.seed);
        let people = People::new(play.seed)?;
        let client = EmbeddedClient::start(EmbeddedOptions::default()).await?;
        let deployment = client.deploy(world::deploy_config(&people, PACE)).await?;
        let chain: Arc<dyn Chain> = Arc::new(client.clone());
        let contracts = Contracts::new(Arc::new(client.clone()), deployment);
        let site = Site { contracts, chain, pace: PACE, folder: folder.path().to_owned(), digits };
        let world = Arc::new(World::make(site, people, 2 * play.rounds + 20).await?);
        // A round is measured on examples that were approved before its epoch began.
        world.chain.wait_until(world.chain.status().await?.time + PACE.epoch).await?;
        let mut fork = || ChaCha8Rng::from_rng(&mut chance);
        let market = Market::open(Arc::clone(&world), fork()).await?;
        let auditor = Auditor::new(Arc::clone(&world)).await?;
        let mut operators: Vec<Operator> = (0..OPERATORS)
            .map(|index| Operator::new(Arc::clone(&world), index, Unreliable::new(client.clone(), fork())))
            .collect();
        if play.small_disks {
            operators[ON_SMALL_DISK].on_small_disk()?;
        }
        Ok(Self { client, world, market, auditor, operators, chance })
    }

    fn fork(&mut self) -> ChaCha8Rng {
        ChaCha8Rng::from_rng(&mut self.chance)
    }

    /// An epoch of calls and the round that follows. Where a halt has made a failed range open to all at once, one of the operators may
    /// have opened it with the end of the last round: then that comes first.
    async fn round(&mut self, script: &Script) -> Result<()> {
        if self.world.contracts.open_round(MODEL).await?.is_some() {
            self.settle(&Script::calm()).await?;
        }
        self.world.bond_again().await?;
        let epoch = self.world.epoch().await?;
        self.market.serve(epoch, script).await?;
        let clock = self.world.contracts.clock().await?;
        let end = clock.end_of(epoch.get()).context("epochs end")?;
        self.pass_until(end).await?;
        self.market.redeem(script).await?;
        let redeemed = clock.redemption_end(epoch.get()).context("redemption ends")?;
        self.pass_until(redeemed).await?;
        self.client.wait_blocks(PACE.min_blocks).await?;
        self.settle(script).await
    }

    /// The round, if one can be opened, and the look at it.
    async fn settle(&mut self, script: &Script) -> Result<()> {
        self.begin(script).await?;
        if let Some(id) = self.play_out(script).await? {
            self.auditor.round(id, script, &self.market).await?;
        }
        self.collect_mishaps();
        Ok(())
    }

    /// Who will not measure is stopped before the round can open; all others run.
    async fn begin(&mut self, script: &Script) -> Result<()> {
        for (operator, role) in self.operators.iter_mut().zip(script.roles) {
            operator.way.play(script);
            match role {
                Role::Honest | Role::Mute => operator.start().await?,
                Role::Absent | Role::Copying | Role::Lying => operator.kill(),
            }
        }
        Ok(())
    }

    /// Turns until the round is closed. `None` if there is nothing to open.
    async fn play_out(&mut self, script: &Script) -> Result<Option<RoundId>> {
        let mut progress = Progress::draw(script, &mut self.chance);
        for _ in 0..TURNS {
            let before = self.world.chain.status().await?.height;
            self.turn(script, &mut progress).await?;
            if let Some(id) = self.look(&mut progress).await? {
                return self.closed(id).await.map(Some);
            }
            if progress.round.is_none() && !self.is_openable().await? {
                return Ok(None);
            }
            let moved = self.world.chain.status().await?.height > before;
            if moved {
                progress.still_since = Instant::now();
            } else {
                self.pass(script, &mut progress).await?;
            }
        }
        let failed: Vec<_> = self.operators.iter().map(|operator| &operator.failed).collect();
        anyhow::bail!("the round does not end: {failed:?}, {:?}", progress.round)
    }

    /// A turn of everybody, in any order.
    async fn turn(&mut self, script: &Script, progress: &mut Progress) -> Result<()> {
        progress.turn += 1;
        self.halt(progress).await?;
        self.fill_or_free(progress)?;
        let mut order: Vec<usize> = (0..OPERATORS).collect();
        order.shuffle(&mut self.chance);
        for index in order {
            self.live(index, script, progress).await?;
            if progress.round.is_none() {
                // The owner publishes at once: nobody stops waiting for validation examples before they are there.
                self.look(progress).await?;
            }
        }
        for operator in &self.operators {
            operator.way.pass().await;
        }
        if progress.round.is_some() && script.has(Fault::Withheld) {
            if progress.show_in == 0 {
                self.market.show_late().await?;
            }
            progress.show_in = progress.show_in.saturating_sub(1);
        }
        Ok(())
    }

    async fn halt(&mut self, progress: &mut Progress) -> Result<()> {
        if progress.halt_in != Some(progress.turn) {
            return Ok(());
        }
        self.auditor.tally.count(Fault::Halted.counted(), 1);
        let hours = self.chance.random_range(1..72);
        Ok(self.client.advance(hours * 3_600, 1).await?)
    }

    /// Goes to a time, with few blocks or some more.
    async fn pass_until(&mut self, time: u64) -> Result<()> {
        let now = self.client.status().await?.time;
        let blocks = self.chance.random_range(1..=20);
        Ok(self.client.advance(time.saturating_sub(now), blocks).await?)
    }

    fn fill_or_free(&mut self, progress: &Progress) -> Result<()> {
        let Some((full, free)) = progress.disk else { return Ok(()) };
        let disk = self.operators[ON_SMALL_DISK].disk.as_ref().context("the disk was mounted")?;
        if progress.turn == full + 1 {
            disk.fill()?;
            self.auditor.tally.count(Fault::DiskFull.counted(), 1);
        }
        if progress.turn == free + 1 {
            disk.free()?;
        }
        Ok(())
    }

    /// One operator's turn.
    async fn live(&mut self, index: usize, script: &Script, progress: &mut Progress) -> Result<()> {
        if progress.dead[index] > 0 {
            progress.dead[index] -= 1;
            return Ok(());
        }
        let operator = &mut self.operators[index];
        match (script.roles[index], &progress.round) {
            (Role::Absent, _) | (Role::Copying | Role::Lying, None) => return Ok(()),
            (role @ (Role::Copying | Role::Lying), Some(round)) => operator.lie(round, role).await?,
            (Role::Mute, _) if progress.has_committed(operator.signer.address()) => {
                operator.kill();
                return Ok(());
            }
            (Role::Mute | Role::Honest, _) => match operator.start().await {
                Err(_) if progress.is_full() => return Ok(()),
                started => started?,
            },
        }
        let dies = progress.kills[index] > 0 && self.chance.random_bool(0.4);
        let steps = if dies { self.chance.random_range(1..60) } else { ENDLESS };
        if operator.turn(steps).await {
            progress.kills[index] -= 1;
            progress.dead[index] = self.chance.random_range(0..4);
            self.auditor.tally.count(Fault::OperatorKilled.counted(), 1);
        }
        Ok(())
    }

    /// Where the round stands; its id, once it is closed. With the round's first sight, its validation examples are published.
    async fn look(&mut self, progress: &mut Progress) -> Result<Option<RoundId>> {
        let round = match &progress.round {
            Some(round) => Some(self.world.contracts.round(MODEL, round.id).await?),
            None => self.world.contracts.open_round(MODEL).await?,
        };
        let Some(round) = round else { return Ok(None) };
        if progress.round.is_none() {
            self.world.publish_validation(&round).await?;
            progress.lacks = self.market.unusable(round.first_epoch, round.last_epoch).await? > 0;
            progress.still_since = Instant::now();
        }
        progress.parts = self.world.contracts.participations(MODEL, round.id).await?;
        let closed = (round.phase == Phase::Closed).then_some(round.id);
        progress.round = Some(round);
        Ok(closed)
    }

    async fn is_openable(&self) -> Result<bool> {
        let openable: Openable = self.world.contracts.settlement(&SettlementQuery::Openable { model: MODEL }).await?;
        Ok(matches!(openable, Openable::Range(_)))
    }

    /// Nothing moved: time passes, unless a report is still being measured. While somebody is dead or something on its way, it passes
    /// a block at a time.
    async fn pass(&mut self, script: &Script, progress: &mut Progress) -> Result<()> {
        let now = self.client.status().await?.time;
        let Some((phase, ends, half)) = progress.window(PACE.window) else {
            return Ok(self.client.advance(10, 1).await?);
        };
        let awaited = self.awaited(script, progress, phase);
        if awaited > 0 {
            ensure!(progress.still_since.elapsed() < MEASURING, "{awaited} operators do not commit");
            if progress.lacks && now < half && (progress.skips_patience || progress.turn > 8) {
                return self.pass_until(half).await;
            }
            let waits = progress.lacks || script.has(Fault::Withheld);
            tokio::time::sleep(Duration::from_millis(if waits { 30 } else { 3 })).await;
            return Ok(());
        }
        if self.is_busy(script, progress, phase) {
            return Ok(self.client.advance(10, 1).await?);
        }
        if matches!(phase, Phase::Commit | Phase::Reveal) {
            self.pass_until(ends).await?;
            self.client.wait_blocks(PACE.min_blocks).await?;
        }
        Ok(self.client.advance(10, 1).await?)
    }

    /// Operators that run, are in the set and have not committed, so that their reports are being measured.
    fn awaited(&self, script: &Script, progress: &Progress, phase: Phase) -> usize {
        let is_awaited = |index: &usize| {
            let operator = &self.operators[*index];
            let measures = script.roles[*index] != Role::Absent && operator.is_running() && progress.dead[*index] == 0;
            let able = !(progress.is_full() && *index == ON_SMALL_DISK);
            measures && able && !progress.has_committed(operator.signer.address())
        };
        if phase == Phase::Commit { (0..OPERATORS).filter(is_awaited).count() } else { 0 }
    }

    /// Whether somebody is dead, or something on its way, so that time must not pass at once.
    fn is_busy(&self, script: &Script, progress: &Progress, phase: Phase) -> bool {
        let dead = progress.dead.iter().any(|turns| *turns > 0);
        let killed = progress.kills.iter().any(|kills| *kills > 0);
        let late = self.operators.iter().any(|operator| operator.way.is_busy());
        let owes = |index: usize| progress.owes_reveal(self.operators[index].signer.address());
        let hidden =
            phase == Phase::Reveal && (0..OPERATORS).any(|index| script.roles[index] != Role::Mute && owes(index));
        dead || late || killed || hidden || progress.is_full()
    }

    async fn closed(&mut self, id: RoundId) -> Result<RoundId> {
        for operator in &mut self.operators {
            if let Some(disk) = &operator.disk {
                disk.free()?;
            }
            operator.start().await?;
        }
        self.market.show_late().await?;
        Ok(id)
    }

    fn collect_mishaps(&mut self) {
        for operator in &self.operators {
            let mishaps = operator.way.mishaps();
            let tally = &mut self.auditor.tally;
            tally.count(Fault::Lost.counted(), mishaps.lost);
            tally.count(Fault::Duplicated.counted(), mishaps.twice);
            tally.count(Fault::Delayed.counted(), mishaps.delayed);
            tally.lost.extend(mishaps.broken);
        }
    }

    /// Whether fees wait or channels are still to close.
    async fn is_unfinished(&self) -> Result<bool> {
        let unsettled = self.world.contracts.books(MODEL).await?.iter().any(|book| book.settled_by.is_none());
        Ok(unsettled || self.market.closing() > 0)
    }

    async fn finish(mut self) -> Result<Tally> {
        self.operators.clear();
        self.auditor.finish(&self.market).await
    }
}
