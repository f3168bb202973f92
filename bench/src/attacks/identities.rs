//! One contributor under many accounts, and one that changes.

use anyhow::Result;

use super::attack::{Attack, Attacker, Cluster, Contribution, Instead, Prepared};
use crate::pay::scene::mislabelled;

/// Honest images, dealt out to so many accounts.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// Accounts.
    pub accounts: usize,
}

impl Attack for Split {
    fn name(&self) -> String {
        format!("one split in {}", self.accounts)
    }

    fn does(&self) -> &'static str {
        "contributes its own images under several accounts, a part each"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn cluster(&self) -> Option<Cluster> {
        Some(Cluster::Identities)
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let own = &attacker.ground.own;
        let parts = own.chunks(own.len().div_ceil(self.accounts));
        let contributions = parts.map(|part| Contribution { items: part.to_vec(), from: 0 }).collect();
        Ok(Prepared { contributions, ..Prepared::default() })
    }

    fn if_it_pays(&self) -> &'static str {
        "some of several accounts are above their doubt by chance, and none pays for the others' losses"
    }
}

/// Honest for the first half of the epochs; then a second contribution of wrong labels joins the first.
#[derive(Clone, Copy, Debug)]
pub struct TurnsBad;

impl Attack for TurnsBad {
    fn name(&self) -> String {
        "turning bad half-way".to_owned()
    }

    fn does(&self) -> &'static str {
        "is honest for twenty epochs of forty, then contributes as many images again, with wrong labels"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let mut random = attacker.ground.attackers_random();
        let wrong = attacker.ground.later.iter().map(|image| mislabelled(image.clone(), &mut random)).collect();
        let good = Contribution { items: attacker.ground.own.clone(), from: 0 };
        let bad = Contribution { items: wrong, from: attacker.plan.epochs / 2 };
        Ok(Prepared { contributions: vec![good, bad], ..Prepared::default() })
    }

    fn if_it_pays(&self) -> &'static str {
        "good items weigh more where others are wrong, and the debt of the second account ends at its bond"
    }
}
