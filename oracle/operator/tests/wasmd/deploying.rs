//! `oracle deploy` on a real chain: interrupted, repeated, refused.

use std::{process::Command, time::Duration};

use chain::{ChainClient as _, TxFilter};
use serde_json::Value;

use crate::devnet::Devnet;

/// Runs to the end: exit code, standard output, standard error.
fn run(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Starts it, and kills it as kill -9 does once it has lasted so long. Whether it was still at work.
fn kill_after(mut command: Command, lasted: Duration) -> bool {
    let mut child = command.spawn().unwrap();
    std::thread::sleep(lasted);
    let at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    at_work
}

#[tokio::test]
async fn a_deployment_that_is_killed_again_and_again_ends_as_one_deployment() {
    let devnet = Devnet::up();
    let mut kills = 0;
    // Each run lasts longer than the wait for what an earlier one had sent.
    for lasted in [3, 26, 29] {
        kills += u32::from(kill_after(devnet.deploy(&[]), Duration::from_secs(lasted)));
    }
    assert!(kills >= 2, "only {kills} runs were interrupted");
    let (code, told, error) = run(devnet.deploy(&["--json"]));
    assert_eq!(code, 0, "{error}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let client = devnet.client().await;
    let deployment = devnet.deployment();
    for contract in told["contracts"].as_array().unwrap().iter().filter(|contract| !contract["address"].is_null()) {
        let made = client.txs(&TxFilter::event("instantiate").with("code_id", &contract["code_id"])).await.unwrap();
        assert_eq!(made.len(), 1, "{} was made more than once", contract["name"]);
        assert_eq!(contract["code"], "same", "{contract}");
    }
    for code_id in deployment.code_ids.values() {
        let checksum = client.code_checksum(*code_id).await.unwrap();
        let stored = client.txs(&TxFilter::event("store_code").with("code_checksum", checksum)).await.unwrap();
        assert_eq!(stored.len(), 1, "code {code_id} was stored more than once");
    }
    let wired = client.txs(&TxFilter::event("execute").with("_contract_address", &deployment.deployment.datanet)).await;
    assert_eq!(wired.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_deployed_is_shown_and_not_deployed_again() {
    let devnet = Devnet::up();
    let (code, table, error) = run(devnet.deploy(&[]));
    assert_eq!(code, 0, "{error}");
    let deployed = devnet.deployment();
    for line in ["admin the timelock", "admin itself", "admin none: nobody can migrate it", "as listed"] {
        assert!(table.contains(line), "{line} is not in:\n{table}");
    }
    let client = devnet.client().await;
    let timelock = deployed.deployment.timelock.clone().unwrap();
    let settlement = client.contract_info(deployed.deployment.settlement.as_str()).await.unwrap();
    assert_eq!((settlement.admin, settlement.label.as_str()), (Some(timelock), "settlement"));
    let version = client.contract_version(deployed.deployment.settlement.as_str()).await.unwrap();
    assert_eq!(
        (version.contract.as_str(), version.version.as_str()),
        ("crates.io:settlement", env!("CARGO_PKG_VERSION"))
    );
    let height = client.status().await.unwrap().height;
    let (code, again, error) = run(devnet.deploy(&[]));
    assert_eq!((code, again), (0, table));
    assert!(error.contains("deployed already"), "{error}");
    assert_eq!(devnet.deployment(), deployed);
    let stored = client.txs(&TxFilter::event("store_code").since(height)).await.unwrap();
    assert!(stored.is_empty(), "{stored:?}");
}

#[tokio::test]
async fn admins_and_parameters_are_what_was_asked_for() {
    let devnet = Devnet::up();
    let council = devnet.signer("alice").address().to_owned();
    let parameters = devnet.file("parameters.toml", "epoch_length = 77\n");
    let parameters = parameters.to_str().unwrap();
    let balance = format!("{council}=5");
    let options = ["--admin", &council, "--settlement-admin", "none", "--config", parameters, "--balance", &balance];
    let (code, table, error) = run(devnet.deploy(&options));
    assert_eq!(code, 0, "{error}");
    assert!(table.contains(&format!("admin {council}: an account, which can migrate it at once")), "{table}");
    let (client, at) = (devnet.client().await, devnet.deployment().deployment);
    assert_eq!(at.timelock, None);
    assert_eq!(client.contract_info(at.settlement.as_str()).await.unwrap().admin, None);
    let config = client.query_raw(at.settlement.as_str(), br#"{"config":{}}"#).await.unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["epoch_length"], "77");
    let token = client.query_raw(at.open_token.as_str(), br#"{"token_info":{}}"#).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&token).unwrap()["total_supply"], "5");
}

#[tokio::test]
async fn another_chain_another_key_or_changed_wishes_are_refused_in_words() {
    let devnet = Devnet::up();
    assert!(kill_after(devnet.deploy(&[]), Duration::from_secs(4)));
    let (code, _, error) = run(devnet.deploy(&["--settlement-admin", "none"]));
    assert_eq!(code, 2);
    assert!(error.contains("finish it with those, or forget it with --fresh"), "{error}");
    let (code, _, error) = run(devnet.deploy(&["--admin", "cosmos1abc"]));
    assert_eq!(code, 2);
    assert!(error.contains("is no address of this chain"), "{error}");
    let mut other = devnet.deploy(&[]);
    other.env_remove("ORACLE_CHAIN__CHAIN_ID").args(["--out", "elsewhere.json"]);
    assert_eq!(run(other).0, 2, "an option given twice");
}
