//! What an attack is: what the attacker contributes and asks, in which epochs, and what it would do instead.

use std::rc::Rc;

use anyhow::Result;
use influence::dataset::LabelledImage;

use super::cast::POSITIONS;
use super::course::Plan;
use super::ground::Ground;
use super::models::Models;
use super::training::{Batch, Screening, Training};
use crate::pay::engine::Engine;

/// Somebody who means to be paid for nothing, or for more than was given.
pub trait Attack {
    /// As tables and records name it.
    fn name(&self) -> String;

    /// What the attacker does, for people.
    fn does(&self) -> &'static str;

    /// What its accounts would do if it did not attack.
    fn instead(&self) -> Instead;

    /// Whose pay together should not change, if that is the question.
    fn cluster(&self) -> Option<Cluster> {
        None
    }

    /// All that is known before the first epoch.
    ///
    /// # Errors
    /// If a model that the attacker uses cannot be trained or asked.
    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared>;

    /// Why an attack of this kind can pay nevertheless.
    fn if_it_pays(&self) -> &'static str;
}

/// What an attacker's accounts would do otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Nothing: there is no data of its own.
    Nothing,
    /// Contribute its own images with their labels.
    Honest,
}

/// Contributions whose pay is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cluster {
    /// Whoever is copied, and the attacker; beside what the former is paid alone.
    VictimAndAttacker,
    /// The attacker's accounts; beside what one of them is paid for the same items.
    Identities,
}

/// What an attacker knows and has. Contributions and weights are public, so it knows all that the others know.
pub struct Attacker<'a> {
    /// The images.
    pub ground: &'a Ground,
    /// Trains whatever the attacker likes.
    pub models: &'a mut Models,
    /// How long it is played, and with what care.
    pub plan: Plan,
}

impl Attacker<'_> {
    /// The model without any contribution of the attacker.
    ///
    /// # Errors
    /// If it cannot be trained.
    pub fn served(&mut self) -> Result<Rc<Engine>> {
        self.with(&[])
    }

    /// The model with some images more.
    ///
    /// # Errors
    /// As [`Self::served`].
    pub fn with(&mut self, images: &[LabelledImage]) -> Result<Rc<Engine>> {
        let honest = self.ground.honest.iter().map(Vec::as_slice).enumerate();
        let batches: Vec<Batch<'_>> = honest.chain([(POSITIONS - 1, images)]).collect();
        let training = Training::resolve(&batches, POSITIONS, &Screening::new(self.plan.care))?;
        self.models.of(&training.items)
    }
}

/// What an attacker is going to do.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// What it contributes.
    pub contributions: Vec<Contribution>,
    /// What it asks in every epoch.
    pub questions: Option<Questions>,
    /// Images with a trigger: how the model answers them is told.
    pub trigger: Option<Vec<LabelledImage>>,
    /// The fee of each of its queries, in uopen; 0 if it asks nothing.
    pub fee_uopen: u128,
    /// What it asked before the first epoch, with the labels that it was given.
    pub answered_before: Vec<LabelledImage>,
    /// Fees that it paid before the first epoch, in uopen.
    pub paid_before_uopen: u128,
}

impl Prepared {
    /// One contribution from the first epoch on, and nothing else.
    pub fn batch(items: Vec<LabelledImage>) -> Self {
        Self { contributions: vec![Contribution { items, from: 0 }], ..Self::default() }
    }
}

/// Images under one account.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The images.
    pub items: Vec<LabelledImage>,
    /// Epochs before it is part of the model.
    pub from: usize,
}

/// Paid queries of an attacker.
#[derive(Clone, Debug)]
pub struct Questions {
    /// What is asked in every epoch, each image once.
    pub images: Vec<LabelledImage>,
    /// What of their fees comes back to the attacker besides its pay.
    pub back: Back,
}

/// Parts of a fee that are the attacker's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// None.
    Nothing,
    /// Those of the model's owner and of its stake, all of which it holds.
    OwnerAndStake,
}

/// Nobody in the attacker's place.
pub struct Nobody;

impl Attack for Nobody {
    fn name(&self) -> String {
        "nobody".to_owned()
    }

    fn does(&self) -> &'static str {
        "the attacker's positions stay empty"
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn prepare(&self, _attacker: &mut Attacker<'_>) -> Result<Prepared> {
        Ok(Prepared::default())
    }

    fn if_it_pays(&self) -> &'static str {
        "nobody is paid nothing"
    }
}

/// Somebody honest in the attacker's place.
pub struct Honest;

impl Attack for Honest {
    fn name(&self) -> String {
        "honest".to_owned()
    }

    fn does(&self) -> &'static str {
        "contributes its own images with their labels"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        Ok(Prepared::batch(attacker.ground.own.clone()))
    }

    fn if_it_pays(&self) -> &'static str {
        "honest work is paid, and compared with itself"
    }
}
