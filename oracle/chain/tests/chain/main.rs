//! The client trait over the embedded chain, and signers.

mod embedded;
mod signer;

use chain::{DeployConfig, Deployment, EmbeddedClient, EmbeddedOptions, Signer};
use cosmwasm_std::{Addr, Uint128};

/// A chain with contracts, and an account that holds all OPEN and governs.
async fn deployed() -> (EmbeddedClient, Deployment, Signer) {
    let client = EmbeddedClient::start(EmbeddedOptions::default()).await.unwrap();
    let rich = Signer::from_seed_label("rich");
    let address = Addr::unchecked(rich.address());
    let config = DeployConfig::for_tests(address.clone(), vec![(address, Uint128::new(1_000_000))]);
    let deployment = client.deploy(config).await.unwrap();
    (client, deployment, rich)
}
