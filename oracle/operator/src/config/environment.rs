//! The environment, as far as it concerns the oracle: only variables that begin with `ORACLE_`, and no value ever shown.

use std::{collections::BTreeMap, env, fmt};

use figment::value::{Dict, Value};
use zeroize::Zeroizing;

use super::{
    error::ConfigError,
    keys::{self, KEYS, Key, Kind},
};

/// The variable that may hold the phrase.
pub const MNEMONIC: &str = "ORACLE_MNEMONIC";
/// What our variables begin with.
const PREFIX: &str = "ORACLE_";
/// Variables of single commands, which are no keys.
const OF_COMMANDS: [&str; 5] = [MNEMONIC, "ORACLE_CONFIG", "ORACLE_DATANET_KEYS", "ORACLE_KEY_FILE", "ORACLE_STATE"];
/// How alike a variable must be to one of ours to be taken for a slip, of 1. Others belong to other programs.
const SLIP: f64 = 0.8;

/// Variables by name. A variable that is set to nothing counts as not set.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Zeroizing<String>>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let ours = variables.into_iter().map(|(name, value)| (name.into(), Zeroizing::new(value.into())));
        Self(ours.filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty()).collect())
    }
}

impl Environment {
    /// The process's own.
    ///
    /// # Errors
    /// [`ConfigError::NotText`] for a variable of ours that is not UTF-8.
    pub fn of_process() -> Result<Self, ConfigError> {
        let ours = env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some(value.into_string().map(|value| (name.clone(), value)).map_err(|_| ConfigError::NotText(name)))
        });
        ours.collect()
    }

    /// The phrase, if it is given here.
    pub fn mnemonic(&self) -> Option<&Zeroizing<String>> {
        self.0.get(MNEMONIC)
    }

    /// Overrides as figment nests them.
    ///
    /// # Errors
    /// [`ConfigError::UnknownVariable`] for one that looks like a key and is none.
    pub(super) fn overrides(&self) -> Result<Dict, ConfigError> {
        let mut all = Dict::new();
        for (name, text) in &self.0 {
            match KEYS.iter().find(|key| key.variable() == *name) {
                Some(key) => insert(&mut all, key, value(key.kind, text)),
                None => check_foreign(name)?,
            }
        }
        Ok(all)
    }
}

/// A variable with a double underscore, or one that is nearly ours, is a slip: to ignore it would run with another setting.
fn check_foreign(name: &str) -> Result<(), ConfigError> {
    if OF_COMMANDS.contains(&name) {
        return Ok(());
    }
    let known = || KEYS.iter().map(Key::variable).chain([MNEMONIC.to_owned()]);
    let is_slip = known().any(|other| strsim::normalized_damerau_levenshtein(name, &other) >= SLIP);
    if is_slip || name.contains("__") {
        return Err(ConfigError::UnknownVariable {
            name: name.to_owned(),
            suggestion: keys::nearest_of(name, known()),
        });
    }
    Ok(())
}

fn insert(all: &mut Dict, key: &Key, value: Value) {
    if key.section().is_empty() {
        all.insert(key.name().to_owned(), value);
        return;
    }
    let section = all.entry(key.section().to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, section) = section {
        section.insert(key.name().to_owned(), value);
    }
}

/// The text of a variable as the value that the same text has in TOML; what has none stays text, to be shown in the refusal.
fn value(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Text => Value::from(text),
        Kind::Bare => bare(text.trim()),
        Kind::TextOrList => list(text.trim()).unwrap_or_else(|| Value::from(text)),
    }
}

fn bare(text: &str) -> Value {
    if let Ok(flag) = text.parse::<bool>() {
        return Value::from(flag);
    }
    if let Ok(number) = text.parse::<u64>() {
        return Value::from(number);
    }
    text.parse::<f64>().map_or_else(|_| Value::from(text), Value::from)
}

fn list(text: &str) -> Option<Value> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    Some(Value::from(inner.split(',').map(|part| bare(part.trim())).collect::<Vec<_>>()))
}
