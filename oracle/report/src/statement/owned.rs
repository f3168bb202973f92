//! What a model owes, and what bounds it.

use serde::Serialize;

use super::{Amount, Signed};

/// Parts of fees or royalties, in uopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartsOwed {
    /// The protocol's.
    pub protocol: Amount,
    /// The owner's.
    pub owner: Amount,
    /// The stake holders'.
    pub stake: Amount,
    /// The contributors'.
    pub influence: Amount,
    /// The parents'.
    pub parents: Amount,
}

impl PartsOwed {
    /// All of them; saturating, which OPEN's supply never reaches.
    pub fn total(&self) -> Amount {
        let parts = [self.protocol, self.owner, self.stake, self.influence, self.parents];
        Amount(parts.iter().fold(0, |sum, part| sum.saturating_add(part.0)))
    }
}

/// Money terms and the epoch from which they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TermsShown {
    /// First epoch.
    pub from_epoch: u64,
    /// Owner's share of the net fee, in basis points.
    pub owner_bps: u16,
    /// Stake holders' share.
    pub stake_bps: u16,
    /// Contributors' share.
    pub influence_bps: u16,
    /// Parents' share.
    pub parents_bps: u16,
    /// What part of newly earned money becomes payable in a round, in basis points.
    pub release_rate_bps: u16,
    /// The most that one contribution can ever accrue, in uopen.
    pub cap: Amount,
}

/// A parent and its share of the parents' part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ParentShare {
    /// The model.
    pub model: u64,
    /// In basis points.
    pub share_bps: u16,
}

/// A model of the account: every obligation and its bound, at the tip of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnedModel {
    /// The model.
    pub model: u64,
    /// Its name.
    pub name: String,
    /// Last settled epoch.
    pub settled_through: Option<u64>,
    /// Owed to contributors, claimed or not: Σ liability.
    pub liability: Amount,
    /// Released for payment: Σ payable.
    pub payable: Amount,
    /// Claimed, or swept to the treasury.
    pub claimed: Amount,
    /// Still owed: `liability − claimed`.
    pub owed: Amount,
    /// Can be claimed now: `payable − claimed`.
    pub claimable: Amount,
    /// Accrued and waiting, in doubt or not yet released: Σ held back.
    pub held_back: Amount,
    /// Parts of unsettled epochs.
    pub unsettled: PartsOwed,
    /// Pool of a round in progress that no account has yet.
    pub in_progress: Amount,
    /// Owed to parents, waiting for `Flow`.
    pub royalties_owed: Amount,
    /// Came from children, waiting for a valuation round.
    pub royalties_waiting: PartsOwed,
    /// Ever passed on to parents.
    pub royalties_flowed: Amount,
    /// Came from children in the period.
    pub royalties_received_in_period: Amount,
    /// Passed on to parents in the period.
    pub royalties_flowed_in_period: Amount,
    /// Stake left in the contributors' reserve, in units.
    pub reserve_contributors: Amount,
    /// Of that, given to positions and not delivered, in units.
    pub stake_undelivered: Amount,
    /// Stake left in the work reserve, in units.
    pub reserve_work: Amount,
    /// Positions: contributions that the model uses.
    pub positions: u32,
    /// `cap · positions` by the higher of the caps in force and pending: the most that all of them can ever accrue. A cap that no
    /// account can reach counts as 2^63 − 1.
    pub bound: Amount,
    /// Terms of the tip's epoch.
    pub terms: TermsShown,
    /// Terms that hold later.
    pub pending: Option<TermsShown>,
    /// Parents.
    pub parents: Vec<ParentShare>,
    /// Accounts in debt: Σ debt.
    pub debt: Amount,
    /// Of that, beyond doubt: Σ proved debt.
    pub proved_debt: Amount,
    /// Taken from bonds for it so far.
    pub debt_collected: Amount,
    /// Σ accrued, debts included.
    pub accrued: Signed,
    /// Whether the ledger is retired.
    pub retired: bool,
    /// The first epoch in which the ledger can be retired, if neither fees nor a valuation come before; none if it is retired or empty.
    pub retire_from_epoch: Option<u64>,
    /// Its first second.
    pub retire_from: Option<u64>,
    /// What else must happen first: epochs with fees wait to be settled, or a round is in progress.
    pub must_settle_first: bool,
}
