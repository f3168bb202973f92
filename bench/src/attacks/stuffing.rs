//! Paid queries about one's own items.

use anyhow::Result;

use super::attack::{Attack, Attacker, Back, Instead, Prepared, Questions};

/// Honest images; and in every epoch one query for each of them, at a fee.
#[derive(Clone, Copy, Debug)]
pub struct Stuffing {
    /// The fee of each query, in uopen.
    pub fee_uopen: u128,
    /// What of the fees is the attacker's own.
    pub back: Back,
}

impl Attack for Stuffing {
    fn name(&self) -> String {
        match self.back {
            Back::Nothing => "query stuffing",
            Back::OwnerAndStake => "query stuffing by the model's owner",
        }
        .to_owned()
    }

    fn does(&self) -> &'static str {
        "contributes its own images, and asks for the label of each in every epoch"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let own = attacker.ground.own.clone();
        let questions = Some(Questions { images: own.clone(), back: self.back });
        Ok(Prepared { questions, fee_uopen: self.fee_uopen, ..Prepared::batch(own) })
    }

    fn if_it_pays(&self) -> &'static str {
        match self.back {
            Back::Nothing => {
                "a query returns more than its fee where its influence on one's own items is large against D, until usefulness binds"
            }
            Back::OwnerAndStake => {
                "the owner's and the stake's part of its own fees come back, so that less influence suffices than for a contributor alone"
            }
        }
    }
}
