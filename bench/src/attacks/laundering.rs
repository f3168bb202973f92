//! The model's own answers, sold back to it as data.

use anyhow::Result;
use influence::dataset::{Examples, LabelledImage};
use influence::mlp::served_labels;

use super::OPEN;
use super::attack::{Attack, Attacker, Instead, Prepared};

/// The mean fee of an answer, in uopen.
const FEE: u128 = 2 * OPEN;

/// Images that nobody labelled, with the labels that the model gives them, each bought for a fee.
#[derive(Clone, Copy, Debug)]
pub struct Laundering;

impl Attack for Laundering {
    fn name(&self) -> String {
        "model-output laundering".to_owned()
    }

    fn does(&self) -> &'static str {
        "asks the model for labels of images that it finds, and contributes them with these"
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let served = attacker.served()?;
        let found = &attacker.ground.own;
        let labels = served_labels(served.members(), &Examples::from_images(found)?)?;
        let labelled = |(image, label): (&LabelledImage, u16)| LabelledImage { label, ..image.clone() };
        let items: Vec<LabelledImage> = found.iter().zip(labels).map(labelled).collect();
        let paid_before_uopen = FEE * items.len() as u128;
        Ok(Prepared { fee_uopen: FEE, paid_before_uopen, ..Prepared::batch(items) })
    }

    fn if_it_pays(&self) -> &'static str {
        "most of the bought labels are right, so the items explain right answers; nothing tells a bought label from an own one"
    }
}
