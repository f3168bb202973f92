//! What all rounds came to, as tables.

use super::{
    audit::{Fate, Tally},
    faults::Fault,
};
use crate::record::Record;

/// A row per fault: how often, what was checked, what came out.
pub fn faults(place: &'static str, tally: &Tally) -> Vec<Record> {
    let row = |(fault, fate): (&Fault, &Fate)| {
        Record::new()
            .text("chain", place)
            .text("fault", fault.name())
            .count("rounds", fate.rounds)
            .count("settled_at_once", fate.settled)
            .text("checked", fault.checked())
            .text("outcome", outcome(fate.violations))
    };
    tally.fates.iter().map(row).collect()
}

fn outcome(violations: u64) -> String {
    if violations == 0 { "holds".to_owned() } else { format!("{violations} VIOLATIONS") }
}

/// One row of totals.
pub fn totals(place: &'static str, tally: &Tally, seconds: f64) -> Record {
    let share = tally.settled as f64 / tally.rounds.max(1) as f64;
    let covered = tally.unsettled.iter().filter(|unsettled| unsettled.covered_by.is_some()).count();
    Record::new()
        .text("chain", place)
        .count("rounds", tally.rounds)
        .number("settled_at_first_try", share, 3)
        .count("others", tally.unsettled.len() as u64)
        .count("covered_later", covered as u64)
        .count("wrong_payouts", tally.wrong_payouts.len() as u64)
        .count("open_lost", tally.lost.len() as u64)
        .count("honest_slashed", tally.slashed.len() as u64)
        .count("never_covered", tally.uncovered.len() as u64)
        .count("other_faults", tally.others.len() as u64)
        .count("missed_by_honest", tally.missed)
        .count("measured_again", tally.measured)
        .number("seconds", seconds, 0)
}

/// Why rounds settled nothing, and how many later rounds it took.
pub fn reasons(place: &'static str, tally: &Tally) -> Vec<Record> {
    let mut counted: std::collections::BTreeMap<(String, String), (u64, u64, u64)> = Default::default();
    for unsettled in &tally.unsettled {
        let entry = counted.entry((unsettled.why.clone(), unsettled.outcome.clone())).or_default();
        entry.0 += 1;
        if let Some(by) = unsettled.covered_by {
            entry.1 += 1;
            entry.2 = entry.2.max(by.get() - unsettled.round.get());
        }
    }
    let row = |((script, outcome), (times, covered, later)): ((String, String), (u64, u64, u64))| {
        Record::new()
            .text("chain", place)
            .text("unsettled_because", script)
            .text("ended_as", outcome)
            .count("times", times)
            .count("covered", covered)
            .count("rounds_later_at_most", later)
    };
    counted.into_iter().map(row).collect()
}

/// What was counted beside.
pub fn counts(place: &'static str, tally: &Tally) -> Vec<Record> {
    let row = |(name, count): (&&'static str, &u64)| {
        Record::new().text("chain", place).text("what", *name).count("times", *count)
    };
    tally.counts.iter().map(row).collect()
}
