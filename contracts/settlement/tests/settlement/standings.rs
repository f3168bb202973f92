//! For how many rounds of fees in a row an account has had proved debt.

use cosmwasm_std::Binary;
use protocol::settlement::{QueryMsg, Standing};
use rules::score::ScoreEntry;

use crate::world::{MODEL, World, score};

/// Position 65 harms: the second of the second chunk.
const DEBTOR: usize = 65;
const POSITIONS: usize = 66;

fn scores(of_debtor: ScoreEntry) -> Vec<ScoreEntry> {
    let mut scores = vec![score(1, 0); POSITIONS];
    scores[DEBTOR] = of_debtor;
    scores
}

/// Rounds with and without proved debt, as both queries say.
fn rows(world: &World, position: usize) -> (u8, u8) {
    let standing: Standing = world.query(&QueryMsg::Standing { model: MODEL, position: position as u32 });
    let account = world.accounts(MODEL)[position].clone();
    assert_eq!(account.rounds_with_debt, standing.rounds_with_debt);
    assert_eq!(account.rounds_without_debt, standing.rounds_without_debt);
    assert_eq!(account.proved_debt, standing.proved_debt);
    (standing.rounds_with_debt, standing.rounds_without_debt)
}

fn proved_debt(world: &World) -> u64 {
    world.accounts(MODEL)[DEBTOR].proved_debt.u64()
}

/// Settles `fee` of `epoch` by scores over D = 100.
fn settle(world: &mut World, epoch: u64, fee: u128, of_debtor: ScoreEntry) {
    world.earn(epoch, fee);
    let scores = scores(of_debtor);
    let (mut begin, round) = (world.begin(&scores), world.next_round());
    begin.denominator = 100_u64.into();
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    world.chunk(round, None, 64, &scores[64..]).unwrap();
}

#[test]
fn two_rounds_of_fees_with_proved_debt_make_a_row() {
    let mut world = World::new();
    settle(&mut world, 0, 10_000, score(-10, 0));
    assert_eq!((rows(&world, DEBTOR), rows(&world, 0)), ((1, 0), (0, 1)));
    settle(&mut world, 1, 10_000, score(-10, 0));
    // A tenth of 6,300 uopen each time, without doubt.
    assert_eq!((rows(&world, DEBTOR), proved_debt(&world)), ((2, 0), 1_260));
    assert_eq!(rows(&world, 64), (0, 2));
}

#[test]
fn debt_within_four_deviations_is_not_proved() {
    let mut world = World::new();
    settle(&mut world, 0, 10_000, score(-8, 2)); // 504 owed, 4 x 126 in doubt
    assert_eq!((rows(&world, DEBTOR), proved_debt(&world)), ((0, 1), 0));
    settle(&mut world, 1, 10_000, score(-8, 0));
    assert_eq!((rows(&world, DEBTOR), proved_debt(&world)), ((1, 0), 504));
}

#[test]
fn a_round_without_debt_ends_the_row_and_begins_another() {
    let mut world = World::new();
    settle(&mut world, 0, 10_000, score(-10, 0));
    settle(&mut world, 1, 10_000, score(20, 0));
    assert_eq!(rows(&world, DEBTOR), (0, 1));
    settle(&mut world, 2, 10_000, score(-30, 0));
    assert_eq!((rows(&world, DEBTOR), rows(&world, 0)), ((1, 0), (0, 3)));
}

#[test]
fn a_range_without_resolved_fees_moves_no_row() {
    let mut world = World::new();
    settle(&mut world, 0, 10_000, score(-10, 0));
    world.earn(1, 1_000);
    let scores = scores(score(-10, 0));
    let (mut begin, round) = (world.begin(&scores), world.next_round());
    begin.unresolved = Binary::from([1]);
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!((rows(&world, DEBTOR), rows(&world, 0)), ((1, 0), (0, 1)));
}

#[test]
fn a_valuation_moves_no_row() {
    let mut world = World::new();
    settle(&mut world, 0, 10_000, score(-10, 0));
    world.value(MODEL, &scores(score(-50, 0)));
    assert_eq!((rows(&world, DEBTOR), rows(&world, 0)), ((1, 0), (0, 1)));
}

#[test]
fn a_position_that_joins_begins_its_own_row() {
    let mut world = World::new();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    settle(&mut world, 1, 1_000, score(1, 0));
    assert_eq!((rows(&world, 0), rows(&world, 1), rows(&world, DEBTOR)), ((0, 2), (0, 1), (0, 1)));
    let beyond: Standing = world.query(&QueryMsg::Standing { model: MODEL, position: 16_383 });
    assert_eq!((beyond.rounds_with_debt, beyond.rounds_without_debt), (0, 0));
}
