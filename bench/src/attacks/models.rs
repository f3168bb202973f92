//! Models of a seed, each trained once for all worlds with the same training items; and what was measured of them, once for all worlds in which
//! the same is asked.

use std::rc::Rc;

use anyhow::Result;
use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::TrainingPlan;
use influence::report::Ownership;
use influence::truth::seeds_from;
use rules::score::Vector;

use super::training::Training;
use super::trial::{Trial, Verdict};
use crate::pay::engine::{Engine, Making};

/// The first seed of models of trials, and the most that one seed of data has. No model that serves has one of them.
const TRIAL_SEEDS: (u64, u64) = (1_000_000_000, 1_000);
/// How many of them a trial takes unless told otherwise.
const USUAL_TRIAL: u64 = 32;

/// Trains models when they are first needed.
pub struct Models {
    seed: u64,
    making: Making,
    threads: Threads,
    trial_seeds: u64,
    trained: Vec<(Examples, Rc<Engine>)>,
    measured: Vec<(Measured, Vector)>,
    tried: Vec<(Tried, Vec<Verdict>)>,
}

/// What a trial depends on, besides its images, which are the same in every world of a seed.
type Tried = (Examples, Ownership, Vec<usize>);

/// What an epoch's vector depends on, besides what honest payers ask and curators approve, which is the same in every world of a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// From 0.
    pub epoch: usize,
    /// The version's training items.
    pub items: Examples,
    /// Whose they are.
    pub ownership: Ownership,
    /// What the attacker asks.
    pub asked: Examples,
    /// The fee of each of its queries, in uopen.
    pub fee_uopen: u128,
}

impl Models {
    /// Of a seed.
    pub fn new(seed: u64, making: Making, threads: Threads) -> Self {
        let (trained, measured, tried) = (Vec::new(), Vec::new(), Vec::new());
        Self { seed, making, threads, trial_seeds: USUAL_TRIAL, trained, measured, tried }
    }

    /// With trials of so many models with a newcomer, and as many without: from 2 to 1,000.
    #[must_use]
    pub fn trying(self, trial_seeds: u64) -> Self {
        Self { trial_seeds: trial_seeds.clamp(2, TRIAL_SEEDS.1), ..self }
    }

    /// The model of these items.
    ///
    /// # Errors
    /// If it cannot be trained.
    pub fn of(&mut self, items: &Examples) -> Result<Rc<Engine>> {
        if let Some((_, engine)) = self.trained.iter().find(|(trained, _)| trained == items) {
            return Ok(engine.clone());
        }
        let engine = Rc::new(Engine::prepare(items, self.seed, self.making, self.threads)?);
        self.trained.push((items.clone(), engine.clone()));
        Ok(engine)
    }

    /// The vector of an epoch, by `measure` where no world before was alike.
    ///
    /// # Errors
    /// Those of `measure`.
    pub fn vector(&mut self, key: Measured, measure: impl FnOnce() -> Result<Vector>) -> Result<Vector> {
        if let Some((_, vector)) = self.measured.iter().find(|(known, _)| *known == key) {
            return Ok(vector.clone());
        }
        let vector = measure()?;
        self.measured.push((key, vector.clone()));
        Ok(vector)
    }

    /// What a trial says of newcomers, by position, beside images that nobody trains on.
    ///
    /// # Errors
    /// If a training fails.
    pub fn verdicts(
        &mut self,
        training: &Training,
        newcomers: &[usize],
        validation: &Examples,
    ) -> Result<Vec<Verdict>> {
        let key: Tried = (training.items.clone(), training.ownership.clone(), newcomers.to_vec());
        if let Some((_, verdicts)) = self.tried.iter().find(|(known, _)| *known == key) {
            return Ok(verdicts.clone());
        }
        let (first, apart) = TRIAL_SEEDS;
        let seeds = seeds_from(first + self.seed * apart, self.trial_seeds);
        let plan = TrainingPlan { schedule: self.making.schedule, ..TrainingPlan::digits(seeds.clone()) };
        let trial = Trial { plan: &plan, seeds: &seeds, validation, threads: self.threads };
        let verdicts = trial.verdicts(training, newcomers)?;
        self.tried.push((key, verdicts.clone()));
        Ok(verdicts)
    }

    /// How many were trained.
    pub fn count(&self) -> usize {
        self.trained.len()
    }
}
