//! The configuration: one TOML file, overridden by environment variables, checked once and typed from then on.
//!
//! Defaults stand in [`keys`] alone. Unknown keys are refused, and so are variables that look like keys: a slip must not run with
//! another setting than the one that was meant. No value that might be a secret is ever shown.

pub mod environment;
pub mod error;
pub mod init;
pub mod keys;
pub mod sections;
pub mod setting;
pub mod template;
mod values;

use std::path::{Path, PathBuf};

use chain::Deployment;

use self::values::Values;
pub use self::{
    environment::Environment,
    error::ConfigError,
    sections::{
        ChainSettings, ComputeSettings, DutiesSettings, HttpSettings, KeySource, LogSettings, ModelsSettings,
        ObjectsSettings, PaySettings, ServeSettings, WatchSettings,
    },
    setting::{LogFormat, ObjectsUrl, RpcUrl, Serve},
};

/// Name of the file in the home folder.
pub const FILE: &str = "oracle.toml";

/// All settings of an operator. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// Folder of the store, and of what is named without a leading slash.
    pub home: PathBuf,
    /// The node.
    pub chain: ChainSettings,
    /// Where the key is.
    pub key: KeySource,
    /// Published objects.
    pub objects: ObjectsSettings,
    /// What is measured.
    pub models: ModelsSettings,
    /// The gateway.
    pub serve: ServeSettings,
    /// The payer.
    pub pay: PaySettings,
    /// What is done beside it.
    pub duties: DutiesSettings,
    /// The influence job.
    pub compute: ComputeSettings,
    /// When somebody should look.
    pub watch: WatchSettings,
    /// Logs.
    pub log: LogSettings,
    /// What others can ask.
    pub http: HttpSettings,
}

impl Config {
    /// Reads the file at `path` under an environment.
    ///
    /// # Errors
    /// Names key, file or variable, what was found and what is expected.
    pub fn load(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Self::of(&Values::read(path, environment)?, environment)
    }

    /// Reads a text that is to stand at `path`.
    pub(crate) fn of_text(text: &str, path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Self::of(&Values::of_text(text, path, environment)?, environment)
    }

    fn of(values: &Values, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            file: values.file().to_owned(),
            home: values.home().to_owned(),
            chain: ChainSettings::read(values)?,
            key: KeySource::read(values, environment)?,
            objects: ObjectsSettings::read(values)?,
            models: ModelsSettings::read(values)?,
            serve: ServeSettings::read(values)?,
            pay: PaySettings::read(values)?,
            duties: DutiesSettings::read(values)?,
            compute: ComputeSettings::read(values)?,
            watch: WatchSettings::read(values)?,
            log: LogSettings::read(values)?,
            http: HttpSettings::read(values)?,
        })
    }

    /// The contracts' addresses.
    ///
    /// # Errors
    /// If the file cannot be read, or names the contracts of another chain.
    pub fn deployment(&self) -> Result<Deployment, ConfigError> {
        let path = self.chain.deployment.clone();
        let refuse = |reason| ConfigError::Deployment { path: path.clone(), reason };
        let deployment = sections::deployment(&path).map_err(refuse)?;
        if deployment.chain_id != self.chain.chain_id {
            let (theirs, ours) = (&deployment.chain_id, &self.chain.chain_id);
            return Err(refuse(format!("is of the chain {theirs} while `chain.chain_id` is {ours}")));
        }
        Ok(deployment)
    }
}
