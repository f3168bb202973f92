//! Contributions that cost nothing to make.

use anyhow::Result;
use influence::dataset::LabelledImage;

use super::attack::{Attack, Attacker, Instead, Prepared};
use super::cast::SIZE;
use super::images::{prototypes, with_noise};
use crate::pay::random::Random;
use crate::pay::scene::{mislabelled, noise};

/// Standard deviation of the noise on boilerplate, in grey values of sixteen.
const NOISE: f64 = 1.0;

/// What the junk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junk {
    /// Real images, every label wrong.
    FlippedLabels,
    /// Uniform noise with random labels.
    Noise,
    /// The mean image of every label, again and again with a little noise.
    Boilerplate,
}

impl Attack for Junk {
    fn name(&self) -> String {
        match self {
            Self::FlippedLabels => "label flip",
            Self::Noise => "noise",
            Self::Boilerplate => "boilerplate",
        }
        .to_owned()
    }

    fn does(&self) -> &'static str {
        match self {
            Self::FlippedLabels => "contributes images with wrong labels",
            Self::Noise => "contributes uniform noise with random labels",
            Self::Boilerplate => "contributes the mean image of every label, again and again with a little noise",
        }
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let mut random = attacker.ground.attackers_random();
        Ok(Prepared::batch(match self {
            Self::FlippedLabels => {
                attacker.ground.own.iter().map(|image| mislabelled(image.clone(), &mut random)).collect()
            }
            Self::Noise => (0..SIZE).map(|_| noise(&mut random)).collect(),
            Self::Boilerplate => boilerplate(attacker, &mut random),
        }))
    }

    fn if_it_pays(&self) -> &'static str {
        match self {
            Self::FlippedLabels => "wrong labels can be right often enough by chance",
            Self::Noise => {
                "doubt covers queries and validation images; an error of influence about this very batch stays the same, and is paid"
            }
            Self::Boilerplate => {
                "means of other people's images have the right labels: what helps the model is paid, whoever made it"
            }
        }
    }
}

/// As many images as the attacker could have contributed, made of those that others did.
fn boilerplate(attacker: &Attacker<'_>, random: &mut Random) -> Vec<LabelledImage> {
    let prototypes = prototypes(attacker.ground.honest.iter().flatten());
    prototypes.iter().cycle().take(SIZE).map(|image| with_noise(image, NOISE, random)).collect()
}
