//! What the events say happened to bonds, to compare with what the contract's records and its OPEN say.

use cosmwasm_std::Uint128;
use protocol::datanet::Contribution;
use protocol::event::DatanetEvent;

/// Sums over all events so far, in uopen.
#[derive(Default)]
pub struct Books {
    paid_in: Uint128,
    taken: Uint128,
    to_provers: Uint128,
    returned: Uint128,
}

impl Books {
    pub fn enter(&mut self, event: &DatanetEvent) {
        match event {
            DatanetEvent::Committed { bond, .. } => self.paid_in += bond,
            DatanetEvent::Forfeited { bond, .. } => self.taken += bond,
            DatanetEvent::DuplicatesProved { taken, to_prover, .. } => {
                self.taken += taken;
                self.to_provers += to_prover;
            }
            DatanetEvent::DebtCollected { taken, .. } => self.taken += taken,
            DatanetEvent::Rejected { bond, .. } | DatanetEvent::BondReleased { bond, .. } => self.returned += bond,
            _ => {}
        }
    }

    /// Bonds that the contract must hold, in uopen.
    pub fn held(&self) -> Uint128 {
        self.paid_in - self.taken - self.returned
    }

    /// What must have arrived in `settlement`, in uopen.
    pub fn in_treasury(&self) -> Uint128 {
        self.taken - self.to_provers
    }

    /// Compares with the records of all contributions.
    pub fn check(&self, contributions: &[Contribution]) {
        let taken: Uint128 = contributions.iter().map(|contribution| contribution.bond_taken).sum();
        assert_eq!(taken, self.taken, "what the records say was taken is not what the events say");
        let returned: Uint128 = contributions.iter().filter(|one| one.bond_returned).map(left).sum();
        assert_eq!(returned, self.returned, "what the records say went back is not what the events say");
        let held: Uint128 = contributions.iter().filter(|one| !one.bond_returned).map(left).sum();
        assert_eq!(held, self.held(), "what the records say is held is not what the events say");
    }
}

fn left(contribution: &Contribution) -> Uint128 {
    contribution.bond.checked_sub(contribution.bond_taken).expect("no more is taken than was paid")
}
