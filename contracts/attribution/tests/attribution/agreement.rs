//! What a vector earns, and what a copied one does not.

use protocol::RoundId;
use protocol::attribution::Outcome;
use protocol::event::AttributionEvent;
use rules::score::Report;

use crate::bench::{Bench, MODEL, events, honest, utility_of, valuation, vector};

const FULL: Option<u16> = Some(10_000);
const NOTHING: Option<u16> = Some(0);

/// What the world looks like in the next round.
fn changed() -> Report {
    vector(&[100, 350, 250, -300], 900, &[])
}

/// Six of one report and one of another.
fn six_and(report: &Report, other: &Report) -> Vec<Report> {
    let mut reports = vec![report.clone(); 6];
    reports.push(other.clone());
    reports
}

/// A round that closes without effect after these vectors were revealed, and the time until the next may open.
fn fail_after(bench: &mut Bench, revealed: &[Report]) {
    let round = bench.play(revealed);
    assert_eq!(round.outcome, Some(Outcome::NoQuorum));
    bench.top_up();
    bench.pass_epochs(1);
}

/// The reference that the last aggregation used.
fn reference(bench: &mut Bench, reports: &[Report]) -> u64 {
    bench.play_to_reveals(reports);
    let response = bench.aggregate(None).unwrap();
    let found = events(&response).into_iter().find_map(|event| match event {
        AttributionEvent::Agreement { reference, .. } => Some(reference),
        _ => None,
    });
    bench.advance(None).unwrap();
    found.expect("someone revealed a vector")
}

#[test]
fn in_a_first_round_distance_is_measured_against_the_scores_themselves() {
    let near = vector(&[450, 300, -200, 100], 900, &[]);
    let mut bench = Bench::revealed(&six_and(&honest(), &near));
    let response = bench.aggregate(None).unwrap();
    let agreed = |index: usize, agreement, distance| AttributionEvent::Agreement {
        model: MODEL,
        round: RoundId(1),
        operator: bench.operators[index].to_string(),
        agreement,
        distance,
        reference: 1_000,
    };
    let mut expected: Vec<_> = (0..6).map(|index| agreed(index, 10_000, 0)).collect();
    expected.push(agreed(6, 8_000, 50));
    assert_eq!(events(&response)[1..], expected);
    let agreements = bench.agreements(1);
    assert_eq!(agreements[0], FULL);
    assert_eq!(agreements[6], Some(8_000));
}

#[test]
fn an_invented_vector_earns_nothing() {
    let invented = vector(&[-900, 700, 100, 0], 900, &[]);
    let mut bench = Bench::new();
    bench.play(&six_and(&honest(), &invented));
    assert_eq!(bench.agreements(1)[6], NOTHING);
}

#[test]
fn a_reposted_last_result_earns_nothing() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 7]);
    bench.play(&six_and(&changed(), &honest()));
    assert_eq!(bench.agreements(2)[..6], [FULL; 6]);
    assert_eq!(bench.agreements(2)[6], NOTHING);
}

#[test]
fn a_reposted_vector_of_a_failed_round_earns_nothing() {
    let leaked = vector(&[110, 340, 260, -310], 900, &[]);
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 7]);
    fail_after(&mut bench, &[honest(), leaked.clone()]);
    bench.play(&six_and(&changed(), &leaked));
    assert_eq!(bench.agreements(3)[..6], [FULL; 6]);
    assert_eq!(bench.agreements(3)[6], NOTHING);
}

#[test]
fn a_failed_round_before_any_settled_one_counts_as_well() {
    let leaked = vector(&[110, 340, 260, -310], 900, &[]);
    let mut bench = Bench::new();
    fail_after(&mut bench, std::slice::from_ref(&leaked));
    bench.play(&six_and(&changed(), &leaked));
    assert_eq!(bench.agreements(2)[6], NOTHING);
}

#[test]
fn the_average_of_past_results_earns_next_to_nothing() {
    let mut bench = Bench::new();
    bench.play(&vec![vector(&[400, 0, 0, 0], 900, &[]); 7]);
    bench.play(&vec![vector(&[0, 400, 0, 0], 900, &[]); 7]);
    let average = vector(&[200, 200, 0, 0], 900, &[]);
    bench.play(&six_and(&vector(&[0, 0, 400, 0], 900, &[]), &average));
    assert_eq!(bench.agreements(3)[6], NOTHING);
}

#[test]
fn the_reference_is_the_nearest_of_all_that_could_be_copied() {
    let mut bench = Bench::new();
    bench.play(&vec![vector(&[0, 0, 0, 100], 900, &[]); 7]);
    let (far, near) = (vector(&[90, 0, 0, 0], 900, &[]), vector(&[0, 0, 0, 47], 900, &[]));
    fail_after(&mut bench, &[far, near]);
    let now = vec![vector(&[0, 0, 0, 40], 900, &[]); 7];
    assert_eq!(reference(&mut bench, &now), 7);
}

#[test]
fn a_settled_round_clears_the_failed_ones_before_it() {
    let mut bench = Bench::new();
    fail_after(&mut bench, &[changed()]);
    bench.play(&vec![honest(); 7]);
    let distance = 300 + 50 + 450 + 400;
    let next = vec![changed(); 7];
    assert_eq!(reference(&mut bench, &next), distance);
    assert_eq!(bench.round(2).slot, 1);
    assert_eq!(bench.round(3).slot, 0);
}

#[test]
fn three_failed_rounds_are_kept_and_their_slots_are_used_again() {
    let with_last = |last| vector(&[0, 0, 0, last], 900, &[]);
    let mut bench = Bench::new();
    for last in [10, 20, 30, 40, 50] {
        fail_after(&mut bench, &[with_last(last)]);
    }
    let slots: Vec<u32> = (1..=5).map(|id| bench.round(id).slot).collect();
    assert_eq!(slots, [0, 1, 2, 3, 0]);
    let now = vec![with_last(11); 7];
    assert_eq!(reference(&mut bench, &now), 30 - 11);
    assert_eq!(bench.round(6).slot, 1);
}

#[test]
fn empty_rounds_push_no_vector_out_of_sight() {
    let mut bench = Bench::new();
    fail_after(&mut bench, &[changed()]);
    for _ in 0..4 {
        fail_after(&mut bench, &[]);
    }
    bench.play(&six_and(&vector(&[100, 350, 250, -290], 900, &[]), &changed()));
    assert_eq!(bench.agreements(6)[6], NOTHING);
}

#[test]
fn positions_that_older_vectors_lack_count_as_zero() {
    let mut bench = Bench::new();
    bench.set_positions(2);
    bench.play(&vec![vector(&[100, 200], 900, &[]); 7]);
    fail_after(&mut bench, &[vector(&[100, 210], 900, &[])]);
    bench.set_positions(4);
    let now = vec![vector(&[100, 200, 30, -5], 900, &[]); 7];
    assert_eq!(reference(&mut bench, &now), 35);
    let parts = bench.participations(3);
    assert_eq!(parts.len(), 7);
}

#[test]
fn a_reposted_valuation_earns_nothing_in_the_next_round_of_fees() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 7]);
    bench.play_valuation(&vec![utility_of(&[110, 340, 260, -310]); 7]);
    bench.play(&six_and(&changed(), &vector(&[110, 340, 260, -310], 900, &[])));
    assert_eq!(bench.agreements(3)[..6], [FULL; 6]);
    assert_eq!(bench.agreements(3)[6], NOTHING);
}

#[test]
fn a_failed_valuation_is_a_reference_too() {
    let leaked = utility_of(&[110, 340, 260, -310]);
    let mut bench = Bench::new();
    let failed = bench.play_valuation(std::slice::from_ref(&leaked));
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    bench.play(&six_and(&changed(), &vector(&[110, 340, 260, -310], 900, &[])));
    assert_eq!(bench.agreements(2)[6], NOTHING);
}

#[test]
fn valuations_push_no_failed_round_of_fees_out_of_sight() {
    let mut bench = Bench::new();
    fail_after(&mut bench, &[changed()]);
    for shift in 0..5 {
        bench.set_valuation(&valuation());
        bench.pass_epochs(10 * (shift + 1));
        let last = i32::try_from(shift).unwrap();
        let valued = bench.play_valuation(&vec![utility_of(&[900, 0, 0, last]); 7]);
        assert_eq!(valued.outcome, Some(Outcome::Settled));
    }
    let slots: Vec<u32> = (1..=6).map(|id| bench.round(id).slot).collect();
    assert_eq!(slots, [0, 4, 5, 6, 7, 4]);
    bench.play(&six_and(&vector(&[100, 350, 250, -290], 900, &[]), &changed()));
    assert_eq!(bench.agreements(7)[6], NOTHING);
}

#[test]
fn the_previous_aggregate_is_that_of_fees_whatever_was_valued_since() {
    let mut bench = Bench::new();
    bench.play(&vec![vector(&[0, 0, 0, 100], 900, &[]); 7]);
    bench.play_valuation(&vec![utility_of(&[0, 0, 0, 500]); 7]);
    let next = vec![vector(&[0, 0, 0, 90], 900, &[]); 7];
    assert_eq!(reference(&mut bench, &next), 10);
}

#[test]
fn a_settled_valuation_is_no_previous_aggregate() {
    let mut bench = Bench::new();
    bench.play_valuation(&vec![utility_of(&[0, 0, 0, 500]); 7]);
    let next = vec![vector(&[0, 0, 0, 30], 900, &[]); 7];
    assert_eq!(reference(&mut bench, &next), 470, "not 30, the distance from scores that settlement does not have");
}

#[test]
fn a_settled_round_of_fees_clears_valuations_as_well() {
    let mut bench = Bench::new();
    bench.play_valuation(&vec![utility_of(&[0, 0, 0, 500]); 7]);
    bench.play(&vec![vector(&[0, 0, 0, 30], 900, &[]); 7]);
    let next = vec![vector(&[0, 0, 0, 500], 900, &[]); 7];
    assert_eq!(reference(&mut bench, &next), 470);
}
