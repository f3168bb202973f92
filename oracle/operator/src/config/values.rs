//! Defaults, file and environment as one, each value with the place it came from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::{Format as _, Toml},
    value::{Dict, Map, Num, Value},
};

use super::{
    environment::Environment,
    error::{ConfigError, Located, Place},
    keys::{self, KEYS},
    setting::Setting,
};

/// Names that a secret would have, if somebody wrote one into the file.
const SECRETS: [&str; 6] = ["mnemonic", "phrase", "seed", "secret", "private_key", "password"];
/// Layers, as figment names them.
const FILE: &str = "file";
const ENVIRONMENT: &str = "environment";
const DEFAULTS: &str = "defaults";

/// All values.
pub(super) struct Values {
    figment: Figment,
    file: PathBuf,
    home: PathBuf,
}

/// One source of values.
struct Layer {
    name: &'static str,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Values {
    /// Reads the file at `path` under an environment.
    pub(super) fn read(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::of_text(&text, path, environment)
    }

    /// As [`Self::read`], of a text that is to stand at `path`.
    pub(super) fn of_text(text: &str, path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let written = parse(text, path)?;
        check(&written, "", path)?;
        let figment = Figment::new()
            .merge(Layer { name: DEFAULTS, values: parse(&defaults(), Path::new("the defaults"))? })
            .merge(Layer { name: FILE, values: written })
            .merge(Layer { name: ENVIRONMENT, values: environment.overrides()? });
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut values = Self { figment, file: path.to_owned(), home: folder.to_owned() };
        if let Some(home) = values.optional::<PathBuf>("home")? {
            // A path in the file is below the file; one in a variable is where the command was started.
            let is_variable = matches!(values.locate("home").place, Place::Variable(_));
            values.home = if is_variable { home } else { folder.join(home) };
        }
        Ok(values)
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// A value, if the key is set or has a default.
    pub(super) fn optional<T: Setting>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        let Ok(value) = self.figment.find_value(key) else { return Ok(None) };
        match T::from_value(&value) {
            Some(setting) => Ok(Some(setting)),
            None => Err(self.refuse::<T>(key, &value)),
        }
    }

    /// A value of a key that has a default or must be set.
    pub(super) fn get<T: Setting>(&self, key: &'static str) -> Result<T, ConfigError> {
        let example = keys::find(key).map_or("…", |key| key.example);
        self.optional(key)?.ok_or_else(|| ConfigError::Missing { path: self.file.clone(), key, example })
    }

    /// A path; one without a leading slash is below `home`.
    pub(super) fn path(&self, key: &'static str) -> Result<PathBuf, ConfigError> {
        self.get::<PathBuf>(key).map(|path| self.home.join(path))
    }

    /// As [`Self::path`], for a key without a default.
    pub(super) fn optional_path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(self.optional::<PathBuf>(key)?.map(|path| self.home.join(path)))
    }

    /// A key with the place of its value.
    pub(super) fn locate(&self, key: &str) -> Located {
        let place = match self.figment.find_metadata(key).map(|metadata| metadata.name.as_ref()) {
            Some(ENVIRONMENT) => Place::Variable(keys::variable(key)),
            Some(FILE) => Place::File(self.file.clone()),
            _ => Place::Default,
        };
        Located { key: key.to_owned(), place }
    }

    fn refuse<T: Setting>(&self, key: &str, value: &Value) -> ConfigError {
        ConfigError::Value { at: self.locate(key), found: shown(key, value), expected: T::EXPECTED }
    }
}

/// A value as a refusal shows it. What stands where a key file is to be named might be the key.
fn shown(key: &str, value: &Value) -> String {
    match value {
        _ if key.starts_with("key.") => "something else (not shown)".to_owned(),
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{letter:?}"),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => written(*number),
        Value::Empty(..) => "nothing".to_owned(),
        Value::Dict(..) => "a table".to_owned(),
        Value::Array(..) => "a list".to_owned(),
    }
}

fn written(number: Num) -> String {
    let whole =
        number.to_u128().map(|whole| whole.to_string()).or_else(|| number.to_i128().map(|whole| whole.to_string()));
    whole.or_else(|| number.to_f64().map(|float| float.to_string())).unwrap_or_else(|| "a number".to_owned())
}

fn parse(text: &str, path: &Path) -> Result<Dict, ConfigError> {
    Toml::from_str(text)
        .map_err(|error| ConfigError::NotToml { path: path.to_owned(), reason: without_excerpt(&error.to_string()) })
}

/// A parser shows the line that it stumbled over, which may hold a secret.
fn without_excerpt(message: &str) -> String {
    let said = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    said.collect::<Vec<_>>().join(": ")
}

/// All defaults as TOML.
fn defaults() -> String {
    let lines = KEYS.iter().filter_map(|key| key.default.map(|default| format!("{} = {default}\n", key.path)));
    lines.collect()
}

/// Refuses what is no key.
fn check(table: &Dict, prefix: &str, path: &Path) -> Result<(), ConfigError> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            _ if keys::find(&key).is_some() => {}
            Value::Dict(_, inner) if keys::is_section(&key) => check(inner, &key, path)?,
            Value::Dict(_, inner) => return Err(unknown_section(&key, inner, path)),
            other if keys::is_section(&key) => return Err(not_a_section(&key, other, path)),
            _ => return Err(unknown(key, path)),
        }
    }
    Ok(())
}

/// The first key of a section that does not exist, since that is what was meant.
fn unknown_section(section: &str, inner: &Dict, path: &Path) -> ConfigError {
    match inner.keys().next() {
        Some(name) => unknown(format!("{section}.{name}"), path),
        None => unknown(section.to_owned(), path),
    }
}

fn unknown(key: String, path: &Path) -> ConfigError {
    let path = path.to_owned();
    let name = key.rsplit('.').next().unwrap_or(&key);
    if SECRETS.contains(&name) {
        return ConfigError::SecretInFile { path, key };
    }
    let suggestion = keys::nearest(&key).map(str::to_owned);
    ConfigError::UnknownKey { path, key, suggestion }
}

fn not_a_section(key: &str, value: &Value, path: &Path) -> ConfigError {
    let at = Located { key: key.to_owned(), place: Place::File(path.to_owned()) };
    ConfigError::Value { at, found: shown(key, value), expected: "a section with keys of its own, as [chain]" }
}
