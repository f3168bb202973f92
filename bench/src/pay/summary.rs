//! Courses of several seeds as tables and records.

use anyhow::Result;

use super::cast::contributors;
use super::course::Course;
use super::shares::{Shares, after};
use super::treasury::{Split, split};
use super::{Rule, Strata};
use crate::record::Record;

/// The epoch that records and goals are about, or the last one if there are fewer.
pub const JUDGED: usize = 40;
/// Epochs that tables show, with the names of their columns.
const SHOWN: [(usize, &str, &str); 4] = [
    (3, "accrued by 3", "paid by 3"),
    (10, "accrued by 10", "paid by 10"),
    (JUDGED, "accrued by 40", "paid by 40"),
    (80, "accrued by 80", "paid by 80"),
];

/// A column with what it shows.
type Part = (&'static str, fn(&Split) -> i128);

/// A mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Standard deviation of one seed; not a number for a single one.
    pub spread: f64,
    /// Of the seed that has least.
    pub least: f64,
    /// Of the seed that has most.
    pub most: f64,
}

impl Mean {
    /// Of at least one value.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let value = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|one| (one - value).powi(2)).sum();
        let fold = |start: f64, better: fn(f64, f64) -> f64| values.iter().copied().fold(start, better);
        Self {
            value,
            spread: (squares / (count - 1.0)).sqrt(),
            least: fold(f64::INFINITY, f64::min),
            most: fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// In per cent, with the spread where there is one.
    pub fn per_cent(&self) -> String {
        let Self { value, spread, .. } = self;
        if spread.is_nan() {
            return format!("{:.2}", 100.0 * value);
        }
        format!("{:.2} ± {:.2}", 100.0 * value, 100.0 * spread)
    }
}

/// Courses of the same length, by strata.
pub struct Courses(Vec<Course>);

impl Courses {
    /// Takes courses of one plan, at least one.
    pub fn new(courses: Vec<Course>) -> Self {
        Self(courses)
    }

    /// How many epochs each has.
    pub fn epochs(&self) -> usize {
        self.0.iter().map(|course| course.rounds.len()).min().unwrap_or(0)
    }

    /// The epoch that is judged.
    pub fn judged(&self) -> usize {
        JUDGED.min(self.epochs())
    }

    /// The strata that were played.
    pub fn strata(&self) -> Vec<Strata> {
        let played = |strata: &Strata| self.0.iter().any(|course| course.strata == *strata);
        [Strata::One, Strata::Two].into_iter().filter(played).collect()
    }

    /// The courses with these strata.
    pub fn with(&self, strata: Strata) -> impl Iterator<Item = &Course> {
        self.0.iter().filter(move |course| course.strata == strata)
    }

    /// What `of` says of the shares of every course with these strata.
    ///
    /// # Errors
    /// As [`after`].
    pub fn mean(&self, (strata, rule): (Strata, Rule), epochs: usize, of: impl Fn(&Shares) -> f64) -> Result<Mean> {
        let one = |course: &Course| Ok(of(&after(course, rule, epochs)?));
        Ok(Mean::of(&self.with(strata).map(one).collect::<Result<Vec<f64>>>()?))
    }

    /// What `of` says of what became of the pools, under the contracts' rule.
    ///
    /// # Errors
    /// As [`split`].
    pub fn mean_split(&self, strata: Strata, epochs: usize, of: impl Fn(&Split) -> i128) -> Result<Mean> {
        let part = |course: &Course| {
            let split = split(course, epochs)?;
            Ok(of(&split) as f64 / split.pools as f64)
        };
        Ok(Mean::of(&self.with(strata).map(part).collect::<Result<Vec<f64>>>()?))
    }

    /// The records for machines: shares after the judged epoch, means over seeds.
    ///
    /// # Errors
    /// As [`after`].
    pub fn records(&self) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for (strata, rule) in self.cases() {
            for (position, contributor) in contributors().into_iter().enumerate() {
                let mean = |of: fn(&Shares) -> &Vec<f64>| {
                    self.mean((strata, rule), self.judged(), |shares| of(shares)[position])
                };
                let record = Record::new()
                    .text("rule", rule.name())
                    .count("strata", strata.count())
                    .text("contributor", contributor.name)
                    .number("accrued_share", mean(|shares| &shares.accrued)?.value, 4)
                    .number("paid_share", mean(|shares| &shares.paid)?.value, 4);
                records.push(record);
            }
        }
        Ok(records)
    }

    /// One row per contributor: accrued and paid in per cent of the pools, after some epochs.
    ///
    /// # Errors
    /// As [`after`].
    pub fn shares_table(&self, case: (Strata, Rule)) -> Result<Vec<Record>> {
        let row = |(position, name): (usize, String)| {
            let mut row = Record::new().text("contributor", name);
            for (epochs, accrued, paid) in self.shown() {
                row = row
                    .text(accrued, self.mean(case, epochs, |shares| shares.accrued[position])?.per_cent())
                    .text(paid, self.mean(case, epochs, |shares| shares.paid[position])?.per_cent());
            }
            Ok(row)
        };
        contributors().into_iter().map(|contributor| contributor.name).enumerate().map(row).collect()
    }

    /// One row per rule and epoch: what became of the pools, in per cent of them.
    ///
    /// # Errors
    /// As [`after`] and [`split`].
    pub fn totals_table(&self) -> Result<Vec<Record>> {
        let mut rows = Vec::new();
        for (strata, rule) in self.cases() {
            for (epochs, ..) in self.shown() {
                let mean = |of: fn(&Shares) -> f64| self.mean((strata, rule), epochs, of);
                let row = Record::new()
                    .count("strata", strata.count())
                    .text("rule", rule.name())
                    .count("epoch", epochs as u64)
                    .text("paid", mean(Shares::all_paid)?.per_cent())
                    .text("paid of accrued", mean(|all| all.all_paid() / all.all_accrued())?.per_cent());
                rows.push(if rule == Rule::Ours { self.with_split(row, strata, epochs)? } else { row });
            }
        }
        Ok(rows)
    }

    fn with_split(&self, row: Record, strata: Strata, epochs: usize) -> Result<Record> {
        let parts: [Part; 6] = [
            ("held back", |split| split.held_back),
            ("residual", |split| split.residual),
            ("beyond use", |split| split.beyond_use),
            ("set off", |split| split.set_off),
            ("taken back", |split| split.taken_back),
            ("rounding", |split| split.rounding),
        ];
        let with = |row: Record, (name, of): Part| -> Result<Record> {
            Ok(row.text(name, self.mean_split(strata, epochs, of)?.per_cent()))
        };
        let row = parts.into_iter().try_fold(row, with)?;
        let clamped = |course: &Course| Ok(split(course, epochs)?.clamped);
        let clamped = self.with(strata).map(clamped).sum::<Result<i128>>()?;
        Ok(row.count("clamped", clamped.unsigned_abs() as u64))
    }

    /// Every rule under all strata played.
    pub fn cases(&self) -> Vec<(Strata, Rule)> {
        self.strata().into_iter().flat_map(|strata| Rule::ALL.map(|rule| (strata, rule))).collect()
    }

    /// The epochs to show; where there are too few for any, all that there are.
    fn shown(&self) -> Vec<(usize, &'static str, &'static str)> {
        let mut shown: Vec<_> = SHOWN.into_iter().filter(|(epochs, ..)| *epochs <= self.epochs()).collect();
        if !shown.iter().any(|(epochs, ..)| *epochs == self.epochs()) {
            shown.push((self.epochs(), "accrued at the end", "paid at the end"));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_tells_the_spread_of_single_seeds() {
        assert_eq!(Mean::of(&[0.1, 0.3]).per_cent(), "20.00 ± 14.14");
        assert_eq!(Mean::of(&[0.25]).per_cent(), "25.00");
        let mean = Mean::of(&[0.2, -0.1, 0.5]);
        assert_eq!((mean.least, mean.most), (-0.1, 0.5));
    }
}
