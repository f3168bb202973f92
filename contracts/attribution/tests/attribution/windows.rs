//! The edges of every window: one second and one block before and after, and a chain that halts for a day.

use attribution::ContractError;
use cosmwasm_std::Uint64;
use protocol::Seconds;
use protocol::attribution::Phase;

use crate::bench::{Bench, COMMIT_PERIOD, MIN_BLOCKS, REVEAL_PERIOD, START, honest};

const DAY: u64 = 86_400;

fn open_until(until: u64, blocks_left: u64) -> ContractError {
    ContractError::WindowOpen { until: Seconds(until), blocks_left }
}

fn ended_at(end: u64) -> ContractError {
    let ended_at = Seconds(end);
    ContractError::WindowEnded { ended_at }
}

/// A round whose reveal window has just begun, with a commitment of every operator.
fn revealing() -> Bench {
    let mut bench = Bench::opened();
    bench.commit_all(&vec![honest(); 7]);
    bench.pass(COMMIT_PERIOD, MIN_BLOCKS);
    bench.end_commits().unwrap();
    bench
}

const REVEALS_END: u64 = START + COMMIT_PERIOD + REVEAL_PERIOD;

#[test]
fn one_second_before_its_end_a_commit_window_is_open() {
    let mut bench = Bench::opened();
    bench.pass(COMMIT_PERIOD - 1, MIN_BLOCKS);
    let open = open_until(START + COMMIT_PERIOD, 0);
    assert_eq!(bench.end_commits().unwrap_err(), open);
    assert_eq!(bench.reveal(0, &honest()).unwrap_err(), open);
    bench.commit(0, &honest()).unwrap();
}

#[test]
fn one_block_before_its_end_a_commit_window_is_open() {
    let mut bench = Bench::opened();
    bench.pass(COMMIT_PERIOD, MIN_BLOCKS - 1);
    let open = open_until(START + COMMIT_PERIOD, 1);
    assert_eq!(bench.end_commits().unwrap_err(), open);
    assert_eq!(bench.reveal(0, &honest()).unwrap_err(), open);
    bench.commit(0, &honest()).unwrap();
}

#[test]
fn from_its_end_on_a_commit_window_is_over() {
    let mut bench = Bench::opened();
    bench.commit(0, &honest()).unwrap();
    bench.pass(COMMIT_PERIOD, MIN_BLOCKS);
    let late = bench.commit(1, &honest()).unwrap_err();
    assert_eq!(late, ended_at(START + COMMIT_PERIOD));
    bench.end_commits().unwrap();
}

#[test]
fn a_second_and_a_block_later_commits_are_still_over() {
    let mut bench = Bench::opened();
    bench.pass(COMMIT_PERIOD + 1, MIN_BLOCKS + 1);
    let late = bench.commit(1, &honest()).unwrap_err();
    assert_eq!(late, ended_at(START + COMMIT_PERIOD));
}

#[test]
fn the_reveal_window_is_counted_from_the_message_that_begins_it() {
    let mut bench = Bench::opened();
    bench.commit_all(&vec![honest(); 7]);
    bench.pass(COMMIT_PERIOD + 5_000, MIN_BLOCKS + 50);
    bench.reveal(0, &honest()).unwrap();
    let round = bench.open_round();
    assert_eq!(round.phase, Phase::Reveal);
    let begun = START + COMMIT_PERIOD + 5_000;
    assert_eq!(round.window_ends_at, Seconds(begun + REVEAL_PERIOD));
    assert_eq!(round.window_began_height, Uint64::new(1_053));
}

#[test]
fn one_second_before_its_end_a_reveal_window_is_open() {
    let mut bench = revealing();
    bench.pass(REVEAL_PERIOD - 1, MIN_BLOCKS);
    let early = bench.aggregate(None).unwrap_err();
    assert_eq!(early, open_until(REVEALS_END, 0));
    bench.reveal(0, &honest()).unwrap();
}

#[test]
fn one_block_before_its_end_a_reveal_window_is_open() {
    let mut bench = revealing();
    bench.pass(REVEAL_PERIOD, MIN_BLOCKS - 1);
    let early = bench.aggregate(None).unwrap_err();
    assert_eq!(early, open_until(REVEALS_END, 1));
    bench.reveal(0, &honest()).unwrap();
}

#[test]
fn from_its_end_on_a_reveal_window_is_over() {
    let mut bench = revealing();
    bench.pass(REVEAL_PERIOD, MIN_BLOCKS);
    let late = bench.reveal(0, &honest()).unwrap_err();
    assert_eq!(late, ended_at(REVEALS_END));
    bench.aggregate(None).unwrap();
}

#[test]
fn a_second_and_a_block_later_reveals_are_still_over() {
    let mut bench = revealing();
    bench.pass(REVEAL_PERIOD + 1, MIN_BLOCKS + 1);
    let late = bench.reveal(0, &honest()).unwrap_err();
    assert_eq!(late, ended_at(REVEALS_END));
}

#[test]
fn a_chain_that_halts_for_a_day_costs_nobody_a_commit() {
    let mut bench = Bench::opened();
    bench.pass(DAY, 1);
    let left = MIN_BLOCKS - 1;
    let early = bench.end_commits().unwrap_err();
    assert_eq!(early, open_until(START + COMMIT_PERIOD, left));
    bench.commit_all(&vec![honest(); 7]);
    bench.pass(1, left);
    bench.end_commits().unwrap();
}

#[test]
fn a_chain_that_halts_for_a_day_costs_nobody_a_reveal() {
    let mut bench = revealing();
    bench.pass(DAY, 1);
    let early = bench.aggregate(None).unwrap_err();
    assert_eq!(early, open_until(REVEALS_END, MIN_BLOCKS - 1));
    for index in 0..7 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.pass(1, MIN_BLOCKS - 1);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    assert!(bench.treasury().is_empty(), "nobody was slashed");
}
