//! The story: a model's data, training, paid calls, measured influence and payouts, and those of an adapter that is built on it, told
//! on a chain through the client trait alone.
//! `scripts/demo` plays it; each act is a file; what it shows is read back from the chain.

pub mod cast;
pub mod checks;
pub mod claim;
pub mod collect;
pub mod contribute;
pub mod correct;
pub mod debt;
pub mod devnet;
pub mod earn;
pub mod ground;
pub mod grow;
pub mod lineage;
pub mod measure;
pub mod nodes;
pub mod plan;
pub mod processes;
pub mod repeat;
pub mod rounds;
pub mod samples;
pub mod stage;
pub mod statements;
pub mod subject;
pub mod train;
pub mod version;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use chain::{Admins, DeployConfig};
use cosmwasm_std::{Addr, Uint128};
use protocol::{
    Bps, DatanetId, Epoch, Hash32, ModelId, Seconds,
    attribution::{Round, RoundKind},
};

use self::{
    cast::{Cast, DEPOSIT},
    contribute::{Contributed, Net},
    correct::Corrected,
    earn::{Candour, Market},
    ground::Ground,
    grow::Grown,
    nodes::Caches,
    plan::{Plan, Size},
    rounds::{Behaviour, Crew, Misbehaviours},
    stage::{Pace, Stage},
    subject::Subject,
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
const PRIVATE_DATANET: DatanetId = DatanetId(2);
/// File with the contracts' addresses in the story's folder, on a node.
pub const DEPLOYMENT_FILE: &str = "deployment.json";
/// This program, as the operators run it where each is a process.
const PROGRAM_FILE: &str = "oracle";
/// Folder of what is derived, in the story's folder and in every operator's.
const CACHE_FOLDER: &str = "cache";
/// Folder of published objects in the story's folder.
pub const PUBLISHED_FOLDER: &str = "published";

/// How the story is to be told.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is about.
    pub subject: Subject,
    /// Its data: the file of the digits, or the folder of the books.
    pub data: PathBuf,
    /// Where everything goes.
    pub out: PathBuf,
    /// What is played.
    pub size: Size,
}

/// A story that was played.
pub struct Played {
    /// Where it was played.
    pub ground: Arc<dyn Ground>,
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
    /// What wrong items were proved to owe when it was collected, in uopen.
    pub proved_debt: u128,
    /// The adapter.
    pub grown: Grown,
    /// The model that was corrected, where that act is played.
    pub corrected: Option<Corrected>,
    /// Keys of private DataNets.
    pub keys: DatanetKeys,
    /// The contracts.
    pub contracts: Contracts,
}

impl Played {
    /// Its models.
    pub fn models(&self) -> Vec<ModelId> {
        let corrected = self.corrected.iter().map(|corrected| corrected.registered.model);
        [self.registered.model, self.grown.adapter.model].into_iter().chain(corrected).collect()
    }

    /// The stage, once more, to look at what was played.
    pub fn stage<'a>(&'a self, options: &Options, progress: &'a Progress) -> Stage<'a> {
        Stage {
            contracts: self.contracts.clone(),
            chain: self.ground.chain(),
            cast: &self.cast,
            plan: &self.plan,
            size: options.size,
            pace: self.ground.pace(),
            published: Published::at(options.out.join(PUBLISHED_FOLDER)),
            keys: self.keys.clone(),
            folder: options.out.clone(),
            progress,
        }
    }
}

/// Plays the story and gives its report; the chain, published objects and caches stay in `out`.
pub async fn tell(ground: Arc<dyn Ground>, options: &Options, progress: &Progress) -> Result<report::Report> {
    forget_last_run(&options.out)?;
    let played = play(ground, options, Caches::OwnEach, progress).await?;
    played.ground.keep(&options.out, played.contracts.deployment()).await?;
    let repeated = repeat::compare(options, &played, progress).await?;
    collect::report(options, &played, &repeated, progress).await
}

/// Plays the acts.
pub async fn play(ground: Arc<dyn Ground>, options: &Options, caches: Caches, progress: &Progress) -> Result<Played> {
    let plan = Plan::of(options)?;
    let cast = Cast::new(&plan, options.size);
    let contracts = deploy(ground.as_ref(), &cast).await?;
    let stage = Stage {
        contracts: contracts.clone(),
        chain: ground.chain(),
        cast: &cast,
        plan: &plan,
        size: options.size,
        pace: ground.pace(),
        published: Published::at(options.out.join(PUBLISHED_FOLDER)),
        keys: keys(options)?,
        folder: options.out.clone(),
        progress,
    };
    let contributed = {
        let _step = progress.step("contributors commit and reveal; a copy is proved", 0);
        contribute::play(&stage, &Net::of_base(&stage)).await?
    };
    let registered = train::base(&stage, &contributed).await?;
    debt::recognise(&stage, contributed.datanet, registered.model).await?;
    let mut crew = ground.crew(&stage, caches)?;
    let rounds = earn_and_settle(&stage, &registered, crew.as_mut()).await?;
    let proved_debt = debt::play(&stage, &contributed, &registered).await?;
    let grown = grow::play(&stage, &registered, crew.as_mut()).await?;
    // Only digits have right answers; how a book goes on is nothing that a model of seconds could learn from five passages. Nothing of the act is compared with a second run.
    let is_played = options.subject == Subject::Digits && ground.has_time_for_corrections();
    let corrected = if is_played && caches == Caches::OwnEach {
        Some(correct::play(&stage, (registered.method, &contributed), crew.as_mut()).await?)
    } else {
        None
    };
    crew.dismiss().await?;
    // What the corrected model earned stays for who looks at the chain afterwards to claim.
    claim::play(&stage, &[registered.model, grown.adapter.model]).await?;
    let keys = stage.keys.clone();
    drop(stage);
    Ok(Played { ground, cast, plan, contributed, registered, rounds, proved_debt, grown, corrected, keys, contracts })
}

/// The keys of private DataNets, which their owners hand to reviewers and operators: a file that only its owner can read.
fn keys(options: &Options) -> Result<DatanetKeys> {
    let private: Hash32 = cast::key(options.size.seed, options.subject.key_name()).into();
    let path = options.out.join(KEYS_FILE);
    let keys = BTreeMap::from([(PRIVATE_DATANET, private)]);
    keys::write(&path, &keys).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(DatanetKeys::load(&path)?)
}

async fn earn_and_settle(
    stage: &Stage<'_>,
    registered: &Registered,
    crew: &mut dyn Crew,
) -> Result<Vec<(Round, Misbehaviours)>> {
    let mut market = Market::open(stage, registered, DEPOSIT).await?;
    let last = u64::from(stage.size.epochs);
    let before = stage.current_epoch().await?.get();
    let mut rounds = Vec::new();
    for (number, calls) in (1..).zip(&stage.plan.calls) {
        let epoch = Epoch(before.saturating_add(number));
        let candour = if number == last { Candour::HidesOne } else { Candour::Open };
        market.trade(stage, epoch, calls, candour).await?;
        for (repeated, misbehaviours) in misbehaviours(number, stage.size).into_iter().enumerate() {
            crew.expect(&misbehaviours).await?;
            if repeated == 0 {
                stage.wait_for_redemption_end(epoch).await?;
            } else {
                stage.wait_to_reopen(rounds.last().map(|(round, _)| round)).await?;
            }
            let round = crew.play(stage, registered, RoundKind::Fees, &misbehaviours).await?;
            rounds.push((round, misbehaviours));
        }
    }
    Ok(rounds)
}

/// Who misbehaves in the rounds of an epoch, counted from 1: two liars in the second; in the last too few to settle, then one who stays silent.
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

async fn deploy(ground: &dyn Ground, cast: &Cast) -> Result<Contracts> {
    let Pace { epoch, min_blocks, operator_delay, notice, .. } = ground.pace();
    let config = DeployConfig {
        governance: Addr::unchecked(cast.governance.address()),
        balances: (cast.everybody().into_iter().filter(|actor| actor.start > 0))
            .map(|actor| (Addr::unchecked(actor.address()), Uint128::new(actor.start)))
            .collect(),
        reveal_period: Seconds(1_200),
        min_blocks,
        genesis: None,
        epoch_length: Seconds(epoch),
        protocol_share: Bps(500),
        operators_share: Bps(6_000),
        min_redemption: Uint128::new(1_000),
        notice_period: Seconds(notice),
        appeal_period: Seconds(notice),
        clean_rounds: 3,
        operator_delay: Seconds(operator_delay),
        unbonding_period: Seconds(10 * epoch),
        treasury_delay: Seconds(5 * epoch),
        retire_after: 20,
        valuation_interval: 4,
        lapse_after: 64,
        admins: Admins::NOBODY,
    };
    let deployment = ground.deploy(config, &cast.governance, &cast.everybody()).await?;
    Ok(Contracts::new(ground.chain(), deployment))
}

/// Removes what a run writes but caches, which are named by what they were made from.
fn forget_last_run(out: &Path) -> Result<()> {
    remove(&out.join(PUBLISHED_FOLDER))?;
    remove(&out.join(correct::FOLDER))?;
    let operators = out.join("operators");
    let folders = match fs::read_dir(&operators) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", operators.display())),
    };
    for folder in folders {
        for entry in fs::read_dir(folder?.path())? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true if entry.file_name() == CACHE_FOLDER => {}
                true => remove(&entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
    }
    Ok(())
}

/// Removes everything that earlier runs wrote into a folder, and nothing else.
pub fn start_over(out: &Path) -> Result<()> {
    let folders = [
        PUBLISHED_FOLDER,
        "operators",
        CACHE_FOLDER,
        "repeat",
        correct::FOLDER,
        repeat::RECORD_FOLDER,
        statements::STATEMENTS_FOLDER,
    ];
    for name in folders {
        remove(&out.join(name))?;
    }
    for name in [CHAIN_FILE, KEYS_FILE, DEPLOYMENT_FILE, PROGRAM_FILE, "report.html", "report.json"] {
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
