//! A chain with a DataNet of texts and a model that commands trained on it, and the homes of its gateway and of payers.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use chain::{Admins, DeployConfig};
use cosmwasm_std::{Addr, Uint128};
use operator::{
    contracts::Contracts,
    keys::DatanetKeys,
    progress::Progress,
    published::Published,
    story::{
        DEPLOYMENT_FILE, PUBLISHED_FOLDER,
        cast::{Actor, Cast},
        contribute::{self, Contributed, Net},
        devnet::OnDevnet,
        ground::Ground as _,
        plan::{Plan, Size},
        processes::{Process, Reach, free_port},
        stage::{Pace, Stage},
        train::register_method,
    },
};
use protocol::{
    Bps, MethodId, ModelId, Seconds,
    event::ModelEvent,
    model::{ExecuteMsg as ModelMsg, ModelKind, NewModel, NewStake, Price, Terms, VersionManifest},
};
use serde_json::Value;
use tempfile::TempDir;

use super::texts;
use crate::devnet::{Devnet, ORACLE, root};

/// Nobody measures here.
const SIZE: Size = Size { seed: 9, epochs: 3, operators: 0 };
pub const PACE: Pace = Pace { epoch: 48, window: 20, min_blocks: 1, operator_delay: 1, notice: 10, stagger: 1 };
/// Batches that are contributed: one of each subject.
const BATCHES: usize = 2;
/// Name of the model.
pub const MODEL: &str = "endings";
/// Tokens of its context, of its longest answer where operators ask, and so of the longest prompt that it is sold for.
const CONTEXT: &str = "1024";
const ANSWER: &str = "900";
/// How long a process may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

/// A model that learns in seconds.
const SMALL: [&str; 22] = [
    "--vocab",
    "320",
    "--hidden",
    "24",
    "--layers",
    "1",
    "--heads",
    "2",
    "--kv-heads",
    "1",
    "--intermediate",
    "48",
    "--block-length",
    CONTEXT,
    "--answer-tokens",
    ANSWER,
    "--epochs",
    "20",
    "--batch",
    "4",
    "--learning-rate",
    "0.01",
];

/// What is sold, and where.
pub struct World {
    pub contracts: Contracts,
    /// Address of the gateway; it is up to the test whether it runs.
    pub gateway_at: String,
    pub gateway: Process,
    cast: Cast,
    reach: Reach,
    folder: TempDir,
    _devnet: Devnet,
}

/// A payer, and where its clients point.
pub struct Payer {
    pub process: Process,
    pub at: String,
}

impl World {
    pub async fn new() -> Result<Self> {
        let (devnet, folder) = (Devnet::up(), tempfile::tempdir()?);
        let mut plan = texts::plan(SIZE.seed);
        plan.batches.truncate(BATCHES);
        let cast = Cast::new(&plan, SIZE);
        let ground = OnDevnet::reach(&devnet.running_folder(), root().join("artifacts"), folder.path()).await?;
        let deployment = ground.deploy(parameters(&cast), &cast.governance, &cast.everybody()).await?;
        let contracts = Contracts::new(ground.chain(), deployment);
        let (rpc, chain_id) = devnet.address();
        let reach = Reach {
            program: ORACLE.into(),
            rpc,
            chain_id,
            deployment: folder.path().join(DEPLOYMENT_FILE),
            objects: folder.path().join(PUBLISHED_FOLDER).display().to_string(),
            datanet_keys: None,
            set: Vec::new(),
        };
        let listen = format!("127.0.0.1:{}", free_port()?);
        let home = folder.path().join("gateway");
        let set = [("serve.listen", listen.clone()), ("serve.per_second", "1000".to_owned())];
        let gateway = Process::prepare("gateway", home, &cast.gateway.signer, &set_as(&reach, &set))?.running("serve");
        let gateway_at = format!("http://{listen}");
        let world = Self { contracts, gateway_at, gateway, cast, reach, folder, _devnet: devnet };
        world.make(&plan, &ground).await?;
        Ok(world)
    }

    /// Contributions, a model trained on them by command, and its version on chain.
    async fn make(&self, plan: &Plan, ground: &OnDevnet) -> Result<()> {
        let progress = Progress::hidden();
        let stage = Stage {
            contracts: self.contracts.clone(),
            chain: ground.chain(),
            cast: &self.cast,
            plan,
            size: SIZE,
            pace: PACE,
            published: Published::at(self.folder.path().join(PUBLISHED_FOLDER)),
            keys: DatanetKeys::default(),
            folder: self.folder.path().to_owned(),
            progress: &progress,
        };
        let contributed = contribute::play(&stage, &Net::of_base(&stage)).await?;
        let method = register_method(&stage).await?;
        let manifest = self.train(&contributed)?;
        let (owner, model) = (&self.cast.owner.signer, self.create(&stage, method).await?);
        for message in [
            ModelMsg::AppendContributions { model, contributions: contributed.ids },
            ModelMsg::RegisterVersion { model, manifest },
        ] {
            self.contracts.tell_model(owner, &message).await?;
        }
        Ok(())
    }

    /// `oracle train` and `oracle publish`, from the gateway's home.
    fn train(&self, contributed: &Contributed) -> Result<VersionManifest> {
        let (datanet, out) = (contributed.datanet.to_string(), self.folder.path().join("model"));
        let (home, out) = (text(&self.gateway.home), text(&out));
        let own = ["train", "--json", "--home", &home, "--datanet", &datanet, "--out", &out];
        said(&[&own[..], &SMALL].concat())?;
        said(&["publish", "--json", "--model", &out, "--published", &self.reach.objects])?;
        let manifest = std::fs::read(PathBuf::from(out).join("manifest.json"))?;
        Ok(VersionManifest { uri: "published:weights".to_owned(), ..serde_json::from_slice(&manifest)? })
    }

    async fn create(&self, stage: &Stage<'_>, method: MethodId) -> Result<ModelId> {
        let outcome = self
            .contracts
            .tell_model(&self.cast.owner.signer, &ModelMsg::CreateModel(new_model(&self.cast, method)))
            .await?;
        stage.event(&outcome, ModelEvent::parse, |event| match event {
            ModelEvent::ModelCreated { model, .. } => Some(model),
            _ => None,
        })
    }

    /// The home of one of the story's payers, with settings of `[pay]` beside the defaults.
    pub fn payer(&self, number: usize, settings: &[(&str, &str)]) -> Result<Payer> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut set = vec![("pay.listen", listen.clone()), ("pay.gateway", self.gateway_at.clone())];
        set.extend(settings.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let actor: &Actor = self.cast.payers.get(number).context("the story has so many payers")?;
        let home = self.folder.path().join(&actor.name);
        let process = Process::prepare(&actor.name, home, &actor.signer, &set_as(&self.reach, &set))?.running("pay");
        Ok(Payer { process, at: format!("http://{listen}") })
    }

    /// How many channels one of the story's payers has opened on chain.
    pub async fn opened_by(&self, number: usize) -> Result<usize> {
        let actor: &Actor = self.cast.payers.get(number).context("the story has so many payers")?;
        Ok(self.contracts.channel_openings(actor.signer.address()).await?.len())
    }

    /// The signer and domain that the gateway's books are opened with, once it does not run.
    pub fn till(&self) -> Result<gateway::till::Till> {
        let key = self.cast.gateway.signer.signing_key().clone();
        Ok(gateway::till::Till::open(&self.gateway.home.join("books.redb"), key, self.contracts.settlement_domain())?)
    }

    /// Starts the gateway, to die at some points, and returns once it serves.
    pub async fn open(&mut self, points: &str) -> Result<()> {
        begin(&mut self.gateway, &format!("{}/readyz", self.gateway_at), points).await
    }
}

impl Payer {
    /// Starts it, to die at some points, and returns once it answers.
    pub async fn open(&mut self, points: &str) -> Result<()> {
        begin(&mut self.process, &format!("{}/healthz", self.at), points).await
    }
}

async fn begin(process: &mut Process, at: &str, points: &str) -> Result<()> {
    process.start_with(&[("FAILPOINTS", points)])?;
    let began = std::time::Instant::now();
    loop {
        if reqwest::get(at).await.is_ok_and(|response| response.status().is_success()) {
            return Ok(());
        }
        ensure!(process.is_running()?, "{} has ended:\n{}", process.name, log(process));
        ensure!(began.elapsed() < PATIENCE, "{} is not ready:\n{}", process.name, log(process));
        tokio::time::sleep(LOOK).await;
    }
}

/// What it said, its end.
pub fn log(process: &Process) -> String {
    let text = std::fs::read_to_string(process.home.join("log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// Waits until it has died by itself.
pub async fn died(process: &mut Process) -> Result<()> {
    let began = std::time::Instant::now();
    while process.is_running()? {
        ensure!(began.elapsed() < 2 * PATIENCE, "{} lives on:\n{}", process.name, log(process));
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

fn set_as(reach: &Reach, set: &[(&str, String)]) -> Reach {
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Reach { set, ..reach.clone() }
}

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}

fn said(arguments: &[&str]) -> Result<Value> {
    let output = Command::new(ORACLE).args(arguments).output()?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
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

fn new_model(cast: &Cast, method: MethodId) -> NewModel {
    let price = Price {
        name: "standard".to_owned(),
        per_call: Uint128::new(10_000),
        per_1000_in: Uint128::new(50_000),
        per_1000_out: Uint128::new(100_000),
    };
    NewModel {
        name: MODEL.to_owned(),
        kind: ModelKind::Base,
        terms: Terms {
            owner: Bps(2_000),
            stake: Bps(500),
            influence: Bps(7_500),
            parents: Bps(0),
            release_rate: Bps::WHOLE,
            cap: Uint128::new(protocol::open_token::MAX_SUPPLY_UOPEN),
        },
        prices: vec![price],
        gateway: cast.gateway.address(),
        method,
        curators: vec![cast.model_curator.address()],
        parents: Vec::new(),
        stake: NewStake {
            name: "Stake of endings".to_owned(),
            symbol: "ENDINGS".to_owned(),
            owner: Bps(5_000),
            contributors: Bps(3_000),
            work: Bps(2_000),
        },
    }
}
