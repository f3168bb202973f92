//! Copies of somebody else's contribution.

use anyhow::Result;
use influence::dataset::LabelledImage;

use super::attack::{Attack, Attacker, Cluster, Contribution, Instead, Prepared};
use super::cast::VICTIM;
use super::images::{moved, with_noise};
use crate::pay::random::Random;

/// Standard deviation of the noise on a near copy, in grey values of sixteen.
const NOISE: f64 = 0.5;
/// The same of a disguised one.
const MUCH_NOISE: f64 = 2.0;

/// How a copy differs from the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Not at all.
    Exact,
    /// By a little noise.
    Near,
    /// Shifted by a pixel: another image to whoever compares pixels at rest.
    Moved,
    /// Shifted by a pixel, and with so much noise that two different images can be more alike.
    Disguised,
}

/// A contribution that stands `times` times among the training items, once honestly.
#[derive(Clone, Copy, Debug)]
pub struct Copies {
    /// How the copies differ.
    pub likeness: Likeness,
    /// How often the contribution is there, with the original.
    pub times: usize,
}

impl Attack for Copies {
    fn name(&self) -> String {
        let likeness = match self.likeness {
            Likeness::Exact => "exact copies",
            Likeness::Near => "near copies",
            Likeness::Moved => "shifted copies",
            Likeness::Disguised => "disguised copies",
        };
        format!("{likeness} ×{}", self.times)
    }

    fn does(&self) -> &'static str {
        match self.likeness {
            Likeness::Exact => "contributes another's images again, under several accounts",
            Likeness::Near => "contributes another's images with a little noise, under several accounts",
            Likeness::Moved => "contributes another's images, shifted by a pixel, under several accounts",
            Likeness::Disguised => {
                "contributes another's images, shifted by a pixel and with much noise, under several accounts"
            }
        }
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn cluster(&self) -> Option<Cluster> {
        Some(Cluster::VictimAndAttacker)
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let mut random = attacker.ground.attackers_random();
        let copied = &attacker.ground.honest[VICTIM];
        let mut copy = |_| Contribution { items: self.copy(copied, &mut random), from: 0 };
        Ok(Prepared { contributions: (1..self.times).map(&mut copy).collect(), ..Prepared::default() })
    }

    fn if_it_pays(&self) -> &'static str {
        match self.likeness {
            Likeness::Exact | Likeness::Near => "copies that are not recognised are trained on",
            Likeness::Moved | Likeness::Disguised => {
                "copies that are not recognised are trained on, and help a model that is asked about shifted images: their use is paid"
            }
        }
    }
}

impl Copies {
    fn copy(&self, images: &[LabelledImage], random: &mut Random) -> Vec<LabelledImage> {
        let mut copy = |image: &LabelledImage| match self.likeness {
            Likeness::Exact => image.clone(),
            Likeness::Near => with_noise(image, NOISE, random),
            Likeness::Moved => moved(image, random),
            Likeness::Disguised => with_noise(&moved(image, random), MUCH_NOISE, random),
        };
        images.iter().map(&mut copy).collect()
    }
}
