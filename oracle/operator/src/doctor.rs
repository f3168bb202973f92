//! `oracle doctor`: looks at everything that an operator needs, and says of each thing how it is and what to do. It changes nothing,
//! can run beside the service, and goes on where something is down.

mod local;
mod node;
pub mod standing;

use std::{path::Path, sync::Arc};

use chain::{Signer, WasmdClient};
use serde::Serialize;

pub use self::standing::{memberships, private_datanets};
use crate::{
    config::{Config, Environment},
    contracts::Contracts,
    keys::DatanetKeys,
    secrets,
};

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works for now.
    Warn,
    /// The operator cannot do its part.
    Fail,
}

/// What was found of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The thing.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub what: String,
    /// What to do about it; empty where nothing is to be done.
    pub do_what: String,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, state: State::Ok, what: what.into(), do_what: String::new() }
    }

    fn warn(check: &'static str, what: impl Into<String>, do_what: impl Into<String>) -> Self {
        Self { check, state: State::Warn, what: what.into(), do_what: do_what.into() }
    }

    fn fail(check: &'static str, what: impl Into<String>, do_what: impl Into<String>) -> Self {
        Self { check, state: State::Fail, what: what.into(), do_what: do_what.into() }
    }
}

/// Looks at everything, with the configuration at `path`.
pub async fn run(path: &Path, environment: &Environment) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("version", concat!("oracle ", env!("CARGO_PKG_VERSION")))];
    match Config::load(path, environment) {
        Ok(config) => {
            findings.push(Finding::ok("configuration", path.display().to_string()));
            findings.extend(with(&config, environment).await);
        }
        Err(error) => {
            let do_what = "mend the configuration; nothing else can be looked at before";
            findings.push(Finding::fail("configuration", whole(&error), do_what));
        }
    }
    findings
}

async fn with(config: &Config, environment: &Environment) -> Vec<Finding> {
    let signer = secrets::load(&config.key, environment);
    let mut findings = vec![local::key(&config.key, signer.as_ref())];
    let signer = signer.ok();
    findings.extend([local::home(&config.home), local::disk(config)]);
    findings.push(local::objects(config).await);
    let (keys, finding) = local::datanet_keys(config);
    findings.extend(finding);
    findings.extend(local::gpus());
    let client = match WasmdClient::offline(config.chain.wasmd()) {
        Ok(client) => client,
        Err(error) => {
            findings.push(Finding::fail("node", whole(&error), "mend `chain.rpc`"));
            return findings;
        }
    };
    let (of_node, answers) = node::health(&client, config).await;
    findings.extend(of_node);
    if let (node::Answers::Yes, Some(signer)) = (answers, &signer) {
        findings.push(node::money(&client, config, signer.address()).await);
    }
    let deployment = config.deployment();
    findings.push(local::deployment(config, deployment.as_ref()));
    if let (node::Answers::Yes, Ok(deployment)) = (answers, deployment) {
        let code = node::code(&client, config, &deployment).await;
        let are_there = passes(&code);
        findings.extend(code);
        if are_there {
            let contracts = Contracts::new(Arc::new(client), deployment);
            findings.extend(on_chain(&contracts, config, signer.as_ref(), &keys).await);
        }
    }
    findings
}

/// What the contracts know of the account.
async fn on_chain(contracts: &Contracts, config: &Config, signer: Option<&Signer>, keys: &DatanetKeys) -> Vec<Finding> {
    let Some(signer) = signer else { return Vec::new() };
    let (mut findings, methods) = memberships(contracts, signer.address()).await;
    findings.extend(private_datanets(contracts, &config.models.serve, &methods, keys).await);
    findings
}

/// Whether nothing failed.
pub fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.state != State::Fail)
}

/// Findings for people: a line each, and below it what to do.
pub fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let lines = findings.iter().map(|finding| {
        let mark = match finding.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        let line = format!("{mark}  {:width$}  {}\n", finding.check, finding.what);
        let advice = format!("      {:width$}  → {}\n", "", finding.do_what);
        if finding.do_what.is_empty() { line } else { line + &advice }
    });
    lines.collect()
}

/// An error with all that stands behind it.
fn whole(error: &dyn std::error::Error) -> String {
    let behind = error.source().map(|source| format!(": {}", whole(source))).unwrap_or_default();
    format!("{error}{behind}")
}
