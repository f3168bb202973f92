//! How a command finds its chain: by an operator's home folder, or by a demo's folder with its saved chain.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use chain::{ChainClient, EmbeddedClient, Signer, WasmdClient, embedded::Checks};
use clap::Args;

use crate::{
    config::{Config, Environment, FILE},
    contracts::Contracts,
    keys::DatanetKeys,
    node::{Engine, Node},
    published::{Published, Reader},
    run, secrets,
    store::Store,
    story::{CHAIN_FILE, PUBLISHED_FOLDER},
};

/// An operator's home.
#[derive(Clone, Debug, Args)]
pub struct HomeArguments {
    /// Folder of the configuration, as `oracle init` writes it.
    #[arg(long, env = "ORACLE_HOME", default_value = "oracle-home")]
    pub home: PathBuf,
}

impl HomeArguments {
    /// Its configuration and the environment that overrides it.
    pub fn config(&self) -> Result<(Config, Environment)> {
        let environment = Environment::of_process()?;
        Ok((Config::load(&self.home.join(FILE), &environment)?, environment))
    }
}

/// Which chain, and where published objects are.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// An operator's home: its chain, objects and key. Without it, a demo's folder.
    #[arg(long, env = "ORACLE_HOME", conflicts_with_all = ["out", "datanet_keys"])]
    pub home: Option<PathBuf>,
    /// Folder of a demo on the embedded chain: its saved chain and published objects.
    #[arg(long, default_value = "demo-out")]
    pub out: PathBuf,
    /// File with keys of private DataNets: a JSON object of ids and 64 hex digits, readable by its owner only.
    #[arg(long, env = "ORACLE_DATANET_KEYS")]
    pub datanet_keys: Option<PathBuf>,
}

/// A chain that was found.
pub struct Found {
    /// The contracts.
    pub contracts: Contracts,
    /// The chain.
    pub client: Arc<dyn ChainClient>,
    chain: Chain,
    place: Place,
}

enum Chain {
    Saved(EmbeddedClient),
    Node(Box<Config>, Environment, WasmdClient),
}

impl Place {
    /// Reaches the node, or opens the saved chain.
    pub async fn find(&self, checks: Checks) -> Result<Found> {
        match &self.home {
            Some(home) => self.reach(HomeArguments { home: home.clone() }).await,
            None => self.open(checks).await,
        }
    }

    /// As [`Self::find`], for who needs answers that fit together: what the chain does meanwhile is not seen.
    pub async fn find_still(&self) -> Result<Found> {
        let found = self.find(Checks::Off).await?;
        let Chain::Node(_, _, node) = &found.chain else { return Ok(found) };
        let client: Arc<dyn ChainClient> = Arc::new(node.still().await?);
        let contracts = Contracts::new(Arc::clone(&client), found.contracts.deployment().clone());
        Ok(Found { contracts, client, ..found })
    }

    async fn reach(&self, home: HomeArguments) -> Result<Found> {
        let (config, environment) = home.config()?;
        let client = WasmdClient::connect(config.chain.wasmd()).await.context("cannot use the node")?;
        let shared: Arc<dyn ChainClient> = Arc::new(client.clone());
        let contracts = Contracts::new(Arc::clone(&shared), config.deployment()?);
        Ok(Found {
            contracts,
            client: shared,
            chain: Chain::Node(Box::new(config), environment, client),
            place: self.clone(),
        })
    }

    async fn open(&self, checks: Checks) -> Result<Found> {
        let file = self.out.join(CHAIN_FILE);
        let client = EmbeddedClient::open(&file, checks).await.with_context(|| {
            format!(
                "cannot open the chain {}: run scripts/demo first, or name its folder with --out, or an operator's with --home",
                file.display()
            )
        })?;
        let deployment = client.deployment().await?.context("no contracts are deployed on this chain")?;
        let shared: Arc<dyn ChainClient> = Arc::new(client.clone());
        let contracts = Contracts::new(Arc::clone(&shared), deployment);
        Ok(Found { contracts, client: shared, chain: Chain::Saved(client), place: self.clone() })
    }
}

impl Found {
    /// The key that signs: the one named, or the home's.
    pub fn signer(&self, key: Option<&PathBuf>) -> Result<Signer> {
        match (key, &self.chain) {
            (Some(key), _) => Signer::load(key).with_context(|| format!("cannot use the key {}", key.display())),
            (None, Chain::Node(config, environment, _)) => Ok(secrets::load(&config.key, environment)?),
            (None, Chain::Saved(_)) => anyhow::bail!("name the file of the key that signs with --key"),
        }
    }

    /// What measures, with derived data in a folder of the caller's.
    pub fn engine(&self, cache: PathBuf) -> Result<Engine> {
        match &self.chain {
            Chain::Node(config, environment, _) => {
                let engine = Engine { cache, ..run::engine(config, self.contracts.clone())? };
                // Without its key a home can read all but what is sealed, and says so then.
                let key = secrets::load(&config.key, environment).ok();
                Ok(match key {
                    Some(key) => engine.read_by(Reader::of_account(&key)),
                    None => engine,
                })
            }
            Chain::Saved(_) => {
                let keys = self.place.datanet_keys.as_deref().map(DatanetKeys::load).transpose()?.unwrap_or_default();
                let published = Published::at(self.place.out.join(PUBLISHED_FOLDER));
                Ok(Engine::new(self.contracts.clone(), published, keys, cache))
            }
        }
    }

    /// The operator, its store open.
    pub fn node(&self, signer: Signer, state: &PathBuf) -> Result<Node> {
        match &self.chain {
            Chain::Node(config, environment, client) => {
                let node = run::node(config, environment, client, Store::open(&config.home)?)?;
                Ok(Node { signer, ..node })
            }
            Chain::Saved(_) => {
                let store = Store::open(state)?;
                let engine = self.engine(store.cache())?;
                Ok(Node { signer, store, engine })
            }
        }
    }

    /// Keeps what was done: a node's chain keeps itself.
    pub async fn save(&self) -> Result<bool> {
        if let Chain::Saved(client) = &self.chain {
            client.save(&self.place.out.join(CHAIN_FILE)).await.context("cannot save the chain")?;
        }
        Ok(true)
    }
}
