//! `oracle init`: a configuration with every key in it, and a new key. Nothing that is there is replaced.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use chain::{Signer, SignerError};

use super::{Config, ConfigError, Environment, FILE, keys, template};
use crate::secrets::{self, SecretsError};

/// Name of the file with the phrase.
const MNEMONIC: &str = "mnemonic";

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Init {
    /// The home folder; it is made if it is not there.
    pub home: PathBuf,
    /// Keys that are not to have their defaults, as `chain.chain_id` and a value. Who names a key file here keeps that key.
    pub set: Vec<(String, String)>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The configuration.
    pub config: PathBuf,
    /// The phrase, if a key was made.
    pub mnemonic: Option<PathBuf>,
    /// The account.
    pub address: String,
    /// Keys that must still be set by hand.
    pub to_set: Vec<&'static str>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A file is there already.
    #[error("{} is there already: nothing was written; move it away, or name another folder with --home", .0.display())]
    Exists(PathBuf),
    /// A key that does not exist.
    #[error("`{key}` is no key of the configuration{}", suggestion.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default())]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest one.
        suggestion: Option<&'static str>,
    },
    /// A value that is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key cannot be made.
    #[error(transparent)]
    Key(#[from] SignerError),
    /// The key that was named cannot be used.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The folder or the file cannot be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Written {
    /// What the command says: never the phrase.
    pub fn describe(&self) -> String {
        let mut lines = vec![format!("wrote {}", self.config.display())];
        if let Some(mnemonic) = &self.mnemonic {
            let path = mnemonic.display();
            lines.push(format!("wrote {path}: the phrase of 24 words that is your key"));
            lines.push(format!(
                "back {path} up now, on paper or offline: who has it can spend all you have, and nobody can restore it"
            ));
        }
        lines.push(format!("your account: {}", self.address));
        if !self.to_set.is_empty() {
            lines.push(format!("still to be set in {}: {}", self.config.display(), self.to_set.join(", ")));
        }
        lines.push("next: fund the account, have it admitted, bond; then `oracle doctor`".to_owned());
        lines.join("\n") + "\n"
    }
}

/// Writes a configuration, and a new key unless one is named.
///
/// # Errors
/// If a file is there already, a value is refused, or nothing can be written.
pub fn init(init: &Init) -> Result<Written, InitError> {
    let (config, mnemonic) = (init.home.join(FILE), init.home.join(MNEMONIC));
    let mut set = values(&init.set)?;
    let has_key = set.keys().any(|key| key.starts_with("key."));
    if !has_key {
        set.insert("key.mnemonic_file", format!("\"{MNEMONIC}\""));
    }
    let text = template::render(&set);
    let to_set = checked(&text, &config, &set)?;
    for path in [&config].into_iter().chain((!has_key).then_some(&mnemonic)) {
        if path.symlink_metadata().is_ok() {
            return Err(InitError::Exists(path.clone()));
        }
    }
    make_folder(&init.home)?;
    let address = if has_key { named(&text, &config, &set)? } else { made(&mnemonic)? };
    write_new(&config, &text)?;
    Ok(Written { config, mnemonic: (!has_key).then_some(mnemonic), address, to_set })
}

/// The values as TOML, by key.
fn values(set: &[(String, String)]) -> Result<BTreeMap<&'static str, String>, InitError> {
    let as_toml = |(path, value): &(String, String)| match keys::find(path) {
        Some(key) => Ok((key.path, template::as_toml(key, value))),
        None => Err(InitError::UnknownKey { key: path.clone(), suggestion: keys::nearest(path) }),
    };
    set.iter().map(as_toml).collect()
}

/// Reads the text as it will be read; returns the keys that are still missing.
fn checked(text: &str, path: &Path, set: &BTreeMap<&'static str, String>) -> Result<Vec<&'static str>, InitError> {
    match Config::of_text(text, path, &Environment::default()) {
        Ok(_) => Ok(Vec::new()),
        Err(ConfigError::Missing { key, example, .. }) => {
            let mut with_example = set.clone();
            with_example.insert(key, example.to_owned());
            let mut missing = checked(&template::render(&with_example), path, &with_example)?;
            missing.insert(0, key);
            Ok(missing)
        }
        Err(error) => Err(error.into()),
    }
}

/// The account of a key that is there already.
fn named(text: &str, path: &Path, set: &BTreeMap<&'static str, String>) -> Result<String, InitError> {
    let mut whole = set.clone();
    for missing in checked(text, path, set)? {
        whole.insert(missing, keys::find(missing).map_or_else(String::new, |key| key.example.to_owned()));
    }
    let none = Environment::default();
    let config = Config::of_text(&template::render(&whole), path, &none)?;
    Ok(secrets::load(&config.key, &none)?.address().to_owned())
}

fn made(mnemonic: &Path) -> Result<String, InitError> {
    let (signer, phrase) = Signer::generate()?;
    Signer::save_mnemonic(mnemonic, &phrase)?;
    Ok(signer.address().to_owned())
}

/// Makes the folder, for its owner alone.
fn make_folder(home: &Path) -> Result<(), InitError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(home);
    made.map_err(|source| InitError::Io { path: home.to_owned(), source })
}

fn write_new(path: &Path, text: &str) -> Result<(), InitError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists(path.to_owned()),
        _ => InitError::Io { path: path.to_owned(), source },
    })
}
