//! The one way to talk to a chain: [`ChainClient`], its typed extensions, [`Timeline`] and [`Signer`].
//!
//! Behind the trait stands the embedded chain ([`EmbeddedClient`]) or a wasmd node ([`WasmdClient`]). Callers see no difference but in
//! time: an embedded chain's time passes when someone waits for it.
//!
//! Invariant: no other crate of the oracle knows cosmrs, and no caller of [`ChainClient`] knows which chain stands behind it.

pub mod client;
pub mod embedded;
pub mod error;
pub mod mnemonic;
pub mod signer;
pub mod wasmd;

pub use client::{ChainClient, ChainClientExt, Execute, Status, Timeline};
pub use embedded::{EmbeddedClient, EmbeddedOptions};
pub use error::ChainError;
pub use signer::{Signer, SignerError, address_of};
pub use testing::{
    Admin, Admins, Code, DeployConfig, DeployPlan, Deployment, Step, TxFilter, TxMessage, TxOutcome, TxRecord,
};
pub use wasmd::{
    Checkup, ContractInfo, DeployProgress, DeployRequest, Instantiate, Journal, JournalError, NodeDeployment,
    NodeHealth, Probe, Receipt, SentTransaction, WasmdClient, WasmdOptions, WasmdStill,
};

/// Bech32 prefix of all addresses.
pub const ADDRESS_PREFIX: &str = "wasm";
