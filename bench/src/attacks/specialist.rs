//! Task R with strata that the engine finds: what the only contributor of rare data is paid of what it accrued.

use anyhow::{Context, Result};
use influence::Threads;
use influence::dataset::LabelledImage;

use crate::pay::course::{OnEpoch, Plan, play};
use crate::pay::goals::{Goal, SPECIALIST, judge};
use crate::pay::kinds::Found;
use crate::pay::summary::{Courses, Mean};
use crate::pay::{Rule, Strata, cast};
use crate::record::Record;

/// What came of the specialist.
pub struct Specialist {
    /// What it is paid of what it accrued, and what it should be.
    pub goal: Goal,
    /// What it accrued, of the pools.
    pub accrued: Mean,
    /// The strata that the engine found, by seed.
    pub found: Vec<Found>,
}

impl Specialist {
    /// Plays the task under seeds from 1 on. Of the validation images more are inverted than of the queries; nobody tells which.
    ///
    /// # Errors
    /// As [`play`].
    pub fn play(
        plan: &Plan,
        images: &[LabelledImage],
        seeds: u64,
        threads: Threads,
        on_epoch: OnEpoch<'_>,
    ) -> Result<Self> {
        let play = |seed| play(plan, images, (seed, Strata::Two), threads, on_epoch);
        let courses = (1..=seeds).map(play).collect::<Result<Vec<_>>>()?;
        let found = courses.iter().filter_map(|course| course.found).collect();
        let courses = Courses::new(courses);
        let goal = judge(&courses, Strata::Two)?.into_iter().find(|goal| goal.what == SPECIALIST);
        let [position] = cast::positions(cast::Kind::Specialist)[..] else { anyhow::bail!("there is one specialist") };
        let accrued = courses.mean((Strata::Two, Rule::Ours), courses.judged(), |shares| shares.accrued[position])?;
        Ok(Self { goal: goal.context("the specialist's goal is judged")?, accrued, found })
    }

    /// Whether all strata that the engine found are those of usual and inverted images, but for so small a part.
    pub fn told_apart(&self, mistaken: f64) -> bool {
        self.found.iter().all(|found| found.count > 1 && found.purity >= 1.0 - mistaken)
    }

    /// A row of a table for people.
    pub fn row(&self) -> Record {
        let counts: Vec<String> = self.found.iter().map(|found| found.count.to_string()).collect();
        let purity: Vec<f64> = self.found.iter().map(|found| found.purity).collect();
        Record::new()
            .text("strata found, by seed", counts.join(" "))
            .text("of one kind, %", if purity.is_empty() { "–".to_owned() } else { Mean::of(&purity).per_cent() })
            .text("accrued, % of the pools", self.accrued.per_cent())
            .text("paid of accrued, %", self.goal.reached.per_cent())
            .number("worst seed, %", 100.0 * self.goal.reached.least, 1)
            .text("goal", if self.goal.met() { "reached" } else { "MISSED" })
    }
}
