//! A deployment on disk: while it is under way, and when it is done.

use std::{
    fmt,
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use chain::{Admin, Admins, ChainClient as _, DeployConfig, DeployProgress, NodeDeployment, WasmdClient};
use cosmwasm_std::{Addr, Uint128};
use protocol::{Bps, Seconds};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::published::write_durably;

/// A deployment under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// The chain.
    pub chain_id: String,
    /// Nothing of it can be in an earlier block.
    pub began_height: u64,
    /// What with; genesis is fixed.
    what: What,
    /// What was written down of it; the chain may be a step further.
    pub progress: DeployProgress,
}

/// [`DeployConfig`] as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct What {
    governance: Addr,
    balances: Vec<(Addr, Uint128)>,
    genesis: Option<Seconds>,
    /// Seconds: reveal, epoch, notice, appeal, operators' delay, unbonding, treasury's delay.
    times: [Seconds; 7],
    /// The protocol's, and the operators' of that.
    shares: [Bps; 2],
    min_redemption: Uint128,
    min_blocks: u64,
    clean_rounds: u8,
    /// Epochs: retirement, valuations, lapse.
    epochs: [u64; 3],
    /// Of `settlement`, and of the others.
    admins: [Who; 2],
    timelock_delay: Seconds,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    Nobody,
    Timelock,
    Account(Addr),
}

impl From<&Admin> for Who {
    fn from(admin: &Admin) -> Self {
        match admin {
            Admin::Nobody => Self::Nobody,
            Admin::Timelock => Self::Timelock,
            Admin::Account(account) => Self::Account(account.clone()),
        }
    }
}

impl From<&Who> for Admin {
    fn from(who: &Who) -> Self {
        match who {
            Who::Nobody => Self::Nobody,
            Who::Timelock => Self::Timelock,
            Who::Account(account) => Self::Account(account.clone()),
        }
    }
}

impl From<&DeployConfig> for What {
    fn from(config: &DeployConfig) -> Self {
        Self {
            governance: config.governance.clone(),
            balances: config.balances.clone(),
            genesis: config.genesis,
            times: [
                config.reveal_period,
                config.epoch_length,
                config.notice_period,
                config.appeal_period,
                config.operator_delay,
                config.unbonding_period,
                config.treasury_delay,
            ],
            shares: [config.protocol_share, config.operators_share],
            min_redemption: config.min_redemption,
            min_blocks: config.min_blocks,
            clean_rounds: config.clean_rounds,
            epochs: [config.retire_after, config.valuation_interval, config.lapse_after],
            admins: [(&config.admins.settlement).into(), (&config.admins.contracts).into()],
            timelock_delay: config.admins.timelock_delay,
        }
    }
}

impl Begun {
    /// A deployment that begins with the chain's next block; epochs begin with it too unless the configuration says when.
    pub async fn now(client: &WasmdClient, config: DeployConfig) -> Result<Self> {
        let status = client.status().await?;
        let genesis = config.genesis.unwrap_or(Seconds(status.time));
        Ok(Self {
            chain_id: status.chain_id,
            began_height: status.height,
            what: What { genesis: Some(genesis), ..What::from(&config) },
            progress: DeployProgress::default(),
        })
    }

    /// What it was begun with.
    pub fn config(&self) -> DeployConfig {
        let What { governance, balances, genesis, min_redemption, min_blocks, clean_rounds, .. } = self.what.clone();
        let [
            reveal_period,
            epoch_length,
            notice_period,
            appeal_period,
            operator_delay,
            unbonding_period,
            treasury_delay,
        ] = self.what.times;
        let [protocol_share, operators_share] = self.what.shares;
        let [retire_after, valuation_interval, lapse_after] = self.what.epochs;
        let [settlement, contracts] = self.what.admins.each_ref().map(Admin::from);
        DeployConfig {
            governance,
            balances,
            reveal_period,
            min_blocks,
            genesis,
            epoch_length,
            protocol_share,
            operators_share,
            min_redemption,
            notice_period,
            appeal_period,
            clean_rounds,
            operator_delay,
            unbonding_period,
            treasury_delay,
            retire_after,
            valuation_interval,
            lapse_after,
            admins: Admins { contracts, settlement, timelock_delay: self.what.timelock_delay },
        }
    }

    /// The same deployment, further on.
    pub fn at(&self, progress: &DeployProgress) -> Self {
        Self { progress: progress.clone(), ..self.clone() }
    }

    /// Two halves of different deployments would make none.
    pub fn check_same(&self, config: &DeployConfig, chain_id: &str, file: &ProgressFile) -> Result<()> {
        let at = file.display();
        ensure!(
            self.chain_id == chain_id,
            "{at} is of a deployment that was begun on the chain {}, not {chain_id}: --fresh forgets it",
            self.chain_id
        );
        let genesis = config.genesis.or(self.what.genesis);
        ensure!(
            What { genesis, ..What::from(config) } == self.what,
            "a deployment was begun with another key, other parameters or admins ({at}): finish it with those, or forget it with --fresh"
        );
        Ok(())
    }
}

/// The file of a deployment under way.
#[derive(Clone, Debug)]
pub struct ProgressFile(PathBuf);

/// Held while a deployment runs.
#[derive(Debug)]
pub struct Alone(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl ProgressFile {
    /// The one that belongs to a file of a finished deployment.
    pub fn beside(deployment: &Path) -> Self {
        Self(deployment.with_extension("progress.json"))
    }

    /// Its name, for people.
    pub fn display(&self) -> impl fmt::Display + '_ {
        self.0.display()
    }

    /// One deployment to a file at a time.
    pub fn lock(&self) -> Result<Alone> {
        let path = self.0.with_extension("lock");
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Alone(file)),
            Err(_) => bail!("another deployment to the same file is at work ({} is locked)", path.display()),
        }
    }

    /// What was begun.
    pub fn read(&self) -> Result<Option<Begun>> {
        read(&self.0)
    }

    /// Keeps it.
    pub fn write(&self, begun: &Begun) -> Result<()> {
        write(&self.0, begun)
    }

    /// Removes it, if it is there.
    pub fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.0.display()))
            }
            _ => Ok(()),
        }
    }
}

/// The step that was done last, for people.
pub fn told(progress: &DeployProgress) -> String {
    match progress.done.last() {
        None => format!("{} codes are stored", progress.code_ids.len()),
        Some(Some(address)) => format!("step {}: made {address}", progress.done.len()),
        Some(None) => format!("step {}: done", progress.done.len()),
    }
}

pub fn read_deployment(path: &Path) -> Result<Option<NodeDeployment>> {
    read(path)
}

pub fn write_deployment(path: &Path, deployed: &NodeDeployment) -> Result<()> {
    write(path, deployed)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let what =
        || format!("{} is not what `oracle deploy` writes: move it away, or deploy anew with --fresh", path.display());
    serde_json::from_slice(&bytes).map(Some).with_context(what)
}

fn write(path: &Path, what: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(what)?;
    bytes.push(b'\n');
    // A name alone has no folder that could be flushed.
    let in_folder = if path.parent() == Some(Path::new("")) { Path::new(".").join(path) } else { path.to_owned() };
    write_durably(&in_folder, &bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Parameters;

    fn config() -> DeployConfig {
        let governance = Addr::unchecked("wasm1governance");
        let admins = Admins { contracts: Admin::Account(Addr::unchecked("wasm1a")), ..Admins::timelock(Seconds(60)) };
        Parameters::default().deploy_config(governance, vec![], admins)
    }

    fn begun() -> Begun {
        let what = What { genesis: Some(Seconds(5)), ..What::from(&config()) };
        Begun { chain_id: "a-1".to_owned(), began_height: 7, what, progress: DeployProgress::default() }
    }

    #[test]
    fn what_was_begun_is_read_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = ProgressFile::beside(&folder.path().join("deployment.json"));
        assert_eq!(file.read().unwrap(), None);
        file.write(&begun()).unwrap();
        let read = file.read().unwrap().unwrap();
        assert_eq!(read, begun());
        assert_eq!(read.config(), DeployConfig { genesis: Some(Seconds(5)), ..config() });
        file.forget().unwrap();
        file.forget().unwrap();
        assert_eq!(file.read().unwrap(), None);
    }

    #[test]
    fn a_deployment_goes_on_only_as_it_was_begun() {
        let file = ProgressFile::beside(Path::new("deployment.json"));
        begun().check_same(&config(), "a-1", &file).unwrap();
        let same_genesis = DeployConfig { genesis: Some(Seconds(5)), ..config() };
        begun().check_same(&same_genesis, "a-1", &file).unwrap();
        let others = [
            DeployConfig { genesis: Some(Seconds(6)), ..config() },
            DeployConfig { min_blocks: 6, ..config() },
            DeployConfig { governance: Addr::unchecked("wasm1other"), ..config() },
            DeployConfig { admins: Admins::NOBODY, ..config() },
        ];
        for other in others {
            let error = begun().check_same(&other, "a-1", &file).unwrap_err().to_string();
            assert!(error.contains("--fresh"), "{error}");
        }
        let error = begun().check_same(&config(), "b-1", &file).unwrap_err().to_string();
        assert!(error.contains("a-1") && error.contains("b-1"), "{error}");
    }

    #[test]
    fn two_deployments_to_one_file_do_not_run_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = ProgressFile::beside(&folder.path().join("deployment.json"));
        let alone = file.lock().unwrap();
        assert!(file.lock().unwrap_err().to_string().contains("at work"));
        drop(alone);
        file.lock().unwrap();
    }

    #[test]
    fn a_torn_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deployment.json");
        fs::write(&path, "{").unwrap();
        let error = format!("{:#}", read_deployment(&path).unwrap_err());
        assert!(error.contains("deployment.json") && error.contains("--fresh"), "{error}");
    }
}
