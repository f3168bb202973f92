//! Task R in small: one seed, few epochs, on the real contracts.

use std::path::Path;

use bench::pay::cast::{Kind, positions};
use bench::pay::chain::Account;
use bench::pay::course::{Course, Plan, Round, play};
use bench::pay::engine::{Damping, Making};
use bench::pay::goals::judge;
use bench::pay::kinds::Kinds;
use bench::pay::plot;
use bench::pay::shares::after;
use bench::pay::summary::Courses;
use bench::pay::treasury::split;
use bench::pay::{Rule, Strata};
use influence::Threads;
use influence::dataset::load_digits;
use influence::manifest::Schedule;
use rules::ledger::{Entry, RoundTerms, advance};
use rules::median::denominator;

const EPOCHS: usize = 3;
/// Of two members on 120 queries an epoch, that of wrong labels is this far below zero at least.
const DEBT_AT_LEAST: f64 = 0.1;

fn small_course(strata: Strata) -> Course {
    let images = load_digits(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv.gz")));
    let making = Making { members: 2, schedule: Schedule::Linear, damping: Damping::Fixed(1e-3) };
    let plan = Plan { epochs: EPOCHS, queries: 120, validation: 200, making, kinds: Kinds::Known };
    play(&plan, &images.expect("the committed digits"), (1, strata), Threads::new(2), &|| ()).expect("it can be played")
}

/// The accounts after the rounds, by the rules alone.
fn by_hand(rounds: &[Round]) -> Vec<Account> {
    let mut entries = vec![Entry::default(); rounds[0].vector.entries.len()];
    for Round { vector, settled, .. } in rounds {
        let positive = vector.entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
        let denominator = denominator(vector.reach, positive);
        let terms =
            RoundTerms { pool: settled.pool, denominator, z_tenths: 20, release_bps: 10_000, cap: bench::pay::CAP };
        for (entry, score) in entries.iter_mut().zip(&vector.entries) {
            *entry = advance(entry, *score, &terms).expect("the score is within its bounds");
        }
    }
    entries.iter().map(|&Entry { accrued, payable, .. }| Account { accrued, payable }).collect()
}

#[test]
fn the_contracts_pay_what_the_rules_say_and_wrong_labels_get_a_debt() {
    let course = small_course(Strata::Two);
    for epochs in 1..=EPOCHS {
        let rounds = &course.rounds[..epochs];
        assert_eq!(rounds[epochs - 1].settled.accounts, by_hand(rounds), "after epoch {epochs}");
        let split = split(&course, epochs).expect("the parts add up");
        assert_eq!(split.paid + split.held_back + split.residual, split.pools);
    }
    let [wrong] = positions(Kind::WrongLabels)[..] else { panic!("there is one") };
    let ours = after(&course, Rule::Ours, EPOCHS).expect("scores within bounds");
    assert_eq!(ours.paid[wrong], 0.0);
    assert!(ours.accrued[wrong] < -DEBT_AT_LEAST, "{}", ours.accrued[wrong]);
    assert!(ours.all_paid() > 0.5 && ours.all_paid() <= 1.0, "{}", ours.all_paid());
    let usual = after(&course, Rule::Usual, EPOCHS).expect("nothing to compute");
    assert!(usual.paid[wrong] > DEBT_AT_LEAST, "what the usual rule pays for wrong labels is the point of it all");
    assert!((usual.all_paid() - 1.0).abs() < 1e-9);
}

#[test]
fn a_seed_is_played_alike_twice_and_shown_whole() {
    let course = small_course(Strata::One);
    assert_eq!(small_course(Strata::One), course);
    let courses = Courses::new(vec![course]);
    assert_eq!(courses.records().expect("shares").len(), 15 * Rule::ALL.len());
    assert_eq!(courses.shares_table((Strata::One, Rule::Ours)).expect("shares").len(), 15);
    let goals = judge(&courses, Strata::One).expect("shares");
    assert!(goals[0].met(), "wrong labels are paid nothing");
    let plot = plot::draw(&courses).expect("it can be drawn");
    assert!(plot.contains("the specialist") && plot.contains("bound per epoch"));
}
