//! The model's own answers, sold back to it as data.

use anyhow::Result;
use influence::dataset::{Examples, LabelledImage};
use influence::mlp::served_labels;

use super::OPEN;
use super::attack::{Attack, Attacker, Instead, Prepared};
use super::images::{moved, with_noise};

/// The mean fee of an answer, in uopen.
const FEE: u128 = 2 * OPEN;
/// Standard deviation of the noise on disguised images, in grey values of sixteen.
const NOISE: f64 = 0.5;

/// Images that nobody labelled, with the labels that the model gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laundering {
    /// Each label bought for a fee.
    Bought,
    /// Bought; then each image is shifted by a pixel and given a little noise.
    Disguised,
    /// From a copy of the public weights, for nothing: no receipt shows it.
    OwnCopy,
}

impl Attack for Laundering {
    fn name(&self) -> String {
        match self {
            Self::Bought => "model-output laundering",
            Self::Disguised => "model-output laundering, disguised",
            Self::OwnCopy => "laundering by a copy of the weights",
        }
        .to_owned()
    }

    fn does(&self) -> &'static str {
        match self {
            Self::Bought => "asks the model for labels of images that it finds, and contributes them with these",
            Self::Disguised => "the same, but contributes the images shifted by a pixel and with a little noise",
            Self::OwnCopy => "labels images that it finds by a copy of the public weights, and contributes them",
        }
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let labelled = labelled(attacker)?;
        if *self == Self::OwnCopy {
            return Ok(Prepared::batch(labelled));
        }
        let mut random = attacker.ground.attackers_random();
        let mut disguised = |image: &LabelledImage| with_noise(&moved(image, &mut random), NOISE, &mut random);
        let items = match self {
            Self::Disguised => labelled.iter().map(&mut disguised).collect(),
            _ => labelled.clone(),
        };
        let paid_before_uopen = FEE * items.len() as u128;
        let prepared = Prepared::batch(items);
        Ok(Prepared { fee_uopen: FEE, paid_before_uopen, answered_before: labelled, ..prepared })
    }

    fn if_it_pays(&self) -> &'static str {
        match self {
            Self::Bought | Self::Disguised => {
                "most of the bought labels are right, so the items explain right answers; who does not hold them against receipts cannot tell"
            }
            Self::OwnCopy => {
                "most of the model's labels are right, so the items explain right answers; nothing in the data tells them from own ones"
            }
        }
    }
}

/// The images that the attacker finds, with the labels that the model gives them.
fn labelled(attacker: &mut Attacker<'_>) -> Result<Vec<LabelledImage>> {
    let served = attacker.served()?;
    let found = &attacker.ground.own;
    let labels = served_labels(served.members(), &Examples::from_images(found)?)?;
    Ok(found.iter().zip(labels).map(|(image, label)| LabelledImage { label, ..image.clone() }).collect())
}
