//! The story: a model's data, training, paid calls, measured influence and payouts, and those of an adapter that is built on it, told
//! on a chain through the client trait alone.
//! `scripts/demo` plays it; each act is a file; what it shows is read back from the chain.

pub mod cast;
pub mod checks;
pub mod claim;
pub mod collect;
pub mod contribute;
pub mod debt;
pub mod earn;
pub mod grow;
pub mod lineage;
pub mod measure;
pub mod plan;
pub mod repeat;
pub mod rounds;
pub mod stage;
pub mod statements;
pub mod train;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use chain::{DeployConfig, EmbeddedClient, EmbeddedOptions};
use cosmwasm_std::{Addr, Uint128};
use influence::dataset::load_digits;
use protocol::{
    Bps, DatanetId, Epoch, Hash32, Seconds,
    attribution::{Round, RoundKind},
};

use self::{
    cast::{Cast, DEPOSIT},
    contribute::{Contributed, Net},
    earn::{Candour, Market},
    grow::Grown,
    plan::{Plan, Size},
    rounds::{Behaviour, Caches, Crew, Misbehaviours},
    stage::{EPOCH_SECONDS, MIN_BLOCKS, NOTICE_SECONDS, OPERATOR_DELAY_SECONDS, Stage},
    train::Registered,
};
use crate::{
    contracts::Contracts,
    keys::{self, DatanetKeys},
    progress::Progress,
    published::Published,
};

/// File of the saved chain in the story's folder.
pub const CHAIN_FILE: &str = "chain.json";
/// File of the keys of private DataNets in the story's folder.
pub const KEYS_FILE: &str = "datanet-keys.json";
/// The private DataNet of the story: the second one.
const INVERTED_DATANET: DatanetId = DatanetId(2);
/// Folder of published objects in the story's folder.
pub const PUBLISHED_FOLDER: &str = "published";

/// How the story is to be told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The digits.
    pub data: PathBuf,
    /// Where everything goes.
    pub out: PathBuf,
    /// What is played.
    pub size: Size,
}

/// A story that was played.
pub struct Played {
    /// The chain.
    pub client: EmbeddedClient,
    /// The people.
    pub cast: Cast,
    /// What the seed decided.
    pub plan: Plan,
    /// The contributions.
    pub contributed: Contributed,
    /// The base model.
    pub registered: Registered,
    /// Its rounds of fees in order, with who misbehaved.
    pub rounds: Vec<(Round, Misbehaviours)>,
    /// The adapter.
    pub grown: Grown,
    /// Keys of private DataNets.
    pub keys: DatanetKeys,
    /// The contracts.
    pub contracts: Contracts,
}

/// Plays the story and gives its report; the chain, published objects and caches stay in `out`.
pub async fn tell(options: &Options, progress: &Progress) -> Result<report::Report> {
    forget_last_run(&options.out)?;
    let played = play(options, Caches::OwnEach, progress).await?;
    let chain_file = options.out.join(CHAIN_FILE);
    played.client.save(&chain_file).await.context("cannot save the chain")?;
    let repeated = repeat::compare(options, &played, progress).await?;
    collect::report(options, &played, &repeated, progress).await
}

/// Plays the acts on a new embedded chain.
pub async fn play(options: &Options, caches: Caches, progress: &Progress) -> Result<Played> {
    let digits = load_digits(&options.data).context("cannot read the digits: --data names their file")?;
    let plan = Plan::draw(&digits, options.size)?;
    let cast = Cast::new(&plan, options.size);
    let client = EmbeddedClient::start(EmbeddedOptions::default()).await?;
    let contracts = deploy(&client, &cast).await?;
    let stage = Stage {
        contracts: contracts.clone(),
        client: &client,
        timeline: &client,
        cast: &cast,
        plan: &plan,
        size: options.size,
        published: Published::at(options.out.join(PUBLISHED_FOLDER)),
        keys: keys(options)?,
        folder: options.out.clone(),
        progress,
    };
    let contributed = {
        let _step = progress.step("contributors commit and reveal; a copy is proved", 0);
        contribute::play(&stage, &Net::digits(&stage)).await?
    };
    let registered = train::base(&stage, &contributed).await?;
    debt::recognise(&stage, contributed.datanet, registered.model).await?;
    let crew = Crew::new(&stage, caches);
    let rounds = earn_and_settle(&stage, &registered, &crew).await?;
    debt::play(&stage, &contributed, registered.model).await?;
    let grown = grow::play(&stage, &registered, &crew).await?;
    claim::play(&stage, &[registered.model, grown.adapter.model]).await?;
    let keys = stage.keys.clone();
    drop(stage);
    Ok(Played { client, cast, plan, contributed, registered, rounds, grown, keys, contracts })
}

/// The keys of private DataNets, which their owners hand to reviewers and operators: a file that only its owner can read.
fn keys(options: &Options) -> Result<DatanetKeys> {
    let private: Hash32 = cast::key(options.size.seed, "key of the inverted digits").into();
    let path = options.out.join(KEYS_FILE);
    let keys = BTreeMap::from([(INVERTED_DATANET, private)]);
    keys::write(&path, &keys).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(DatanetKeys::load(&path)?)
}

async fn earn_and_settle(
    stage: &Stage<'_>,
    registered: &Registered,
    crew: &Crew,
) -> Result<Vec<(Round, Misbehaviours)>> {
    let mut market = Market::open(stage, registered, DEPOSIT).await?;
    let last = u64::from(stage.size.epochs);
    let mut rounds = Vec::new();
    for (epoch, calls) in (1..).zip(&stage.plan.calls) {
        let candour = if epoch == last { Candour::HidesOne } else { Candour::Open };
        market.trade(stage, Epoch(epoch), calls, candour).await?;
        stage.wait_for_redemption_end(Epoch(epoch)).await?;
        for (repeated, misbehaviours) in misbehaviours(epoch, stage.size).into_iter().enumerate() {
            if repeated > 0 {
                // A range that no round settled can be opened again from the next epoch on.
                stage.wait_for_epoch(stage.current_epoch().await?.next().context("epochs do not end")?).await?;
            }
            let round = crew.play(stage, registered, RoundKind::Fees, &misbehaviours).await?;
            rounds.push((round, misbehaviours));
        }
    }
    Ok(rounds)
}

/// Who misbehaves in the rounds of an epoch: two liars in the second; in the last too few to settle, then one who stays silent.
fn misbehaviours(epoch: u64, size: Size) -> Vec<Misbehaviours> {
    let operators = size.operators as usize;
    let quorum = rules::quorum::quorum(size.operators).unwrap_or(size.operators) as usize;
    let liars = || Misbehaviours::from([(operators - 2, Behaviour::Reposted), (operators - 1, Behaviour::Invented)]);
    let absent = || (quorum - 1..operators).map(|index| (index, Behaviour::Absent)).collect();
    match epoch {
        2 => vec![liars()],
        last if last == u64::from(size.epochs) => vec![absent(), Misbehaviours::from([(0, Behaviour::Silent)])],
        _ => vec![Misbehaviours::new()],
    }
}

async fn deploy(client: &EmbeddedClient, cast: &Cast) -> Result<Contracts> {
    let config = DeployConfig {
        governance: Addr::unchecked(cast.governance.address()),
        balances: (cast.everybody().into_iter().filter(|actor| actor.start > 0))
            .map(|actor| (Addr::unchecked(actor.address()), Uint128::new(actor.start)))
            .collect(),
        reveal_period: Seconds(1_200),
        min_blocks: MIN_BLOCKS,
        genesis: None,
        epoch_length: Seconds(EPOCH_SECONDS),
        protocol_share: Bps(500),
        operators_share: Bps(6_000),
        min_redemption: Uint128::new(1_000),
        notice_period: Seconds(NOTICE_SECONDS),
        appeal_period: Seconds(NOTICE_SECONDS),
        clean_rounds: 3,
        operator_delay: Seconds(OPERATOR_DELAY_SECONDS),
        unbonding_period: Seconds(10 * EPOCH_SECONDS),
        treasury_delay: Seconds(5 * EPOCH_SECONDS),
        retire_after: 20,
        valuation_interval: 4,
        lapse_after: 64,
        wasm_admin: None,
    };
    let deployment = client.deploy(config).await.context("cannot deploy the contracts")?;
    Ok(Contracts::new(Arc::new(client.clone()), deployment))
}

/// Removes what a run writes but caches, which are named by what they were made from.
fn forget_last_run(out: &Path) -> Result<()> {
    remove(&out.join(PUBLISHED_FOLDER))?;
    let operators = out.join("operators");
    let folders = match fs::read_dir(&operators) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", operators.display())),
    };
    for folder in folders {
        remove(&folder?.path().join("rounds"))?;
    }
    Ok(())
}

/// Removes everything that earlier runs wrote into a folder, and nothing else.
pub fn start_over(out: &Path) -> Result<()> {
    let folders =
        [PUBLISHED_FOLDER, "operators", "cache", "repeat", repeat::RECORD_FOLDER, statements::STATEMENTS_FOLDER];
    for name in folders {
        remove(&out.join(name))?;
    }
    for name in [CHAIN_FILE, KEYS_FILE, "report.html", "report.json"] {
        match fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {name}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
