//! A devnet of a test's own, and the command `oracle` on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use chain::{NodeDeployment, Signer, WasmdClient, WasmdOptions};
use serde::Deserialize;

/// The command that these tests are about, able to die on demand.
pub const ORACLE: &str = env!("CARGO_BIN_EXE_mortal-oracle");

#[derive(Deserialize)]
struct Account {
    name: String,
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
    folder: tempfile::TempDir,
}

impl Drop for Devnet {
    fn drop(&mut self) {
        script("devnet", &["reset", "--name", &self.name]);
    }
}

impl Devnet {
    pub fn up() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("op-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        assert!(script("devnet", &["up", "--name", &name]), "scripts/devnet up --name {name} failed");
        let text = fs::read_to_string(root().join(format!("devnet/run-{name}/devnet.json"))).unwrap();
        let (description, folder) = (serde_json::from_str(&text).unwrap(), tempfile::tempdir().unwrap());
        Self { name, description, folder }
    }

    pub async fn client(&self) -> WasmdClient {
        WasmdClient::connect(WasmdOptions::new(&self.description.rpc, &self.description.chain_id)).await.unwrap()
    }

    /// The key of one of the devnet's accounts.
    pub fn signer(&self, name: &str) -> Signer {
        Signer::load_mnemonic(&self.phrase(name)).unwrap()
    }

    fn phrase(&self, name: &str) -> PathBuf {
        let account = self.description.accounts.iter().find(|account| account.name == name).unwrap();
        // A relative path is meant from the root of the repository.
        root().join(&account.mnemonic_file)
    }

    /// The node's RPC, and the chain.
    pub fn address(&self) -> (String, String) {
        (self.description.rpc.clone(), self.description.chain_id.clone())
    }

    /// Where `scripts/devnet` keeps it.
    pub fn running_folder(&self) -> PathBuf {
        root().join(format!("devnet/run-{}", self.name))
    }

    /// Where `oracle deploy` writes.
    pub fn deployment_file(&self) -> PathBuf {
        self.folder.path().join("deployment.json")
    }

    pub fn deployment(&self) -> NodeDeployment {
        serde_json::from_slice(&fs::read(self.deployment_file()).unwrap()).unwrap()
    }

    /// `oracle deploy` on this chain, governance's key and file named, and with more options.
    pub fn deploy(&self, options: &[&str]) -> Command {
        let mut command = Command::new(ORACLE);
        command.args(["deploy", "--rpc", &self.description.rpc, "--chain-id", &self.description.chain_id]);
        command.arg("--mnemonic").arg(self.phrase("governance")).arg("--out").arg(self.deployment_file());
        command.arg("--artifacts").arg(artifacts()).args(options);
        command.stdin(Stdio::null());
        command
    }

    /// Writes a file that lives as long as the devnet.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

/// What is deployed.
fn artifacts() -> PathBuf {
    std::env::var_os("ARTIFACTS").map_or_else(|| root().join("artifacts"), PathBuf::from)
}

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Runs a script of the repository; whether it went well.
pub fn script(name: &str, arguments: &[&str]) -> bool {
    let done = Command::new(root().join("scripts").join(name)).args(arguments).stdin(Stdio::null()).output().unwrap();
    if !done.status.success() {
        eprintln!("scripts/{name} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    done.status.success()
}
