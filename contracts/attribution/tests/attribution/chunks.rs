//! Many positions: chunked passes do what one message does, and a lying minority moves nothing.

use protocol::attribution::{POSITIONS_PER_CHUNK, Round};
use protocol::settlement::{AdvanceBegin, ExecuteMsg as SettlementMsg};
use rules::score::Report;

use crate::bench::{Bench, vector};

/// Everything that a round leads to.
#[derive(Debug, PartialEq)]
struct Result {
    denominator: Option<cosmwasm_std::Uint64>,
    agreements: Vec<Option<u16>>,
    begin: AdvanceBegin,
    entries: Vec<u8>,
}

/// Scores that look measured: the same for the same seed.
fn measured(positions: u32, seed: u64) -> Report {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(99);
    let scores = (0..positions).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i32::try_from(state >> 48).unwrap() - 20_000
    });
    vector(&scores.collect::<Vec<_>>(), 70_000_000, &[])
}

fn seven(positions: u32) -> Vec<Report> {
    (0..7).map(|seed| measured(positions, seed)).collect()
}

/// Plays a settled, a failed and another settled round, the last with this many positions in each message.
fn run(positions: u32, reports: &[Report], limit: Option<u32>) -> (Result, Vec<SettlementMsg>) {
    let mut bench = Bench::new();
    bench.set_positions(positions);
    let all = Some(u32::MAX);
    let finish = |bench: &mut Bench, limit| {
        while bench.is_open() {
            if bench.aggregate(limit).is_err() {
                bench.advance(limit).unwrap();
            }
        }
    };
    bench.play_to_reveals(&vec![measured(positions, 50); 7]);
    finish(&mut bench, all);
    bench.play_to_reveals(&[measured(positions, 51), measured(positions, 52)]);
    finish(&mut bench, all);
    let before = bench.advanced().len();
    bench.pass_epochs(1);
    bench.play_to_reveals(reports);
    finish(&mut bench, limit);
    let messages = bench.advanced().split_off(before);
    (result(&bench.round(3), &bench, &messages), messages)
}

fn result(round: &Round, bench: &Bench, messages: &[SettlementMsg]) -> Result {
    let (mut first, mut all) = (None, vec![]);
    for (number, message) in messages.iter().enumerate() {
        let SettlementMsg::Advance { begin, first_position, entries, .. } = message else {
            panic!("settlement only advances");
        };
        assert_eq!(begin.is_some(), number == 0, "only the first chunk begins");
        assert_eq!(*first_position as usize * 8, all.len(), "no gap, no overlap");
        first = first.or_else(|| begin.clone());
        all.extend(entries.as_slice());
    }
    Result {
        denominator: round.denominator,
        agreements: bench.agreements(round.id.get()),
        begin: *first.expect("settlement was told to begin"),
        entries: all,
    }
}

#[test]
fn chunked_passes_equal_one_message() {
    let reports = seven(200);
    let (whole, messages) = run(200, &reports, None);
    assert_eq!(messages.len(), 1);
    assert_eq!(whole.entries.len(), 200 * 8);
    for limit in [1, 7, 64, 65, 199, 200, 201, u32::MAX] {
        let (chunked, _) = run(200, &reports, Some(limit));
        assert_eq!(chunked, whole, "{limit} positions a message");
    }
}

#[test]
fn advance_moves_whole_chunks_of_32_and_the_rest_at_last() {
    let (_, messages) = run(200, &seven(200), Some(65));
    let lengths: Vec<usize> = messages
        .iter()
        .map(|message| match message {
            SettlementMsg::Advance { entries, .. } => entries.len() / 8,
            _ => 0,
        })
        .collect();
    assert_eq!(lengths, [96, 96, 8]);
}

#[test]
fn vectors_of_several_stored_chunks_are_read_across_their_edges() {
    let positions = POSITIONS_PER_CHUNK + 104;
    let reports = seven(positions);
    let (whole, _) = run(positions, &reports, Some(u32::MAX));
    let (chunked, messages) = run(positions, &reports, Some(1_000));
    assert_eq!(chunked, whole);
    assert_eq!(messages.len(), 5);
    let (default, _) = run(positions, &reports, None);
    assert_eq!(default, whole);
}

#[test]
fn a_minority_of_liars_moves_no_entry_when_the_honest_are_identical() {
    let honest = vec![measured(130, 1); 7];
    let (expected, _) = run(130, &honest, None);
    for liars in [[0, 1], [2, 6], [5, 6]] {
        for lie in 0..4 {
            let mut reports = honest.clone();
            reports[liars[0]] = extreme(130, lie);
            reports[liars[1]] = extreme(130, lie + 1);
            let (found, _) = run(130, &reports, None);
            assert_eq!(found.entries, expected.entries);
            assert_eq!(found.denominator, expected.denominator);
            assert_eq!(found.begin.unresolved, expected.begin.unresolved);
            for (operator, agreement) in found.agreements.iter().enumerate() {
                let paid = if liars.contains(&operator) { 0 } else { 10_000 };
                assert_eq!(*agreement, Some(paid));
            }
        }
    }
}

/// Lies in every direction that the bounds allow.
fn extreme(positions: u32, kind: u32) -> Report {
    let count = positions as usize;
    match kind {
        0 => vector(&vec![-7_000_000; count], 0, &[0, 1, 2, 3, 4]),
        1 => vector(&vec![7_000_000; count], 1_000_000_000, &[]),
        2 => vector(&vec![0; count], 0, &[0]),
        3 => measured(positions, 77),
        _ => vector(&vec![1; count], 1, &[1, 3]),
    }
}
