//! What must hold in every run, however short: who breaks one of these has broken the rules, not missed a goal.

use super::attack::Attack;
use super::copies::{Copies, Likeness};
use super::identities::Split;
use super::judge::{CLUSTER_CHANGE, Judged, Outcome};
use super::junk::Junk;
use testing::scenario::CONTRIBUTION_BOND;

/// Items of near copies that must be found.
const NEAR_FOUND: f64 = 0.95;
/// The most that splitting oneself may bring, as a part of what a control is paid.
const SPLIT_AT_MOST: f64 = 0.01;
/// The most that wrong labels may be paid, of what a contributor of its size is.
const WRONG_AT_MOST: f64 = 0.01;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Under which attack.
    pub attack: String,
    /// What does not hold.
    pub what: &'static str,
}

/// Something that must hold of an outcome.
type Check = (&'static str, fn(&Outcome) -> bool);

/// All invariants that do not hold under any seed.
pub fn broken(all: &[Judged]) -> Vec<Broken> {
    let of = |judged: &Judged| {
        let failed = |(_, holds): &Check| !judged.outcomes.iter().all(holds);
        let attack = judged.name.clone();
        let broken = checks(&judged.name).into_iter().filter(failed).map(|(what, _)| what);
        broken.map(move |what| Broken { attack: attack.clone(), what }).collect::<Vec<_>>()
    };
    all.iter().flat_map(of).collect()
}

fn checks(name: &str) -> Vec<Check> {
    let mut checks = vec![ALL];
    let is = |attack: &dyn Attack| attack.name() == name;
    let copies = |likeness| move |times| Copies { likeness, times }.name();
    if (2..=10).map(copies(Likeness::Exact)).any(|own| own == name) {
        checks.extend([EXACT_FOUND, EXACT_PAID, CLUSTER]);
    }
    if (2..=10).map(copies(Likeness::Near)).any(|own| own == name) {
        checks.extend([NEAR, CLUSTER]);
    }
    if (2..=10).any(|accounts| is(&Split { accounts })) {
        checks.push(SPLIT);
    }
    if is(&Junk::FlippedLabels) {
        checks.push(WRONG);
    }
    checks
}

const ALL: Check = ("more is owed than came in", |outcome| {
    outcome.played.accounts.owed() <= outcome.played.accounts.pools() && outcome.played.accounts.pools() > 0
});

const EXACT_FOUND: Check =
    ("an exact copy is trained on", |outcome| outcome.played.found.iter().all(|found| found.left_out == found.items));

const EXACT_PAID: Check = ("an exact copy is paid, or keeps its bond", |outcome| {
    let bonds = CONTRIBUTION_BOND * outcome.played.found.len() as u128;
    outcome.played.income() == 0 && outcome.played.bonds_taken() == bonds
});

const CLUSTER: Check = ("copies change what their cluster is paid by more than they may", |outcome| {
    outcome.cluster_change.is_some_and(|change| change.abs() <= CLUSTER_CHANGE)
});

const NEAR: Check = ("copies with little noise are not found", |outcome| {
    let found = &outcome.played.found;
    let (left_out, items): (u64, u64) =
        (found.iter().map(|found| found.left_out).sum(), found.iter().map(|found| found.items).sum());
    left_out as f64 >= NEAR_FOUND * items as f64
});

const SPLIT: Check = ("splitting oneself pays", |outcome| outcome.of_control <= SPLIT_AT_MOST);

const WRONG: Check = ("wrong labels are paid", |outcome| outcome.income_ratio <= WRONG_AT_MOST);
