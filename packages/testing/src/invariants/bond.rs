//! Bonds of contributions: what was taken stays taken, what went back stays back.

use protocol::ContributionId;
use protocol::datanet::Contribution;

use super::{Broken, at_least};

/// The bond of a contribution, in uopen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    /// Paid at the commit.
    pub paid: u128,
    /// What was taken of it.
    pub taken: u128,
    /// Whether the rest went back.
    pub returned: bool,
}

impl From<&Contribution> for Bond {
    fn from(contribution: &Contribution) -> Self {
        let Contribution { bond, bond_taken, bond_returned, .. } = contribution;
        Self { paid: bond.u128(), taken: bond_taken.u128(), returned: *bond_returned }
    }
}

impl Bond {
    /// What `datanet` holds of it, in uopen.
    pub fn held(&self) -> u128 {
        if self.returned { 0 } else { self.paid.saturating_sub(self.taken) }
    }

    pub(super) fn sound(&self, id: ContributionId) -> Result<(), Broken> {
        at_least(&format!("contribution {id}: its bond"), self.paid, "what was taken of it", self.taken)
    }

    pub(super) fn follows(&self, before: &Self, id: ContributionId) -> Result<(), Broken> {
        at_least(&format!("contribution {id}: taken from its bond"), self.taken, "that before", before.taken)?;
        let (now, earlier) = (self.returned.into(), before.returned.into());
        at_least(&format!("contribution {id}: whether its bond went back"), now, "that before", earlier)?;
        at_least(&format!("contribution {id}: its bond held before"), before.held(), "that now", self.held())
    }
}
