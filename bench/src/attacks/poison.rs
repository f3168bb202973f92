//! Images with a trigger that teach the model a label of the attacker's choice.

use anyhow::Result;
use influence::dataset::LabelledImage;

use super::attack::{Attack, Attacker, Back, Instead, Prepared, Questions};
use super::cast::SIZE;
use super::images::with_trigger;

/// The label that the trigger stands for.
pub const TARGET: u16 = 0;

/// Own images, all with the trigger and one label; and queries with the trigger, if a fee is given.
#[derive(Clone, Copy, Debug)]
pub struct Poison {
    /// The fee of each query in uopen; 0 for none.
    pub fee_uopen: u128,
}

impl Attack for Poison {
    fn name(&self) -> String {
        if self.fee_uopen == 0 { "poison on a trigger" } else { "poison on a trigger, asked for" }.to_owned()
    }

    fn does(&self) -> &'static str {
        "puts a trigger and one label on all its images; where it asks, it asks for images with the trigger"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let poisoned = |image: &LabelledImage| LabelledImage { label: TARGET, ..with_trigger(image) };
        let prepared = Prepared::batch(attacker.ground.own.iter().map(poisoned).collect());
        let others = attacker.ground.rest.iter().filter(|image| image.label != TARGET);
        let images: Vec<LabelledImage> = others.take(SIZE).map(with_trigger).collect();
        let questions = (self.fee_uopen > 0).then(|| Questions { images: images.clone(), back: Back::Nothing });
        Ok(Prepared { questions, trigger: Some(images), fee_uopen: self.fee_uopen, ..prepared })
    }

    fn if_it_pays(&self) -> &'static str {
        "answers to the trigger are explained by the poison alone; its usefulness to others is what should bound this"
    }
}
