//! Who sends messages that are sent rarely.

use anyhow::{Context, Result};
use chain::Signer;

/// How many contributors: each has three contributions in both models, but for the last.
const CONTRIBUTORS: usize = 4;
/// How many operators.
const OPERATORS: usize = 5;

/// Accounts that take part in nothing else.
pub struct Cast {
    /// Owns the DataNet and the models.
    pub owner: Signer,
    /// Takes over what others offer.
    pub heir: Signer,
    /// Serves the models.
    pub gateway: Signer,
    /// Pays.
    pub payer: Signer,
    /// Sends what anyone may send.
    pub anyone: Signer,
    /// The models' curator.
    pub model_curator: Signer,
    /// The DataNet's curator.
    pub datanet_curator: Signer,
    /// Of three, two decide.
    pub reviewers: Vec<Signer>,
    /// Who contribute.
    pub contributors: Vec<Signer>,
    /// Operators of the models' method.
    pub operators: Vec<Signer>,
    /// Operators of a method of their own: one leaves, the other is removed.
    pub leavers: Vec<Signer>,
}

impl Cast {
    /// Accounts with keys of their own.
    pub fn new() -> Self {
        let one = |name: &str| Signer::from_seed_label(&format!("rare {name}"));
        let many = |name: &str, count: usize| (1..=count).map(|number| one(&format!("{name} {number}"))).collect();
        Self {
            owner: one("owner"),
            heir: one("heir"),
            gateway: one("gateway"),
            payer: one("payer"),
            anyone: one("anyone"),
            model_curator: one("model curator"),
            datanet_curator: one("datanet curator"),
            reviewers: many("reviewer", 3),
            contributors: many("contributor", CONTRIBUTORS),
            operators: many("operator", OPERATORS),
            leavers: many("leaver", 2),
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<&Signer> {
        let alone = [&self.owner, &self.heir, &self.gateway, &self.payer, &self.anyone];
        let curators = [&self.model_curator, &self.datanet_curator];
        let together = [&self.reviewers, &self.contributors, &self.operators, &self.leavers].into_iter().flatten();
        alone.into_iter().chain(curators).chain(together).collect()
    }

    /// The contributor of this number.
    ///
    /// # Errors
    /// If there is none.
    pub fn contributor(&self, number: usize) -> Result<&Signer> {
        self.contributors.get(number).context("a contributor")
    }

    /// The reviewer of this number.
    ///
    /// # Errors
    /// If there is none.
    pub fn reviewer(&self, number: usize) -> Result<&Signer> {
        self.reviewers.get(number).context("a reviewer")
    }
}
