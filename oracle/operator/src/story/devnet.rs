//! The story on a wasmd devnet: contracts as wasm on a node, operators as processes, time that passes by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use chain::{
    ChainClient, DeployConfig, DeployProgress, DeployRequest, Deployment, NodeDeployment, Signer, WasmdClient,
    WasmdOptions,
};
use serde::Deserialize;

use super::{
    DEPLOYMENT_FILE, KEYS_FILE, PROGRAM_FILE, PUBLISHED_FOLDER,
    cast::Actor,
    ground::{Chain, Ground},
    nodes::Caches,
    processes::{Processes, Reach},
    rounds::Crew,
    stage::{Pace, Stage},
};
use crate::{contracts::Contracts, published::write_durably};

/// What everybody gets to pay for transactions with, in the native coin: far more than a story costs.
const COINS: u128 = 10_000_000;

/// What `scripts/devnet up` writes about a running devnet.
#[derive(Clone, Debug, Deserialize)]
pub struct Devnet {
    /// The chain.
    pub chain_id: String,
    /// The node's RPC.
    pub rpc: String,
    /// Native coin.
    pub denom: String,
    accounts: Vec<Account>,
}

#[derive(Clone, Debug, Deserialize)]
struct Account {
    name: String,
    mnemonic_file: PathBuf,
}

impl Devnet {
    /// Reads the description of a devnet from its running folder.
    ///
    /// # Errors
    /// If it is not there or not understood.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("devnet.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: start the chain with scripts/devnet up", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
    }

    /// A client of it.
    ///
    /// # Errors
    /// If it does not answer, or is another chain.
    pub async fn connect(&self) -> Result<WasmdClient> {
        let options = WasmdOptions { denom: self.denom.clone(), ..WasmdOptions::new(&self.rpc, &self.chain_id) };
        WasmdClient::connect(options).await.context("cannot reach the devnet: scripts/devnet status says how it is")
    }

    /// The key of one of its funded accounts.
    ///
    /// # Errors
    /// If there is no such account, or its file cannot be used.
    pub fn signer(&self, name: &str) -> Result<Signer> {
        let account = self.accounts.iter().find(|account| account.name == name);
        let account = account.with_context(|| format!("the devnet has no account {name}"))?;
        Ok(Signer::load_mnemonic(&account.mnemonic_file)?)
    }
}

/// A devnet to play on.
pub struct OnDevnet {
    client: WasmdClient,
    devnet: Devnet,
    /// Its running folder.
    folder: PathBuf,
    /// Folder of the wasm modules.
    artifacts: PathBuf,
    out: PathBuf,
}

impl OnDevnet {
    /// Reaches a running devnet.
    ///
    /// # Errors
    /// If it does not run.
    pub async fn reach(folder: &Path, artifacts: PathBuf, out: &Path) -> Result<Self> {
        let devnet = Devnet::read(folder)?;
        let client = devnet.connect().await?;
        fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
        let out = out.canonicalize().with_context(|| format!("cannot find {}", out.display()))?;
        // Operators are stopped and started again: from a copy, whatever is built meanwhile.
        let program = out.join(PROGRAM_FILE);
        fs::copy(std::env::current_exe().context("cannot find this program")?, &program)
            .with_context(|| format!("cannot copy this program to {}", program.display()))?;
        Ok(Self { client, devnet, folder: folder.to_owned(), artifacts, out })
    }
}

#[async_trait]
impl Ground for OnDevnet {
    fn name(&self) -> &'static str {
        "wasmd"
    }

    fn chain(&self) -> Arc<dyn Chain> {
        Arc::new(self.client.clone())
    }

    fn pace(&self) -> Pace {
        Pace::REAL_TIME
    }

    async fn deploy(&self, config: DeployConfig, governance: &Actor, everybody: &[&Actor]) -> Result<Deployment> {
        let coins: Vec<(String, u128)> = everybody.iter().map(|actor| (actor.address(), COINS)).collect();
        self.client
            .send_coins(&self.devnet.signer("faucet")?, &coins)
            .await
            .context("cannot fund the story's accounts")?;
        let request = DeployRequest { config: &config, governance: &governance.signer, artifacts: &self.artifacts };
        let made = self.client.deploy(request, DeployProgress::default(), |_| Ok(())).await;
        let made = made.context("cannot deploy the contracts")?;
        // For the story's operators, and beside the chain for whoever looks at it afterwards.
        for folder in [&self.out, &self.folder] {
            write_durably(&folder.join(DEPLOYMENT_FILE), &serde_json::to_vec_pretty(&made)?)?;
        }
        Ok(made.deployment)
    }

    /// Epochs pass as they do: people find the gateway's and the payer's homes instead.
    fn has_time_for_corrections(&self) -> bool {
        false
    }

    /// Operators keep their caches from run to run, and nothing else.
    fn crew(&self, stage: &Stage<'_>, caches: Caches) -> Result<Box<dyn Crew>> {
        ensure!(caches == Caches::OwnEach, "processes share no cache");
        let path = |name: &str| self.out.join(name);
        let seconds = stage.pace.stagger.to_string();
        let reach = Reach {
            program: path(PROGRAM_FILE),
            rpc: self.devnet.rpc.clone(),
            chain_id: self.devnet.chain_id.clone(),
            deployment: path(DEPLOYMENT_FILE),
            objects: path(PUBLISHED_FOLDER).display().to_string(),
            datanet_keys: Some(path(KEYS_FILE)),
            set: vec![
                ("duties.stagger".to_owned(), seconds),
                // The story says what everybody holds at its end.
                ("duties.claim".to_owned(), "false".to_owned()),
                ("compute.threads".to_owned(), "1".to_owned()),
            ],
        };
        Processes::leave_doors(stage, &reach)?;
        Ok(Box::new(Processes::start(stage, &reach)?))
    }

    /// The chain keeps itself.
    async fn keep(&self, _: &Path, _: &Deployment) -> Result<()> {
        Ok(())
    }

    async fn still(&self) -> Result<Arc<dyn ChainClient>> {
        Ok(Arc::new(self.client.still().await?))
    }

    async fn as_stranger(&self, out: &Path) -> Result<Contracts> {
        let text = fs::read_to_string(out.join(DEPLOYMENT_FILE)).context("cannot read the deployment")?;
        let NodeDeployment { deployment, .. } =
            serde_json::from_str(&text).context("cannot understand the deployment")?;
        Ok(Contracts::new(Arc::new(self.devnet.connect().await?), deployment))
    }
}
