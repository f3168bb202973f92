//! Every contract is migrated to a build with a higher version between two epochs, through the timelock, and nothing is lost.

use std::{fs, path::PathBuf};

use chain::{ChainClient as _, ChainError, Code, Deployment, Execute, Signer, Timeline as _, WasmdClient};
use cosmwasm_std::{Addr, Empty};
use protocol::{
    ProposalId,
    timelock::{Change, ExecuteMsg},
};
use serde_json::Value;

use crate::{
    devnet::{Devnet, root, script},
    market::{Market, PARAMETERS},
};

const NEXT_VERSION: &str = "0.1.1";
const DELAY: &str = "3";
const MIGRATED: [Code; 5] = [Code::Datanet, Code::Model, Code::Attribution, Code::Settlement, Code::Timelock];

fn address(at: &Deployment, code: Code) -> Addr {
    match code {
        Code::Datanet => at.datanet.clone(),
        Code::Model => at.model.clone(),
        Code::Attribution => at.attribution.clone(),
        Code::Settlement => at.settlement.clone(),
        _ => at.timelock.clone().unwrap(),
    }
}

fn migration(contract: &Addr, code_id: u64) -> Change {
    Change::Migrate { contract: contract.to_string(), code_id: code_id.into(), msg: b"{}".as_slice().into() }
}

/// The same contracts, calling themselves a higher version.
fn next_build() -> PathBuf {
    if let Some(built) = std::env::var_os("NEXT_ARTIFACTS") {
        return built.into();
    }
    let out = root().join("target/contracts/next");
    let mut arguments = vec!["--as-version", NEXT_VERSION, "--out", out.to_str().unwrap()];
    arguments.extend(MIGRATED.map(Code::label));
    assert!(script("build-wasm", &arguments), "scripts/build-wasm --as-version {NEXT_VERSION} failed");
    out
}

/// A timelock on a real chain, and who speaks to it.
struct Admin {
    client: WasmdClient,
    timelock: Addr,
    proposer: Signer,
    stranger: Signer,
    proposals: u64,
}

impl Admin {
    /// Announced by governance, executed by a stranger.
    async fn change(&mut self, changes: Vec<Change>) -> Result<(), ChainError> {
        let propose = ExecuteMsg::Propose { changes, reason: "a new build".to_owned() };
        self.tell(&self.proposer, &propose).await.expect("a proposal that is well formed");
        self.proposals += 1;
        let execute = ExecuteMsg::Execute { proposal: ProposalId(self.proposals) };
        let early = self.tell(&self.stranger, &execute).await.expect_err("the delay runs").to_string();
        assert!(early.contains("wait until then"), "{early}");
        let delay: u64 = DELAY.parse().unwrap();
        let time = self.client.status().await?.time;
        self.client.wait_until(time + delay).await?;
        self.client.wait_blocks(2).await?;
        self.tell(&self.stranger, &execute).await
    }

    async fn tell(&self, signer: &Signer, msg: &ExecuteMsg) -> Result<(), ChainError> {
        self.client.execute(signer, vec![Execute::new(self.timelock.as_str(), msg)?]).await.map(drop)
    }
}

/// Codes of the next version.
async fn store(client: &WasmdClient, governance: &Signer) -> Vec<(Code, u64)> {
    let build = next_build();
    let mut stored = Vec::new();
    for code in MIGRATED {
        let wasm = fs::read(build.join(code.artifact()).with_extension("wasm")).unwrap();
        stored.push((code, client.store_code(governance, &wasm).await.unwrap()));
    }
    stored
}

#[tokio::test]
async fn contracts_are_migrated_between_two_epochs_and_nothing_is_lost() {
    let devnet = Devnet::up();
    let parameters = devnet.file("parameters.toml", PARAMETERS);
    let deploy = devnet.deploy(&["--timelock-delay", DELAY, "--config", parameters.to_str().unwrap()]).output();
    let deployed = deploy.unwrap();
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    let (client, deployment, governance) = (devnet.client().await, devnet.deployment(), devnet.signer("governance"));
    let at = deployment.deployment.clone();
    let timelock = at.timelock.clone().unwrap();
    let stranger = devnet.signer("bob");
    let mut admin =
        Admin { client: client.clone(), timelock, proposer: devnet.signer("governance"), stranger, proposals: 0 };
    let codes = store(&client, &governance).await;

    let mut market = Market::open(client.clone(), at.clone(), governance).await.unwrap();
    let first = market.pay().await.unwrap();
    market.settle(first).await.unwrap();
    // Fees of the next round are in the books while the code changes.
    let second = market.pay().await.unwrap();

    refused_past_the_timelock(&admin, &at, &codes).await;
    let before = market.answers().await.unwrap();
    let changes = codes.iter().map(|(code, id)| migration(&address(&at, *code), *id)).collect();
    admin.change(changes).await.unwrap();
    for ((query, before), (_, after)) in before.iter().zip(market.answers().await.unwrap()) {
        assert_eq!(*before, after, "{query}");
    }
    for (code, id) in &codes {
        let contract = address(&at, *code);
        assert_eq!(client.contract_info(contract.as_str()).await.unwrap().code_id, *id, "{code:?}");
        assert_eq!(client.contract_version(contract.as_str()).await.unwrap().version, NEXT_VERSION, "{code:?}");
    }

    market.settle(second).await.unwrap();
    let third = market.pay().await.unwrap();
    let round = market.settle(third).await.unwrap();
    assert_eq!(round.id.get(), 3);
    refused_by_the_code(&mut admin, &at, &codes, &deployment.code_ids).await;
}

/// Neither governance nor a stranger may, and only the proposer announces.
async fn refused_past_the_timelock(admin: &Admin, at: &Deployment, codes: &[(Code, u64)]) {
    for (code, id) in codes {
        for signer in [&admin.proposer, &admin.stranger] {
            let error = admin.client.migrate(signer, &address(at, *code), *id, &Empty {}).await.unwrap_err();
            assert!(error.to_string().contains("unauthorized"), "{code:?}: {error}");
        }
    }
    let propose = ExecuteMsg::Propose { changes: vec![migration(&at.datanet, codes[0].1)], reason: String::new() };
    let error = admin.tell(&admin.stranger, &propose).await.unwrap_err().to_string();
    assert!(error.contains("the timelock's proposer must send this"), "{error}");
}

/// Back to the lower version, and to the code of another contract.
async fn refused_by_the_code(
    admin: &mut Admin,
    at: &Deployment,
    codes: &[(Code, u64)],
    older: &std::collections::BTreeMap<String, u64>,
) {
    for (code, id) in codes {
        let contract = address(at, *code);
        let lower = admin.change(vec![migration(&contract, older[code.artifact()])]).await.unwrap_err().to_string();
        assert!(lower.contains("newer") || lower.contains("version"), "{code:?} to a lower version: {lower}");
        let (other, other_id) = codes.iter().find(|(other, _)| other != code).unwrap();
        let wrong = admin.change(vec![migration(&contract, *other_id)]).await.unwrap_err().to_string();
        assert!(!wrong.contains("wait until then"), "{code:?} to {other:?}: {wrong}");
        let info = admin.client.contract_info(contract.as_str()).await.unwrap();
        assert_eq!(info.code_id, *id, "{code:?}");
    }
}

#[tokio::test]
async fn settlement_without_an_admin_is_never_migrated() {
    let devnet = Devnet::up();
    let deployed = devnet.deploy(&["--timelock-delay", DELAY, "--settlement-admin", "none"]).output().unwrap();
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    let (client, at, governance) = (devnet.client().await, devnet.deployment().deployment, devnet.signer("governance"));
    let codes = store(&client, &governance).await;
    let (_, id) = codes.iter().find(|(code, _)| *code == Code::Settlement).unwrap();
    let error = client.migrate(&governance, &at.settlement, *id, &Empty {}).await.unwrap_err();
    assert!(error.to_string().contains("unauthorized"), "{error}");
    let (timelock, stranger) = (at.timelock.clone().unwrap(), devnet.signer("bob"));
    let mut admin = Admin { client: client.clone(), timelock, proposer: governance, stranger, proposals: 0 };
    let error = admin.change(vec![migration(&at.settlement, *id)]).await.unwrap_err();
    assert!(error.to_string().contains("unauthorized"), "{error}");
    assert_eq!(client.contract_info(at.settlement.as_str()).await.unwrap().admin, None);
    let config = client.query_raw(at.settlement.as_str(), br#"{"config":{}}"#).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&config).unwrap()["lapse_after"], "64");
}
