//! The configuration as it is written for a person: every key with its meaning, unit and default.

use std::collections::BTreeMap;

use super::keys::{KEYS, Key, Kind};

/// What stands above all keys.
const HEAD: &str = "\
# Configuration of `oracle`, the operator's service.
#
# A line as `# key = value` shows a default; take the `#` away to set another value.
# Every key can also come from the environment, which goes before this file: `chain.rpc` is ORACLE_CHAIN__RPC.
# Paths without a leading slash are below the home folder. `oracle doctor` says whether everything fits.
";

/// What a section is about.
const SECTIONS: [(&str, &str); 11] = [
    ("chain", "The node, and what is paid for gas."),
    ("key", "The key that signs. It is never written here."),
    ("objects", "Published objects: each is checked against the hash on chain before it is used."),
    ("models", "Which models are measured."),
    ("serve", "The gateway: `oracle serve` serves the models that name this key's account."),
    ("pay", "The payer: `oracle pay` pays with this key's account."),
    ("duties", "What is done beside measuring. Anybody may do these; operators take turns."),
    ("compute", "The influence job."),
    ("watch", "When somebody should look."),
    ("log", "Logs, on standard error."),
    ("http", "Metrics and health, without a password."),
];

/// The file, with some keys set. Values are TOML.
pub fn render(set: &BTreeMap<&str, String>) -> String {
    let mut text = HEAD.to_owned();
    let mut section = "";
    for key in KEYS {
        if key.section() != section {
            section = key.section();
            begin(&mut text, section);
        }
        entry(&mut text, key, set.get(key.path));
    }
    text
}

/// A value as TOML: text in quotation marks unless it is there already, everything else as it is.
pub fn as_toml(key: &Key, value: &str) -> String {
    let is_list = value.starts_with('[') || value.starts_with('"');
    match key.kind {
        Kind::Bare => value.to_owned(),
        Kind::TextOrList if is_list => value.to_owned(),
        // A JSON string is a TOML string.
        Kind::Text | Kind::TextOrList => serde_json::Value::from(value).to_string(),
    }
}

fn begin(text: &mut String, section: &str) {
    let about = SECTIONS.iter().find(|(name, _)| *name == section).map_or("", |(_, about)| about);
    text.push_str(&format!("\n# {about}\n[{section}]\n"));
}

fn entry(text: &mut String, key: &Key, set: Option<&String>) {
    text.push('\n');
    for line in key.meaning.lines() {
        text.push_str(&format!("# {line}\n"));
    }
    match set {
        Some(value) => text.push_str(&format!("{} = {value}\n", key.name())),
        None if key.default.is_some() => text.push_str(&format!("# {} = {}\n", key.name(), key.example)),
        None => text.push_str(&format!("# No default. Example:\n# {} = {}\n", key.name(), key.example)),
    }
}
