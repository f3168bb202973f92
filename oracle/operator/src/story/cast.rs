//! The accounts of the story, each with its own key made from the story's seed, and what each starts with.

use chain::Signer;
use protocol::open_token::UOPEN_PER_OPEN;
use sha2::{Digest, Sha256};

use super::plan::{PAYERS, Plan, Size};

/// Reviewers of the DataNet; two of three must accept.
pub const REVIEWERS: usize = 3;
/// Bond of a contribution, in uopen.
pub const CONTRIBUTION_BOND: u128 = 50 * UOPEN_PER_OPEN;
/// Bond of an operator, in uopen.
pub const OPERATOR_BOND: u128 = 1_000 * UOPEN_PER_OPEN;
/// What a payer pays into its channel with the base, in uopen.
pub const DEPOSIT: u128 = 2_000 * UOPEN_PER_OPEN;

/// What a payer pays into its channel with the adapter, in uopen.
pub const ADAPTER_DEPOSIT: u128 = 200 * UOPEN_PER_OPEN;

/// What the first payer has for the model that it corrects: its channel, and bonds that it lends to the gateway, in uopen.
pub const CORRECTING: u128 = 700 * UOPEN_PER_OPEN;

/// An account of the story.
#[derive(Clone)]
pub struct Actor {
    /// Name in the story.
    pub name: String,
    /// What it does.
    pub role: &'static str,
    /// Its key.
    pub signer: Signer,
    /// OPEN at the start, in uopen.
    pub start: u128,
}

impl Actor {
    fn new(seed: u64, name: &str, role: &'static str, start: u128) -> Self {
        Self {
            name: name.to_owned(),
            role,
            signer: Signer::from_bytes(&key(seed, name)).expect("a hash is a valid key, but once in 2^128"),
            start,
        }
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.signer.address().to_owned()
    }
}

/// Everybody in the story.
pub struct Cast {
    /// Deploys and governs.
    pub governance: Actor,
    /// Owns the base model and its DataNet.
    pub owner: Actor,
    /// Serves the model.
    pub gateway: Actor,
    /// In the order of the plan's batches.
    pub contributors: Vec<Actor>,
    /// Owns the adapter and its DataNet.
    pub adapter_owner: Actor,
    /// In the order of the adapter's batches.
    pub inverters: Vec<Actor>,
    /// Lent the machine that the base was trained on.
    pub trainer: Actor,
    /// Fine-tuned the adapter.
    pub tuner: Actor,
    /// Shares in what `honest-160` earns.
    pub annotator: Actor,
    /// Review contributions.
    pub reviewers: Vec<Actor>,
    /// Approves validation examples for the model.
    pub model_curator: Actor,
    /// Approves validation examples for the DataNet.
    pub datanet_curator: Actor,
    /// A stranger: proves the copy, opens rounds, claims for all.
    pub stranger: Actor,
    /// Pay for calls.
    pub payers: Vec<Actor>,
    /// Compute influence.
    pub operators: Vec<Actor>,
}

impl Cast {
    /// Everybody, with keys of their own.
    pub fn new(plan: &Plan, size: Size) -> Self {
        let actor = |name: &str, role, start| Actor::new(size.seed, name, role, start);
        Self {
            governance: actor("governance", "governance", 0),
            owner: actor("owner", "owner", 0),
            gateway: actor("gateway", "gateway", 0),
            contributors: plan
                .batches
                .iter()
                .map(|batch| actor(&batch.name, "contributor", CONTRIBUTION_BOND))
                .collect(),
            adapter_owner: actor("adapter-owner", "owner", 0),
            inverters: (plan.adapter.batches.iter())
                .map(|batch| actor(&batch.name, "contributor", CONTRIBUTION_BOND))
                .collect(),
            trainer: actor("trainer", "worker", 0),
            tuner: actor("fine-tuner", "worker", 0),
            annotator: actor("annotator", "payee", 0),
            reviewers: (1..=REVIEWERS).map(|n| actor(&format!("reviewer-{n}"), "reviewer", 0)).collect(),
            model_curator: actor("model-curator", "curator", 0),
            datanet_curator: actor("datanet-curator", "curator", 0),
            stranger: actor("stranger", "prover", 0),
            payers: (1..=PAYERS)
                .map(|n| {
                    let correcting = if n == 1 { CORRECTING } else { 0 };
                    actor(&format!("payer-{n}"), "payer", DEPOSIT + ADAPTER_DEPOSIT + correcting)
                })
                .collect(),
            operators: (1..=size.operators)
                .map(|n| actor(&format!("operator-{n}"), "operator", OPERATOR_BOND))
                .collect(),
        }
    }

    /// Everybody in one list.
    pub fn everybody(&self) -> Vec<&Actor> {
        let mut all = vec![&self.governance, &self.owner, &self.gateway];
        all.extend(&self.contributors);
        all.push(&self.adapter_owner);
        all.extend(&self.inverters);
        all.extend([&self.trainer, &self.tuner, &self.annotator]);
        all.extend(&self.reviewers);
        all.extend([&self.model_curator, &self.datanet_curator, &self.stranger]);
        all.extend(&self.payers);
        all.extend(&self.operators);
        all
    }
}

/// A key of the story, which is a story: real keys come from a file or the environment.
pub fn key(seed: u64, name: &str) -> [u8; 32] {
    Sha256::new().chain_update("story-key/v1").chain_update(seed.to_be_bytes()).chain_update(name).finalize().into()
}
