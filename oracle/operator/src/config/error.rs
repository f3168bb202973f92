//! Why a configuration is refused: every message names key, file or variable, what was found and what is expected.

use std::{fmt, io, path::PathBuf};

use super::keys;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the file.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
    /// Nowhere: it is the default.
    Default,
}

/// A key with the place of its value, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The key, as `chain.rpc`.
    pub key: String,
    /// Where its value stands.
    pub place: Place,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "`{}` in {}", self.key, path.display()),
            Place::Variable(name) => write!(f, "{name} (`{}`)", self.key),
            Place::Default => write!(f, "the default of `{}`", self.key),
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: `oracle init` writes one; --home or ORACLE_HOME names its folder", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{} is not TOML: {reason}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected there; never what stands there.
        reason: String,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}` in {}{}", path.display(), hint(suggestion.as_deref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The nearest one that exists.
        suggestion: Option<String>,
    },
    /// A phrase or key in the configuration itself.
    #[error(
        "`{key}` in {} is not a key: secrets stay out of the configuration; write the phrase to a file of mode 600 and name it as `key.mnemonic_file`",
        path.display()
    )]
    SecretInFile {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// An environment variable that looks like a key and is none.
    #[error("unknown variable {name}{}", hint(suggestion.as_deref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The nearest one that exists.
        suggestion: Option<String>,
    },
    /// An environment variable that is not UTF-8.
    #[error("{0} is not text: expected UTF-8")]
    NotText(String),
    /// A value of the wrong type or out of range.
    #[error("{at} is {found}: expected {expected}")]
    Value {
        /// Key and place.
        at: Located,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A key without a default that is not set.
    #[error("`{key}` is not set in {}: write {key} = {example} there with your own value, or set {}", path.display(), keys::variable(key))]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// An example value.
        example: &'static str,
    },
    /// An address that others can reach.
    #[error("{at} is {found}, which other machines can reach: use 127.0.0.1{}", .allowed_by.map(|key| format!(", or set `{key} = true` if that is wanted")).unwrap_or_default())]
    Public {
        /// Key and place.
        at: Located,
        /// The address.
        found: String,
        /// The key that allows it, if anything does.
        allowed_by: Option<&'static str>,
    },
    /// No source of the key.
    #[error("no key is configured: set `key.mnemonic_file` or `key.key_file` in {}, or the variable ORACLE_MNEMONIC", .0.display())]
    NoKey(PathBuf),
    /// More than one source of the key.
    #[error("{one} and {other} both give a key: leave one, so that there is no doubt who signs")]
    TwoKeys {
        /// One.
        one: String,
        /// Another.
        other: String,
    },
    /// The file with the addresses cannot be used.
    #[error(
        "`chain.deployment` names {}, which {reason}: `scripts/deploy` writes it, and whoever deployed the contracts publishes it",
        path.display()
    )]
    Deployment {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(suggestion) => format!("; did you mean `{suggestion}`?"),
        None => ": `oracle init` writes a file with all keys".to_owned(),
    }
}
