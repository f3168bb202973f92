//! Who is in a world of faults, each with a key made from the world's seed.

use anyhow::Result;
use chain::Signer;
use operator::story::cast::key;
use protocol::open_token::UOPEN_PER_OPEN;

/// Operators of the one method.
pub const OPERATORS: usize = 5;
/// Who contributed; the last one's labels are wrong.
pub const CONTRIBUTORS: usize = 4;
/// Who pays for calls.
pub const PAYERS: usize = 2;
/// Bond of a contribution, in uopen.
pub const CONTRIBUTION_BOND: u128 = 50 * UOPEN_PER_OPEN;
/// Bond of an operator, in uopen.
pub const OPERATOR_BOND: u128 = 1_000 * UOPEN_PER_OPEN;
/// What operators and payers start with, in uopen: faults cost many bonds.
const WEALTH: u128 = 1_000_000 * UOPEN_PER_OPEN;

/// Everybody.
pub struct People {
    /// Seed of all keys.
    pub seed: u64,
    /// Deploys and governs.
    pub governance: Signer,
    /// Owns DataNet and model.
    pub owner: Signer,
    /// Serves the model.
    pub gateway: Signer,
    /// Of the model, and of the DataNet.
    pub curators: [Signer; 2],
    /// Both must accept.
    pub reviewers: [Signer; 2],
    /// In the order of their names.
    pub contributors: Vec<Signer>,
    /// In the order of their names.
    pub payers: Vec<Signer>,
    /// In the order of their names.
    pub operators: Vec<Signer>,
}

impl People {
    /// Everybody of a seed.
    ///
    /// # Errors
    /// If a hash is no key, as happens once in 2^128.
    pub fn new(seed: u64) -> Result<Self> {
        let one = |name: &str| Ok::<_, anyhow::Error>(Signer::from_bytes(&key(seed, name))?);
        let many = |name: &str, count: usize| (1..=count).map(|n| one(&format!("{name}-{n}"))).collect::<Result<_>>();
        Ok(Self {
            seed,
            governance: one("governance")?,
            owner: one("owner")?,
            gateway: one("gateway")?,
            curators: [one("model-curator")?, one("datanet-curator")?],
            reviewers: [one("reviewer-1")?, one("reviewer-2")?],
            contributors: many("contributor", CONTRIBUTORS)?,
            payers: many("payer", PAYERS)?,
            operators: many("operator", OPERATORS)?,
        })
    }

    /// Who holds OPEN at the start, and how much, in uopen.
    pub fn wealth(&self) -> Vec<(&Signer, u128)> {
        let contributors = self.contributors.iter().map(|signer| (signer, CONTRIBUTION_BOND));
        let rich = self.payers.iter().chain(&self.operators).map(|signer| (signer, WEALTH));
        contributors.chain(rich).collect()
    }

    /// What an operator's account is called.
    pub fn called(&self, account: &str) -> String {
        let place = self.operators.iter().position(|signer| signer.address() == account);
        place.map_or_else(|| account.to_owned(), |index| format!("operator {}", index + 1))
    }

    /// Everybody in one list.
    pub fn everybody(&self) -> Vec<&Signer> {
        let mut all = vec![&self.governance, &self.owner, &self.gateway];
        all.extend(self.curators.iter().chain(&self.reviewers));
        all.extend(self.contributors.iter().chain(&self.payers).chain(&self.operators));
        all
    }
}
