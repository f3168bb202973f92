//! Operators as processes on a real chain, killed as kill −9 does at every step of a round, several in one round and each more than
//! once, and started again by somebody who only looks whether they run.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context, Result, ensure};
use chain::{Admins, ChainClient as _, DeployConfig, WasmdClient};
use cosmwasm_std::{Addr, Uint128};
use influence::dataset::load_digits;
use operator::{
    contracts::Contracts,
    keys::DatanetKeys,
    progress::Progress,
    published::{Published, ValidationSlice},
    story::{
        DEPLOYMENT_FILE,
        cast::{Cast, DEPOSIT},
        contribute::{self, Net},
        devnet::OnDevnet,
        earn::{Candour, Market},
        ground::Ground,
        plan::{Plan, Size, VALIDATION_PER_ROUND},
        processes::{Process, Reach},
        stage::{Pace, Stage},
        train::{self, Making, Registered, Shares},
    },
};
use protocol::{
    Bps, Epoch, RoundId, Seconds,
    attribution::{Outcome, Phase, Round},
    model::WorkKind,
};
use tempfile::TempDir;

use crate::devnet::{Devnet, ORACLE, root};

const SIZE: Size = Size { seed: 1, epochs: 3, operators: 6 };
const PACE: Pace = Pace { epoch: 30, window: 40, min_blocks: 3, operator_delay: 2, notice: 10, stagger: 3 };
/// Paid calls of the epoch.
const CALLS: usize = 60;
/// How long the round may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Where each operator dies in its first life, its second, its third; after those nobody dies any more.
const LIVES: [[&str; 3]; 6] = [
    ["measured", "kept", "tx-journalled"],
    ["kept", "commit-due", "tx-offered"],
    ["commit-due", "tx-journalled", "reveal-due"],
    ["tx-signed", "tx-offered", "tx-confirmed"],
    ["tx-offered", "tx-confirmed", "tx-settled"],
    ["commit-sent", "tx-forgotten", "advance-due"],
];

/// An operator, and which life it is in.
struct Mortal {
    process: Process,
    lives: usize,
    ends: [&'static str; 3],
}

impl Mortal {
    fn begin(&mut self) -> Result<()> {
        let points = self.ends.get(self.lives).map(|point| format!("{point}=1*return(abort)")).unwrap_or_default();
        self.lives += 1;
        self.process.start_with(&[("FAILPOINTS", &points)])
    }

    fn begin_again_if_dead(&mut self) -> Result<()> {
        if self.process.is_running()? { Ok(()) } else { self.begin() }
    }
}

/// A market with an epoch of fees on a devnet.
struct World {
    devnet: Devnet,
    out: TempDir,
    ground: OnDevnet,
    client: WasmdClient,
    plan: Plan,
    cast: Cast,
    contracts: Contracts,
}

impl World {
    async fn new() -> Result<Self> {
        let (devnet, out) = (Devnet::up(), tempfile::tempdir()?);
        let plan = Plan::draw(&load_digits(&root().join("data/digits.csv.gz"))?, SIZE)?;
        let cast = Cast::new(&plan, SIZE);
        let ground = OnDevnet::reach(&devnet.running_folder(), root().join("artifacts"), out.path()).await?;
        let deployment = ground.deploy(parameters(&cast), &cast.governance, &cast.everybody()).await?;
        let contracts = Contracts::new(ground.chain(), deployment);
        let client = devnet.client().await;
        Ok(Self { devnet, out, ground, client, plan, cast, contracts })
    }

    fn stage<'a>(&'a self, progress: &'a Progress) -> Stage<'a> {
        Stage {
            contracts: self.contracts.clone(),
            chain: self.ground.chain(),
            cast: &self.cast,
            plan: &self.plan,
            size: SIZE,
            pace: PACE,
            published: Published::at(self.objects()),
            keys: DatanetKeys::default(),
            folder: self.out.path().to_owned(),
            progress,
        }
    }

    fn objects(&self) -> PathBuf {
        self.out.path().join("published")
    }

    fn operators(&self) -> Result<Vec<Mortal>> {
        let (rpc, chain_id) = self.devnet.address();
        let reach = Reach {
            program: ORACLE.into(),
            rpc,
            chain_id,
            deployment: self.out.path().join(DEPLOYMENT_FILE),
            objects: self.objects().display().to_string(),
            datanet_keys: None,
            set: vec![
                ("duties.stagger".to_owned(), PACE.stagger.to_string()),
                ("duties.claim".to_owned(), "false".to_owned()),
                ("compute.threads".to_owned(), "1".to_owned()),
            ],
        };
        let mortal = |(actor, ends): (&operator::story::cast::Actor, _)| {
            let home = self.out.path().join("operators").join(&actor.name);
            Ok(Mortal { process: Process::prepare(&actor.name, home, &actor.signer, &reach)?, lives: 0, ends })
        };
        self.cast.operators.iter().zip(LIVES).map(mortal).collect()
    }
}

fn parameters(cast: &Cast) -> DeployConfig {
    let everybody = cast.everybody();
    let rich = everybody.into_iter().filter(|actor| actor.start > 0);
    DeployConfig {
        balances: rich.map(|actor| (Addr::unchecked(actor.address()), Uint128::new(actor.start))).collect(),
        governance: Addr::unchecked(cast.governance.address()),
        reveal_period: Seconds(600),
        min_blocks: PACE.min_blocks,
        genesis: None,
        epoch_length: Seconds(PACE.epoch),
        protocol_share: Bps(500),
        operators_share: Bps(6_000),
        min_redemption: Uint128::new(1_000),
        notice_period: Seconds(PACE.notice),
        appeal_period: Seconds(PACE.notice),
        clean_rounds: 3,
        operator_delay: Seconds(PACE.operator_delay),
        unbonding_period: Seconds(600),
        treasury_delay: Seconds(600),
        retire_after: 20,
        valuation_interval: 4,
        lapse_after: 64,
        admins: Admins::NOBODY,
    }
}

/// A model that is quickly made and measured.
async fn small_model(stage: &Stage<'_>) -> Result<Registered> {
    let net = Net { key: None, ..Net::of_adapter(stage) };
    let contributed = contribute::play(stage, &net).await?;
    let method = train::register_method(stage).await?;
    let making = Making {
        name: "inverted-digits",
        symbol: "INVERTED",
        owner: &stage.cast.adapter_owner,
        shares: Shares { owner: 2_000, stake: 500, influence: 7_500, parents: 0 },
        base: None,
        contributed: &contributed,
        validation: &stage.plan.adapter.validation,
        work: vec![train::claim(&stage.cast.trainer, WorkKind::Compute)],
    };
    train::make(stage, method, &making).await
}

/// An epoch of paid calls, redeemed.
async fn fees(stage: &Stage<'_>, registered: &Registered) -> Result<Epoch> {
    let mut market = Market::open(stage, registered, DEPOSIT).await?;
    let epoch = stage.current_epoch().await?.next().context("epochs do not end")?;
    market.trade(stage, epoch, &stage.plan.adapter.calls[..CALLS], Candour::Open).await?;
    Ok(epoch)
}

/// Plays the round: nobody but the operators sends anything.
async fn play(stage: &Stage<'_>, registered: &Registered, operators: &mut [Mortal]) -> Result<Round> {
    let slice = ValidationSlice::cut(&registered.validation, 0, VALIDATION_PER_ROUND as u64);
    stage.published.put_validation(&slice.context("there are enough")?).await?;
    let began = std::time::Instant::now();
    loop {
        operators.iter_mut().try_for_each(Mortal::begin_again_if_dead)?;
        let last = stage.contracts.rounds(registered.model).await?.pop();
        if let Some(round) = last.filter(|round| round.phase == Phase::Closed) {
            return Ok(round);
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "the round is not over: see the operators' logs in {}",
            stage.folder.display()
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// How often each operator sent each kind of message for a round, failed transactions included.
async fn sent(client: &WasmdClient, round: &Round) -> Result<BTreeMap<(String, String), usize>> {
    let mut counts = BTreeMap::new();
    let latest = client.status().await?.height.saturating_sub(1);
    for height in round.opened_height.u64()..=latest {
        for transaction in client.block_transactions(height).await? {
            for message in &transaction.record.messages {
                let kind = message.msg.split('"').nth(1).unwrap_or_default().to_owned();
                *counts.entry((transaction.record.sender.clone(), kind)).or_default() += 1;
            }
        }
    }
    Ok(counts)
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_killed_at_every_step_settle_their_round_and_send_nothing_twice() -> Result<()> {
    let world = World::new().await?;
    let progress = Progress::hidden();
    let stage = world.stage(&progress);
    let registered = small_model(&stage).await?;
    let mut operators = world.operators()?;
    fees(&stage, &registered).await?;
    // They begin before the range can be opened, and open it themselves.
    let round = play(&stage, &registered, &mut operators).await?;
    for operator in &mut operators {
        operator.process.kill()?;
    }
    let lives: Vec<usize> = operators.iter().map(|operator| operator.lives).collect();
    let logs = world.out.path().join("operators");
    assert_eq!((round.id, round.outcome), (RoundId(1), Some(Outcome::Settled)), "{lives:?}: {}", logs.display());
    let parts = world.contracts.participations(round.model, round.id).await?;
    assert_eq!(parts.len(), LIVES.len());
    assert!(parts.iter().all(|part| part.revealed.is_some() && !part.slashed), "{parts:?}");
    for standing in world.contracts.operators(round.method).await? {
        assert_eq!((standing.slashed, standing.missed, standing.penalties), (0, 0, 0), "{}", standing.account);
        assert!(!standing.bond.is_zero());
    }
    let sent = sent(&world.client, &round).await?;
    for operator in &operators {
        let times =
            |kind: &str| sent.get(&(operator.process.address().to_owned(), kind.to_owned())).copied().unwrap_or(0);
        assert_eq!((times("commit"), times("reveal")), (1, 1), "{}: {sent:?}", operator.process.name);
        for kind in ["open", "aggregate", "advance", "end_commits"] {
            assert!(times(kind) <= 1, "{}: {kind}: {sent:?}", operator.process.name);
        }
        assert!(operator.lives > 2, "{} died once at most: {lives:?}", operator.process.name);
    }
    Ok(())
}
