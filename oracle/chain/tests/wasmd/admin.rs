//! Code and instances.

use chain::{ChainError, DeployConfig, DeployProgress, DeployRequest, Instantiate, Signer};
use cosmwasm_std::{Addr, Empty, Uint128};
use protocol::open_token::InstantiateMsg;
use sha2::{Digest as _, Sha256};

use crate::devnet::{Devnet, artifacts};

fn open() -> InstantiateMsg {
    InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: 6,
        initial_balances: vec![],
        mint: None,
        marketing: None,
    }
}

#[tokio::test]
async fn an_instance_has_the_admin_it_was_given_until_that_gives_it_up() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let (owner, other) = (devnet.signer().await, devnet.signer().await);
    let wasm = std::fs::read(artifacts().join("open_token.wasm")).unwrap();
    let code_id = client.store_code(&owner, &wasm).await.unwrap();
    assert_eq!(client.code_checksum(code_id).await.unwrap().0, <[u8; 32]>::from(Sha256::digest(&wasm)));

    let admin = |signer: &Signer| Some(Addr::unchecked(signer.address()));
    let instance = Instantiate::new(code_id, "a token", &open()).unwrap().with_admin(admin(&owner));
    let contract = client.instantiate(&owner, instance).await.unwrap();
    let info = client.contract_info(contract.as_str()).await.unwrap();
    assert_eq!((info.code_id, info.label.as_str(), info.creator.as_str()), (code_id, "a token", owner.address()));
    assert_eq!(info.admin, admin(&owner));

    let refused = client.migrate(&other, &contract, code_id, &Empty {}).await;
    assert!(matches!(refused, Err(ChainError::Rejected { contract: of, .. }) if of == contract.as_str()));
    client.update_admin(&owner, &contract, &admin(&other).unwrap()).await.unwrap();
    client.migrate(&other, &contract, code_id, &Empty {}).await.map(drop).unwrap_or_else(|error| {
        // The same version is refused by the contract itself: the chain let the new admin through.
        assert!(
            matches!(error, ChainError::Rejected { ref reason, .. } if !reason.contains("unauthorized")),
            "{error:?}"
        );
    });
    client.clear_admin(&other, &contract).await.unwrap();
    assert_eq!(client.contract_info(contract.as_str()).await.unwrap().admin, None);
}

#[tokio::test]
async fn what_is_no_wasm_is_refused_and_what_is_absent_not_found() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let signer = devnet.signer().await;
    assert!(matches!(client.store_code(&signer, b"no wasm").await, Err(ChainError::Rejected { .. })));
    assert!(matches!(client.contract_info(signer.address()).await, Err(ChainError::NotFound { .. })));
    assert!(matches!(client.code_checksum(9_999_999).await, Err(ChainError::NotFound { .. })));
}

#[tokio::test]
async fn a_deployment_goes_on_where_it_stopped() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let governance = devnet.signer().await;
    let address = Addr::unchecked(governance.address());
    let config = DeployConfig::for_tests(address.clone(), vec![(address, Uint128::new(5))]);
    let folder = artifacts();
    let request = || DeployRequest { config: &config, governance: &governance, artifacts: &folder };
    let mut kept = DeployProgress::default();
    let stopped = client.deploy(request(), DeployProgress::default(), |progress| {
        kept = progress.clone();
        if progress.done.len() < 3 { Ok(()) } else { Err(ChainError::NoMessages) }
    });
    assert!(matches!(stopped.await, Err(ChainError::NoMessages)));
    let (token, steps) = (kept.done[0].clone().unwrap(), kept.done.len());
    let deployment = client.deploy(request(), kept, |_| Ok(())).await.unwrap();
    assert_eq!((deployment.deployment.open_token.clone(), steps), (token, 3));
    assert_eq!(client.contract_info(deployment.deployment.settlement.as_str()).await.unwrap().admin, None);
    let written = serde_json::to_value(&deployment).unwrap();
    assert_eq!(written["settlement"], deployment.deployment.settlement.as_str());
    assert_eq!(written["code_ids"]["open_token"], deployment.code_ids["open_token"]);
    assert_eq!(serde_json::from_value::<chain::NodeDeployment>(written).unwrap(), deployment);
}
