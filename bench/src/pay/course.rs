//! One seed's epochs, played.

use anyhow::{Context, Result, bail};
use influence::Threads;
use influence::dataset::LabelledImage;
use rules::score::{Report, Vector};

use super::Strata;
use super::chain::{Chain, Settled};
use super::engine::{Engine, Making};
use super::kinds::{Finder, Found, Kinds};
use super::scene::Scene;

/// On the first and every tenth epoch all invariants are checked after every transaction.
const WATCHED: usize = 10;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// How many epochs.
    pub epochs: usize,
    /// Paid queries of each.
    pub queries: usize,
    /// Fresh validation images of each.
    pub validation: usize,
    /// How the model is made.
    pub making: Making,
    /// Who tells the strata of validation images.
    pub kinds: Kinds,
}

/// What was played.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Seed of data and models.
    pub seed: u64,
    /// Strata of utility.
    pub strata: Strata,
    /// Damping of influence.
    pub damping: f64,
    /// Part of the first epoch's queries that were answered rightly.
    pub accuracy: f64,
    /// What strata the engine found, where it had to.
    pub found: Option<Found>,
    /// One round per epoch.
    pub rounds: Vec<Round>,
}

/// An epoch's fees, scored and settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// What the operators reported.
    pub vector: Vector,
    /// Shares by the usual rule, from the same influence.
    pub usual: Vec<f64>,
    /// What the contracts did.
    pub settled: Settled,
}

/// Told after every epoch.
pub type OnEpoch<'a> = &'a dyn Fn();

/// Plays a seed.
///
/// # Errors
/// If data do not fit, training fails, a contract refuses a step, or the state of the chain does not hold together.
pub fn play(
    plan: &Plan,
    images: &[LabelledImage],
    (seed, strata): (u64, Strata),
    threads: Threads,
    on_epoch: OnEpoch<'_>,
) -> Result<Course> {
    let mut scene = Scene::new(images.to_vec(), seed, strata)?;
    let engine = Engine::prepare(&scene.items, seed, plan.making, threads)?;
    let mut finder = Finder::new(plan.kinds);
    let mut chain = Chain::new(plan.validation as u64);
    let mut course = Course { seed, strata, damping: engine.damping, accuracy: 0.0, found: None, rounds: Vec::new() };
    for epoch in 0..plan.epochs {
        chain.watch(epoch % WATCHED == 0);
        let (asked, drawn) = (scene.asked(plan.queries)?, scene.fresh(plan.validation)?);
        let fresh = finder.tell(drawn, &engine)?;
        if epoch == 0 {
            course.accuracy = engine.accuracy(&asked)?;
        }
        let outcome = engine.measure(&scene.ownership, &asked, &fresh, chain.protocol_bps())?;
        let Report::Vector(vector) = outcome.report else {
            bail!("{} queries and {} validation images are too few to report on", plan.queries, plan.validation);
        };
        let settled = chain.settle(&asked.fees, &vector).with_context(|| format!("epoch {} fails", epoch + 1))?;
        course.rounds.push(Round { vector, usual: outcome.breakdown.usual_rule, settled });
        on_epoch();
    }
    course.found = finder.found();
    Ok(course)
}
