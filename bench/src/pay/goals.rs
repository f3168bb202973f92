//! What pay should reach, and whether it does.

use anyhow::{Context, Result, bail};

use super::cast::{Kind, positions};
use super::shares::Shares;
use super::summary::{Courses, Mean};
use super::{Rule, Strata};
use crate::record::Record;

/// The most that a contributor of noise may be paid, of the pools.
const NOISE_AT_MOST: f64 = 0.002;
/// As tables name the goal of the specialist.
pub const SPECIALIST: &str = "the specialist is paid what it accrued";
/// The least part of the pools that is paid.
const PAID_AT_LEAST: f64 = 0.85;
/// The largest part of the pools that is owed to nobody.
const RESIDUAL_AT_MOST: f64 = 0.10;

/// A goal, and how far it was reached under the contracts' rule; means over seeds after the judged epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// What is asked.
    pub what: &'static str,
    /// The bound.
    pub bound: Bound,
    /// What was reached.
    pub reached: Mean,
}

/// What is reached must be on one side of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Not above.
    AtMost(f64),
    /// Not below.
    AtLeast(f64),
}

impl Goal {
    /// Whether it is reached.
    pub fn met(&self) -> bool {
        match self.bound {
            Bound::AtMost(bound) => self.reached.value <= bound,
            Bound::AtLeast(bound) => self.reached.value >= bound,
        }
    }

    /// A row of a table, in per cent.
    pub fn row(&self, strata: Strata) -> Record {
        let (bound, worst) = match self.bound {
            Bound::AtMost(bound) => (format!("≤ {:.1}", 100.0 * bound), self.reached.most),
            Bound::AtLeast(bound) => (format!("≥ {:.1}", 100.0 * bound), self.reached.least),
        };
        Record::new()
            .count("strata", strata.count())
            .text("goal", self.what)
            .text("bound, %", bound)
            .text("reached, %", self.reached.per_cent())
            .number("worst seed, %", 100.0 * worst, 2)
            .text("met", if self.met() { "yes" } else { "NO" })
    }
}

/// The goals under these strata.
///
/// # Errors
/// As [`super::shares::after`] and [`super::treasury::split`].
pub fn judge(courses: &Courses, strata: Strata) -> Result<Vec<Goal>> {
    let epochs = courses.judged();
    let ours = |of: &dyn Fn(&Shares) -> f64| courses.mean((strata, Rule::Ours), epochs, of);
    let [specialist] = positions(Kind::Specialist)[..] else { bail!("there is one specialist") };
    let each = ours(&|all| all.paid[specialist] / all.accrued[specialist])?;
    let goal = |what, bound, reached| Goal { what, bound, reached };
    Ok(vec![
        goal("wrong labels are paid nothing", Bound::AtMost(0.0), ours(&|all| highest(all, Kind::WrongLabels))?),
        goal(
            "each contributor of noise is paid next to nothing",
            Bound::AtMost(NOISE_AT_MOST),
            noise(courses, strata)?,
        ),
        goal(
            SPECIALIST,
            Bound::AtLeast(specialist_at_least(strata)),
            ratio(ours(&|all| all.paid[specialist])?, ours(&|all| all.accrued[specialist])?, each),
        ),
        goal("all paid, of the pools", Bound::AtLeast(PAID_AT_LEAST), ours(&Shares::all_paid)?),
        goal(
            "all paid, of what is accrued",
            Bound::AtLeast(PAID_AT_LEAST),
            ours(&|all| all.all_paid() / all.all_accrued())?,
        ),
        goal(
            "owed to nobody, of the pools",
            Bound::AtMost(RESIDUAL_AT_MOST),
            courses.mean_split(strata, epochs, |split| split.residual)?,
        ),
    ])
}

/// The least part of its accrued that the specialist is paid by epoch 40.
fn specialist_at_least(strata: Strata) -> f64 {
    match strata {
        Strata::One => 0.60,
        Strata::Two => 0.75,
    }
}

/// The ratio of two means, which seeds that accrue next to nothing hardly move; with the spread of the seeds' own ratios.
fn ratio(part: Mean, whole: Mean, each: Mean) -> Mean {
    Mean { value: part.value / whole.value, ..each }
}

fn highest(shares: &Shares, kind: Kind) -> f64 {
    positions(kind).into_iter().map(|position| shares.paid[position]).fold(0.0, f64::max)
}

/// The contributor of noise that is paid most on average; the worst seed is that of any of them.
fn noise(courses: &Courses, strata: Strata) -> Result<Mean> {
    let mean =
        |position: usize| courses.mean((strata, Rule::Ours), courses.judged(), move |shares| shares.paid[position]);
    let means = positions(Kind::Noise).into_iter().map(mean).collect::<Result<Vec<Mean>>>()?;
    let most = means.iter().fold(0.0, |most: f64, mean| most.max(mean.most));
    let highest = means.into_iter().max_by(|left, right| left.value.total_cmp(&right.value));
    Ok(Mean { most, ..highest.context("there are contributors of noise")? })
}
