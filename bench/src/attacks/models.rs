//! Models of a seed, each trained once for all worlds with the same training items; and what was measured of them, once for all worlds in which
//! the same is asked.

use std::rc::Rc;

use anyhow::Result;
use influence::Threads;
use influence::dataset::Examples;
use influence::report::Ownership;
use rules::score::Vector;

use crate::pay::engine::{Engine, Making};

/// Trains models when they are first needed.
pub struct Models {
    seed: u64,
    making: Making,
    threads: Threads,
    trained: Vec<(Examples, Rc<Engine>)>,
    measured: Vec<(Measured, Vector)>,
}

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
        Self { seed, making, threads, trained: Vec::new(), measured: Vec::new() }
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

    /// How many were trained.
    pub fn count(&self) -> usize {
        self.trained.len()
    }
}
