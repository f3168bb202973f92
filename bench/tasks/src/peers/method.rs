//! Who computes influence, on which task, and how it is asked.

use std::path::Path;

use crate::export::{self, classifiers};
use crate::truth::Trained;

use super::task::Name;

/// One process that leaves matrices of influences.
#[derive(Clone, Debug)]
pub enum Method {
    /// `oracle score`.
    Ours(Ours),
    /// A method of `bench/reference/peers/peers.py`.
    Peer(&'static str),
}

/// One call of `oracle score`.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Name of its files.
    pub name: String,
    /// What is computed, for the table.
    pub method: String,
    /// As the table shows it.
    pub damping: String,
    /// What the command is given besides `--out`, `--json` and `--threads`.
    pub arguments: Vec<String>,
}

/// Dampings of a classifier's curvature.
const CLASSIFIER_DAMPINGS: [f64; 5] = [0.0003, 0.001, 0.003, 0.01, 0.03];
/// Dampings of a language model, as parts of the mean curvature.
const LANGUAGE_DAMPINGS: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
/// Methods of other libraries that are run on Task A.
const CLASSIFIER_PEERS: [&str; 8] = [
    "gradient",
    "neighbours",
    "kronfluence",
    "dattri-trak",
    "dattri-ekfac",
    "dattri-datainf",
    "dattri-explicit",
    "traker",
];
/// Methods of other libraries that are run on Task B.
const LANGUAGE_PEERS: [&str; 7] =
    ["gradient", "bm25", "kronfluence", "dattri-logra", "bergson-ekfac", "dattri-trak", "traker"];
/// Methods of other libraries that are run on Task C.
const ADAPTER_PEERS: [&str; 5] = ["gradient", "bm25", "kronfluence", "dattri-logra", "dattri-trak"];
/// Words alone: no library that is compared here goes from one stage to another.
const THROUGH_PEERS: [&str; 1] = ["bm25"];
/// What is run to see that all of it works.
const SMALL_PEERS: [&str; 2] = ["gradient", "neighbours"];

impl Method {
    /// All methods of a task whose files are in `folder`; a few of Task A's to see that all of it works.
    pub fn all(name: Name, folder: &Path, small: bool) -> Vec<Self> {
        let (ours, peers): (Vec<Ours>, &[&'static str]) = match (name, small) {
            (Name::A, true) => (classifiers(folder, &CLASSIFIER_DAMPINGS[1..2]), &SMALL_PEERS),
            (Name::A, false) => (classifiers(folder, &CLASSIFIER_DAMPINGS), &CLASSIFIER_PEERS),
            (Name::B, true) => (language(folder, &LANGUAGE_DAMPINGS[1..2]), &["bm25"]),
            (Name::B, false) => (language(folder, &LANGUAGE_DAMPINGS), &LANGUAGE_PEERS),
            (Name::C, true) => (adapter(folder, &LANGUAGE_DAMPINGS[1..2]), &["bm25"]),
            (Name::C, false) => (adapter(folder, &LANGUAGE_DAMPINGS), &ADAPTER_PEERS),
            (Name::D, true) => (through(folder, &LANGUAGE_DAMPINGS[1..2]), &THROUGH_PEERS),
            (Name::D, false) => (through(folder, &LANGUAGE_DAMPINGS), &THROUGH_PEERS),
        };
        ours.into_iter().map(Self::Ours).chain(peers.iter().map(|peer| Self::Peer(peer))).collect()
    }

    /// Name of its process.
    pub fn name(&self) -> &str {
        match self {
            Self::Ours(ours) => &ours.name,
            Self::Peer(peer) => peer,
        }
    }
}

/// Exact Gauss-Newton influence of the first network and of all, at given dampings and at the one that it chooses itself.
fn classifiers(folder: &Path, dampings: &[f64]) -> Vec<Ours> {
    let mut all = Vec::new();
    for (models, path) in [("1 model", classifiers::first(folder)), ("all models", classifiers::models(folder))] {
        let data = [
            ("--items", "items"),
            ("--labels", "labels"),
            ("--queries", "queries"),
            ("--query-labels", "query_labels"),
        ];
        let files = data.map(|(flag, name)| [flag.to_owned(), shown(&folder.join(format!("{name}.npy")))]).concat();
        let arguments = [vec!["--model".to_owned(), shown(&path)], files].concat();
        let method = format!("exact GGN, {models}");
        all.extend(at_all(&method, dampings, &arguments));
    }
    all
}

/// EK-FAC influence with the map to logits and without it.
fn language(folder: &Path, dampings: &[f64]) -> Vec<Ours> {
    let files = texts(folder);
    let without = [files.clone(), vec!["--without-head".to_owned()]].concat();
    let kinds =
        [("EK-FAC, linear layers and output layer", files), ("EK-FAC, linear layers without output layer", without)];
    kinds.iter().flat_map(|(method, arguments)| at_all(method, dampings, arguments)).collect()
}

/// EK-FAC influence through an adapter.
fn adapter(folder: &Path, dampings: &[f64]) -> Vec<Ours> {
    let own = ["--adapter".to_owned(), shown(&export::adapter_folder(folder, 0))];
    at_all("EK-FAC, adapter", dampings, &[texts(folder), own.to_vec()].concat())
}

/// EK-FAC influence of what the base learned on what the adapter answers, and, beside it, on what the base would.
fn through(folder: &Path, dampings: &[f64]) -> Vec<Ours> {
    let later = folder.with_file_name(Trained::ADAPTER.name());
    let adapter = ["--stage", "base", "--adapter", &shown(&export::adapter_folder(&later, 0))].map(str::to_owned);
    let base = asked(&later, folder);
    let kinds = [
        ("EK-FAC, items of the base through both stages", [base.clone(), adapter.to_vec()].concat()),
        ("EK-FAC, as if the base were asked", base),
    ];
    kinds.iter().flat_map(|(method, arguments)| at_all(method, dampings, arguments)).collect()
}

/// A language model with its items and queries.
fn texts(folder: &Path) -> Vec<String> {
    asked(folder, folder)
}

/// The language model of one folder with items and queries of another.
fn asked(model: &Path, folder: &Path) -> Vec<String> {
    let files = [
        ("--model", export::model_folder(model, 0)),
        ("--items", folder.join("items.npy")),
        ("--queries", folder.join("queries.npy")),
    ];
    files.iter().flat_map(|(flag, path)| [(*flag).to_owned(), shown(path)]).collect()
}

/// One method at all dampings, and at the one that the command takes by itself.
fn at_all(method: &str, dampings: &[f64], arguments: &[String]) -> Vec<Ours> {
    let chosen = Ours {
        name: file(&format!("{method} chosen")),
        method: format!("{method}, damping by procedure"),
        damping: "by procedure".to_owned(),
        arguments: arguments.to_vec(),
    };
    dampings.iter().map(|damping| given(method, *damping, arguments)).chain([chosen]).collect()
}

fn given(method: &str, damping: f64, arguments: &[String]) -> Ours {
    let arguments = [arguments, &["--damping".to_owned(), damping.to_string()]].concat();
    Ours {
        name: file(&format!("{method} {damping}")),
        method: method.to_owned(),
        damping: damping.to_string(),
        arguments,
    }
}

fn file(method: &str) -> String {
    let plain = method.to_lowercase().replace([' ', ','], "-");
    format!("ours-{}", plain.replace("--", "-"))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_process_of_a_task_has_a_name_of_its_own() {
        for name in [Name::A, Name::B, Name::C, Name::D] {
            let all = Method::all(name, Path::new("/task"), false);
            let names: BTreeSet<&str> = all.iter().map(Method::name).collect();
            assert_eq!(names.len(), all.len());
            assert!(
                names
                    .iter()
                    .all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)))
            );
        }
    }

    #[test]
    fn a_small_run_is_part_of_the_whole_one() {
        for name in [Name::A, Name::B, Name::C, Name::D] {
            let of = |small: bool| -> BTreeSet<String> {
                Method::all(name, Path::new("/task"), small).iter().map(|method| method.name().to_owned()).collect()
            };
            assert!(of(true).is_subset(&of(false)) && of(true).len() < of(false).len());
        }
    }

    #[test]
    fn one_call_of_each_of_our_methods_leaves_the_damping_to_the_command() {
        let chosen = |method: &&Method| matches!(method, Method::Ours(ours) if !ours.arguments.contains(&"--damping".to_owned()));
        for (name, kinds) in [(Name::A, 2), (Name::B, 2), (Name::C, 1), (Name::D, 2)] {
            let all = Method::all(name, Path::new("/task"), false);
            let methods: Vec<&Method> = all.iter().filter(chosen).collect();
            assert_eq!(methods.len(), kinds, "{name:?}: {methods:?}");
        }
    }
}
