//! A devnet that lives as long as a test needs it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use chain::{DeployConfig, DeployProgress, DeployRequest, NodeDeployment, Signer, WasmdClient, WasmdOptions};
use cosmwasm_std::{Addr, Uint128};
use serde::Deserialize;

/// What every new key gets, in the native coin.
const POCKET: u128 = 1_000_000_000;

/// What governance holds of OPEN, in uopen.
pub const SUPPLY: u128 = 1_000_000;

#[derive(Deserialize)]
struct Account {
    name: String,
    address: String,
    mnemonic_file: PathBuf,
}

#[derive(Deserialize)]
struct Description {
    chain_id: String,
    rpc: String,
    accounts: Vec<Account>,
}

/// A running devnet; removed when dropped.
pub struct Devnet {
    name: String,
    description: Description,
    /// One writer for the faucet's key.
    faucet: tokio::sync::Mutex<()>,
}

impl Drop for Devnet {
    fn drop(&mut self) {
        self.command("reset");
    }
}

impl Devnet {
    /// A devnet of the caller's own, which it may harm.
    pub fn own() -> Arc<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("chain-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        assert!(devnet(&name, "up"), "scripts/devnet up --name {name} failed");
        let text = fs::read_to_string(root().join(format!("devnet/run-{name}/devnet.json"))).unwrap();
        Arc::new(Self {
            description: serde_json::from_str(&text).unwrap(),
            name,
            faucet: tokio::sync::Mutex::default(),
        })
    }

    /// The devnet that tests share as long as one of them runs.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Devnet>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let new = Self::own();
            *shared = Arc::downgrade(&new);
            new
        })
    }

    /// Runs a command of `scripts/devnet`; whether it went well.
    pub fn command(&self, command: &str) -> bool {
        devnet(&self.name, command)
    }

    pub fn options(&self) -> WasmdOptions {
        WasmdOptions::new(&self.description.rpc, &self.description.chain_id)
    }

    pub async fn client(&self) -> WasmdClient {
        WasmdClient::connect(self.options()).await.unwrap()
    }

    /// A new key with native coins.
    pub async fn signer(&self) -> Signer {
        let (signer, _) = Signer::generate().unwrap();
        let _turn = self.faucet.lock().await;
        let faucet = self.account("faucet");
        self.client().await.send_coins(&faucet, &[(signer.address().to_owned(), POCKET)]).await.unwrap();
        signer
    }

    /// All contracts, and the key that holds all OPEN and governs.
    pub async fn deployed(&self, client: &WasmdClient) -> (NodeDeployment, Signer) {
        let governance = self.signer().await;
        let address = Addr::unchecked(governance.address());
        let config = DeployConfig::for_tests(address.clone(), vec![(address, Uint128::new(SUPPLY))]);
        let artifacts = artifacts();
        let request = DeployRequest { config: &config, governance: &governance, artifacts: &artifacts };
        let deployment = client.deploy(request, DeployProgress::default(), |_| Ok(())).await.unwrap();
        (deployment, governance)
    }

    fn account(&self, name: &str) -> Signer {
        let account = self.description.accounts.iter().find(|account| account.name == name).unwrap();
        // A relative path is meant from the root of the repository.
        let signer = Signer::load_mnemonic(&root().join(&account.mnemonic_file)).unwrap();
        assert_eq!(signer.address(), account.address);
        signer
    }
}

pub fn artifacts() -> PathBuf {
    root().join("artifacts")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn devnet(name: &str, command: &str) -> bool {
    let output = Command::new(root().join("scripts/devnet")).args([command, "--name", name]).output().unwrap();
    if !output.status.success() {
        eprintln!("scripts/devnet {command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}
