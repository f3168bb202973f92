//! Rounds on a real wasmd: five operators as processes, each behind a proxy of its own, on a devnet that is killed and halted. Time
//! passes by itself; epochs follow one another whatever goes wrong, so that a round covers what was sold two epochs before.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use chain::{ChainError, DeployProgress, DeployRequest, WasmdClient};
use influence::dataset::LabelledImage;
use operator::{
    contracts::Contracts,
    story::{devnet::Devnet, ground::Chain, processes::Reach},
};
use protocol::{
    Epoch, RoundId,
    attribution::{Participation, Phase, Round},
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    audit::{Auditor, Tally},
    disk::SmallDisk,
    faults::{Draw, Fault, Role, Script},
    market::Market,
    node::Node,
    people::{OPERATORS, People},
    processes::{self, ON_SMALL_DISK, Peer, Start},
    proxy::Proxy,
    world::{self, MODEL, PUBLISHED_FOLDER, Pace, Site, World},
};

/// How fast the world on wasmd lives: a round takes two windows and some blocks, and one is begun in every epoch.
pub const PACE: Pace = Pace { epoch: 28, window: 11, min_blocks: 8, operator_delay: 1 };
/// Time between two looks at the chain.
const LOOK: Duration = Duration::from_millis(300);
/// How long a round may take from the first look on, halts and repairs included.
const PATIENCE: Duration = Duration::from_secs(300);
/// Native coins that everybody gets for gas.
const COINS: u128 = 1_000_000_000;
/// Calm rounds at the end, at most, in which what failed is covered.
const LAST_ROUNDS: usize = 3;
/// How long a halted chain stands still, in seconds: longer than both windows.
const HALT: u64 = 2 * PACE.window + 4;
/// Faults of the market: they belong to an epoch, not to a round.
const OF_EPOCHS: [Fault; 4] = [Fault::HiddenHead, Fault::Withheld, Fault::Altered, Fault::ChannelClosed];

/// What is played.
pub struct Play {
    /// Seed of everything.
    pub seed: u64,
    /// Rounds, but for those at the end that cover what failed.
    pub rounds: usize,
    /// The first rounds' scripts; the rest are drawn.
    pub scripts: Vec<Script>,
    /// The repository.
    pub root: PathBuf,
    /// Name of the devnet, which is made and deleted.
    pub name: String,
    /// The program `oracle`.
    pub oracle: PathBuf,
    /// Whether the machine permits small disks.
    pub small_disks: bool,
}

/// Rounds that between them have every fault.
pub fn every_fault() -> Vec<Script> {
    use Fault::{
        Altered, ChannelClosed, Clock, Copying, Delayed, DiskFull, Duplicated, FourOfFive, Halted, HiddenHead, InTurn,
        Lost, Lying, NodeKilled, OperatorKilled, Silent, Withheld,
    };
    let round = |faults: &[(Fault, usize)]| {
        faults.iter().fold(Script::of(&[Clock], 0), |script, (fault, operator)| script.with(*fault, *operator))
    };
    vec![
        round(&[(OperatorKilled, 0), (Lost, 0), (Duplicated, 0), (Delayed, 0), (ChannelClosed, 0)]),
        round(&[(NodeKilled, 0), (DiskFull, 0), (HiddenHead, 0)]),
        round(&[(Lying, 1), (Altered, 0), (Withheld, 0), (Silent, 3)]),
        round(&[(Halted, 0), (Copying, 2)]),
        round(&[(FourOfFive, 2), (InTurn, 2)]),
        round(&[(InTurn, 3), (OperatorKilled, 0)]),
    ]
}

/// Plays on a devnet of its own.
///
/// # Errors
/// If the devnet cannot be made, or a round does not end.
pub async fn play(play: &Play, digits: Arc<Vec<LabelledImage>>) -> Result<Tally> {
    let node = Node::up(&play.root, &play.name)?;
    let folder = tempfile::Builder::new().prefix("chaos-wasmd-").tempdir()?;
    let mut driver = Driver::new(play, node, digits, folder.path()).await?;
    let kept = driver.run(play).await;
    if kept.is_err() {
        eprintln!("the operators' logs stay in {}", folder.keep().display());
    }
    kept?;
    driver.finish().await
}

/// Something that happens at a time of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Kill(usize),
    Start(usize),
    KillNode,
    Halt,
    Fill,
    Free,
    ShowLate,
}

struct Driver {
    node: Node,
    world: Arc<World>,
    market: Market,
    auditor: Auditor,
    peers: Vec<Peer>,
    chance: ChaCha8Rng,
    /// Faults of the market that are still to come, one set an epoch.
    coming: Vec<BTreeSet<Fault>>,
    /// Faults of the market by the epoch that they belong to.
    of_epochs: BTreeMap<u64, BTreeSet<Fault>>,
    /// The last epoch in which something was sold.
    sold: Option<Epoch>,
    /// Whether nothing more is sold.
    is_ending: bool,
    /// Who was killed and has not come back yet.
    killed: BTreeSet<usize>,
}

impl Driver {
    async fn new(play: &Play, node: Node, digits: Arc<Vec<LabelledImage>>, folder: &Path) -> Result<Self> {
        let mut chance = ChaCha8Rng::seed_from_u64(play.seed);
        let (people, devnet) = (People::new(play.seed)?, Devnet::read(&node.folder())?);
        let client = devnet.connect().await?;
        let contracts = deploy(&people, &devnet, &client, (&play.root.join("artifacts"), folder)).await?;
        let chain: Arc<dyn Chain> = Arc::new(client);
        let site = Site { contracts, chain, pace: PACE, folder: folder.to_owned(), digits };
        let world = Arc::new(World::make(site, people, 2 * play.rounds + 20).await?);
        let market = Market::open(Arc::clone(&world), ChaCha8Rng::from_rng(&mut chance)).await?;
        let auditor = Auditor::new(Arc::clone(&world)).await?;
        let clock = processes::clock(folder).inspect_err(|error| eprintln!("no clock is off: {error:#}")).ok();
        let reach = reach(play, &devnet, folder);
        let start = Start { world: &world, reach: &reach, clock: clock.as_deref(), small_disks: play.small_disks };
        let mut peers = Vec::new();
        for index in 0..OPERATORS {
            let upstream = devnet.rpc.trim_start_matches("http://").to_owned();
            let proxy = Proxy::start(upstream, ChaCha8Rng::from_rng(&mut chance)).await?;
            peers.push(Peer::prepare(index, proxy, &start)?);
        }
        let (coming, of_epochs) = (Vec::new(), BTreeMap::new());
        // A round is measured on examples that were approved before its epoch began.
        let sold = Some(world.epoch().await?);
        Ok(Self {
            node,
            world,
            market,
            auditor,
            peers,
            chance,
            coming,
            of_epochs,
            sold,
            is_ending: false,
            killed: BTreeSet::new(),
        })
    }

    async fn run(&mut self, play: &Play) -> Result<()> {
        let mut draw = Draw::new(ChaCha8Rng::from_rng(&mut self.chance), &possible(play));
        let mut scripts = play.scripts.clone();
        scripts.truncate(play.rounds);
        scripts.resize_with(play.rounds, || draw.draw().with(Fault::Clock, 0));
        let of_epoch = |script: &Script| OF_EPOCHS.into_iter().filter(|fault| script.has(*fault)).collect();
        self.coming = scripts.iter().rev().map(of_epoch).collect();
        for script in &scripts {
            self.round(script).await?;
        }
        self.is_ending = true;
        for _ in 0..LAST_ROUNDS {
            if !self.is_unfinished().await? {
                break;
            }
            self.round(&Script::of(&[Fault::Clock], 0)).await?;
        }
        self.market.finish_closing().await
    }

    /// Everything until a round is closed, and the look at it.
    async fn round(&mut self, script: &Script) -> Result<()> {
        self.begin(script)?;
        let began = Instant::now();
        let mut script = script.clone();
        for fault in OF_EPOCHS {
            script.faults.remove(&fault);
        }
        let round = loop {
            self.sell().await?;
            if let Some(round) = self.open().await? {
                break round;
            }
            ensure!(began.elapsed() < PATIENCE, "no operator opens a round");
            tokio::time::sleep(LOOK).await;
        };
        for (_, faults) in self.of_epochs.range(round.first_epoch.get()..=round.last_epoch.get()) {
            script.faults.extend(faults);
        }
        eprintln!("round {} of epochs {} to {}: {}", round.id, round.first_epoch, round.last_epoch, script.names());
        self.watch(&round, &script).await?;
        for (index, peer) in self.peers.iter_mut().enumerate() {
            let expected = script.roles[index] == Role::Honest && !self.killed.contains(&index);
            ensure!(!expected || peer.is_running()?, "operator {} ended by itself", index + 1);
        }
        self.calm().await?;
        self.auditor.round(round.id, &script, &self.market).await?;
        if self.auditor.tally.violations().next().is_some() {
            self.auditor.tally.violations().for_each(|violation| eprintln!("  {violation}"));
        }
        Ok(())
    }

    /// Who will not measure is stopped before the round can open; all others run.
    fn begin(&mut self, script: &Script) -> Result<()> {
        self.killed.clear();
        for (peer, role) in self.peers.iter_mut().zip(script.roles) {
            peer.proxy.play(script);
            match role {
                Role::Honest | Role::Mute => peer.start()?,
                Role::Absent | Role::Copying | Role::Lying => peer.kill()?,
            }
        }
        Ok(())
    }

    /// The open round, its validation examples published. A node that does not answer is asked again later.
    async fn open(&self) -> Result<Option<Round>> {
        let Some(round) = patient(self.world.contracts.open_round(MODEL).await)?.flatten() else { return Ok(None) };
        self.world.publish_validation(&round).await?;
        Ok(Some(round))
    }

    /// In every epoch: redeems what the last one left, and sells.
    async fn sell(&mut self) -> Result<()> {
        let Ok(epoch) = self.world.epoch().await else { return Ok(()) };
        if self.sold == Some(epoch) {
            return Ok(());
        }
        if let Some(last) = self.sold.replace(epoch) {
            let faults = self.of_epochs.get(&last.get()).cloned().unwrap_or_default();
            self.market.redeem(&Script { faults, ..Script::calm() }).await?;
        }
        let faults = match self.coming.pop() {
            Some(faults) => faults,
            // Where rounds covered several epochs, more are needed for the rest: one at a time, so that nothing is left over.
            None if self.is_ending || self.is_unfinished().await.unwrap_or(true) => return Ok(()),
            None => BTreeSet::new(),
        };
        self.of_epochs.insert(epoch.get(), faults.clone());
        self.market.serve(epoch, &Script { faults, ..Script::calm() }).await
    }

    /// Until the round is closed: what the script says happens when it says so.
    async fn watch(&mut self, round: &Round, script: &Script) -> Result<()> {
        let mut events = self.events(script);
        let began = Instant::now();
        loop {
            let due = |event: &(Duration, Event)| event.0 <= began.elapsed();
            for (_, event) in events.extract_if(.., |event| due(event)).collect::<Vec<_>>() {
                self.happen(event).await?;
            }
            self.sell().await?;
            if let Some((now, parts)) = self.look(round.id).await? {
                if now.phase == Phase::Closed {
                    return Ok(());
                }
                self.misbehave(&now, &parts, script).await?;
            }
            ensure!(began.elapsed() < PATIENCE, "round {} does not end", round.id);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self, id: RoundId) -> Result<Option<(Round, Vec<Participation>)>> {
        let Some(round) = patient(self.world.contracts.round(MODEL, id).await)? else { return Ok(None) };
        let parts = patient(self.world.contracts.participations(MODEL, id).await)?;
        Ok(parts.map(|parts| (round, parts)))
    }

    async fn misbehave(&mut self, round: &Round, parts: &[Participation], script: &Script) -> Result<()> {
        for (peer, role) in self.peers.iter_mut().zip(script.roles) {
            let address = peer.signer.address();
            let committed = parts.iter().any(|part| part.operator.as_str() == address && part.commitment.is_some());
            match role {
                Role::Copying | Role::Lying => peer.lie(&self.world, round, role).await?,
                Role::Mute if committed => peer.kill()?,
                Role::Mute | Role::Honest | Role::Absent => {}
            }
        }
        Ok(())
    }

    /// When what happens, from the round's opening on.
    fn events(&mut self, script: &Script) -> Vec<(Duration, Event)> {
        let mut events = vec![(Duration::from_millis(self.chance.random_range(500..3_500)), Event::ShowLate)];
        let both = 2_000 * PACE.window;
        if script.has(Fault::OperatorKilled) {
            let honest: Vec<usize> = script.of_role(Role::Honest).collect();
            for _ in 0..self.chance.random_range(2..=5) {
                let (at, victim) =
                    (self.chance.random_range(0..both), honest[self.chance.random_range(0..honest.len())]);
                events.push((Duration::from_millis(at), Event::Kill(victim)));
                events.push((Duration::from_millis(at + self.chance.random_range(0..2_000)), Event::Start(victim)));
            }
        }
        if script.has(Fault::NodeKilled) {
            events.push((Duration::from_millis(self.chance.random_range(0..both)), Event::KillNode));
        }
        if script.has(Fault::Halted) {
            events.push((Duration::from_millis(self.chance.random_range(0..both)), Event::Halt));
        }
        if script.has(Fault::DiskFull) {
            let full = self.chance.random_range(0..both);
            events.push((Duration::from_millis(full), Event::Fill));
            events.push((Duration::from_millis(full + self.chance.random_range(3_000..20_000)), Event::Free));
        }
        events.sort_by_key(|(at, _)| *at);
        events
    }

    async fn happen(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Kill(index) => {
                self.auditor.tally.count(Fault::OperatorKilled.counted(), 1);
                self.killed.insert(index);
                self.peers[index].kill()
            }
            Event::Start(index) => {
                self.killed.remove(&index);
                self.peers[index].start()
            }
            Event::KillNode => {
                self.auditor.tally.count(Fault::NodeKilled.counted(), 1);
                self.node.run("kill")?;
                self.node.run("up")
            }
            Event::Halt => {
                self.auditor.tally.count(Fault::Halted.counted(), 1);
                self.node.run("pause")?;
                tokio::time::sleep(Duration::from_secs(HALT)).await;
                self.node.run("resume")
            }
            Event::Fill => {
                self.auditor.tally.count(Fault::DiskFull.counted(), 1);
                self.disk().map_or(Ok(()), SmallDisk::fill)
            }
            Event::Free => self.disk().map_or(Ok(()), SmallDisk::free),
            Event::ShowLate => self.market.show_late().await,
        }
    }

    fn disk(&self) -> Option<&SmallDisk> {
        self.peers[ON_SMALL_DISK].disk.as_ref()
    }

    /// After a round: nobody misbehaves any more, and who lost its bond pays it again.
    async fn calm(&mut self) -> Result<()> {
        if let Some(disk) = self.disk() {
            disk.free()?;
        }
        for peer in &mut self.peers {
            peer.proxy.play(&Script::calm());
            let happened = peer.proxy.happened();
            let tally = &mut self.auditor.tally;
            tally.count(Fault::Lost.counted(), happened.lost);
            tally.count(Fault::Duplicated.counted(), happened.twice);
            tally.count(Fault::Delayed.counted(), happened.delayed);
        }
        self.world.bond_again().await
    }

    async fn is_unfinished(&self) -> Result<bool> {
        Ok(self.world.contracts.books(MODEL).await?.iter().any(|book| book.settled_by.is_none()))
    }

    async fn finish(mut self) -> Result<Tally> {
        for peer in &mut self.peers {
            peer.kill()?;
            match peer.clock() {
                Ok(None) => {}
                Ok(Some(())) => self.auditor.tally.count(Fault::Clock.counted(), 1),
                Err(error) => self.auditor.tally.others.push(format!("{error:#}")),
            }
        }
        self.auditor.finish(&self.market).await
    }
}

/// What can be injected here.
fn possible(play: &Play) -> Vec<Fault> {
    Fault::ALL.into_iter().filter(|fault| play.small_disks || *fault != Fault::DiskFull).collect()
}

/// An answer; `None` from a node that does not answer now.
fn patient<T>(answer: Result<T, ChainError>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ChainError::Transport(_) | ChainError::Node(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn deploy(
    people: &People,
    devnet: &Devnet,
    client: &WasmdClient,
    (artifacts, folder): (&Path, &Path),
) -> Result<Contracts> {
    let coins: Vec<(String, u128)> =
        people.everybody().into_iter().map(|signer| (signer.address().to_owned(), COINS)).collect();
    client.send_coins(&devnet.signer("faucet")?, &coins).await.context("cannot fund the accounts")?;
    let config = world::deploy_config(people, PACE);
    let request = DeployRequest { config: &config, governance: &people.governance, artifacts };
    let made = client.deploy(request, DeployProgress::default(), |_| Ok(())).await.context("cannot deploy")?;
    std::fs::write(folder.join("deployment.json"), serde_json::to_vec_pretty(&made)?)?;
    Ok(Contracts::new(Arc::new(client.clone()), made.deployment))
}

fn reach(play: &Play, devnet: &Devnet, folder: &Path) -> Reach {
    let set =
        [("duties.stagger", "1"), ("compute.threads", "1"), ("objects.patience", "0.5"), ("chain.block_poll", "0.5")];
    Reach {
        program: play.oracle.clone(),
        rpc: devnet.rpc.clone(),
        chain_id: devnet.chain_id.clone(),
        deployment: folder.join("deployment.json"),
        objects: folder.join(PUBLISHED_FOLDER).display().to_string(),
        datanet_keys: None,
        set: set.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    }
}
