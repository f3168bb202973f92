//! The CosmJS client on contracts that a model has earned on: queries, a transfer, a claim that pays, and what is refused.

use std::{fs, process::Command};

use crate::{
    devnet::{Devnet, root},
    market::{Market, PARAMETERS},
};

/// What each of the devnet's accounts holds at the start, in uopen.
const HELD: u64 = 100_000_000_000_000;

#[tokio::test]
async fn cosmjs_queries_pays_and_claims() {
    let devnet = Devnet::up();
    let parameters = devnet.file("parameters.toml", PARAMETERS);
    let mut options = vec!["--config".to_owned(), parameters.display().to_string()];
    for name in ["governance", "alice", "bob", "carol", "faucet"] {
        options.extend(["--balance".to_owned(), format!("{}={HELD}", devnet.signer(name).address())]);
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let deployed = devnet.deploy(&options).output().unwrap();
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    fs::copy(devnet.deployment_file(), devnet.running_folder().join("deployment.json")).unwrap();
    let at = devnet.deployment().deployment;
    let mut market = Market::open(devnet.client().await, at, devnet.signer("governance")).await.unwrap();
    let epoch = market.pay().await.unwrap();
    market.measure(epoch).await.unwrap();

    let tests =
        Command::new(root().join("scripts/test-cosmjs")).env("DEVNET", devnet.running_folder()).output().unwrap();
    let told = String::from_utf8_lossy(&tests.stdout);
    assert!(tests.status.success(), "{told}\n{}", String::from_utf8_lossy(&tests.stderr));
    assert!(told.contains("# fail 0") && told.contains("# skipped 0"), "every test has something to test: {told}");
}
