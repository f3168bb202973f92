//! Stake that valuations give to positions: what each gets, in chunks of any size, and that no tranche is exceeded.

use cosmwasm_std::Uint128;
use proptest::prelude::*;
use protocol::settlement::AdvanceBegin;
use rules::ledger::LedgerError;
use rules::reserve::{largest_tranche, reserve_share};
use rules::score::ScoreEntry;
use settlement::ContractError;

use crate::advance::many_scores;
use crate::valuation::{bring_royalties, lineage};
use crate::world::{EPOCH, MODEL, POSITIONS, RESERVE, VALUATION_INTERVAL, World, positive_sum, score};

fn stakes(world: &World) -> Vec<u128> {
    world.accounts(MODEL).iter().map(|account| account.stake.u64().into()).collect()
}

/// Values a model without royalties, whose tranche the test chooses.
fn give(world: &mut World, tranche: u128, denominator: u64, scores: &[ScoreEntry]) -> Result<(), ContractError> {
    let begin = AdvanceBegin {
        tranche: tranche.into(),
        denominator: denominator.into(),
        ..world.begin_valuation(MODEL, scores)
    };
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, scores).map(|_| ())
}

#[test]
fn chunks_give_what_one_message_gives() {
    let scores = many_scores();
    let world = || {
        let mut world = lineage();
        bring_royalties(&mut world, 0, 100_000);
        world
    };
    let mut whole = world();
    whole.value(MODEL, &scores);

    let mut parts = world();
    let (begin, round) = (parts.begin_valuation(MODEL, &scores), parts.next_round());
    parts.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    let first = parts.model_totals(MODEL).stake_given;
    assert!(!first.is_zero() && parts.rounds()[0].stake_given.is_zero());
    parts.chunk(round, None, 64, &scores[64..128]).unwrap();
    assert!(parts.model_totals(MODEL).stake_given > first);
    parts.chunk(round, None, 128, &scores[128..]).unwrap();

    assert_eq!(parts.accounts(MODEL), whole.accounts(MODEL));
    assert_eq!((parts.totals(), parts.rounds()), (whole.totals(), whole.rounds()));
    assert_eq!(parts.model_totals(MODEL), whole.model_totals(MODEL));
}

#[test]
fn stored_chunks_end_where_they_should() {
    for positions in [1, 63, 64, 65, 127, 128, 129] {
        let mut world = lineage();
        bring_royalties(&mut world, 0, 100_000);
        let scores: Vec<_> = (0..positions).map(|at| score(at + 1, 0)).collect();
        world.value(MODEL, &scores);
        let sum = positive_sum(&scores);
        let tranche = largest_tranche(RESERVE);
        let expected: Vec<_> = scores.iter().map(|entry| reserve_share(tranche, *entry, 20, sum).unwrap()).collect();
        assert_eq!(stakes(&world), expected, "{positions}");
        let accrued: Vec<_> = world.accounts(MODEL).iter().map(|account| account.accrued.i64()).collect();
        let gain = |entry: &ScoreEntry| 6_300 * i64::from(entry.score) / sum as i64;
        assert_eq!(accrued, scores.iter().map(gain).collect::<Vec<_>>(), "{positions}");
    }
}

#[test]
fn the_largest_model_is_valued_in_eight_messages() {
    let mut world = World::new();
    let scores: Vec<_> = (0..16_384).map(|at| score(at % 97 - 20, (at % 5) as u32)).collect();
    let (begin, round) = (world.begin_valuation(MODEL, &scores), world.next_round());
    let (tranche, sum) = (begin.tranche.u128(), begin.denominator.u64());
    let mut begin = Some(begin);
    for first in (0..16_384_u32).step_by(2_048) {
        let chunk = &scores[first as usize..first as usize + 2_048];
        world.chunk(round, begin.take(), first, chunk).unwrap();
    }
    let expected: Vec<_> = scores.iter().map(|entry| reserve_share(tranche, *entry, 20, sum).unwrap()).collect();
    assert_eq!(stakes(&world), expected);
    assert!(world.rounds()[0].complete);
}

#[test]
fn positions_that_join_later_share_in_later_tranches_only() {
    let mut world = World::new();
    give(&mut world, 1_000, 2, &[score(1, 0), score(1, 0)]).unwrap();
    world.at(VALUATION_INTERVAL * EPOCH, 1);
    give(&mut world, 3_000, 3, &[score(1, 0); 3]).unwrap();
    assert_eq!(stakes(&world), [1_500, 1_500, 1_000]);
    assert_eq!(world.accounts(MODEL).len(), 3);
    world.at(2 * VALUATION_INTERVAL * EPOCH, 1);
    let error = give(&mut world, 1, 1, &[score(1, 0)]).unwrap_err();
    assert_eq!(error, ContractError::Positions { positions: 1, least: 3 });
}

#[test]
fn a_denominator_under_the_sum_of_scores_gives_nothing_at_all() {
    let mut world = World::new();
    let error = give(&mut world, 1_000, 2, &[score(2, 0), score(1, 0)]).unwrap_err();
    let round = protocol::RoundId(1);
    assert_eq!(error, ContractError::TrancheExceeded { model: MODEL, round, excess: Uint128::new(500) });
    let error = give(&mut world, 1_000, 1, &[score(2, 0)]).unwrap_err();
    let above = LedgerError::AboveDenominator { score: 2, denominator: 1 };
    assert_eq!(error, ContractError::Ledger(above));
    assert!(world.rounds().is_empty());
}

#[test]
fn shares_over_several_chunks_are_held_against_one_tranche() {
    let mut world = World::new();
    let scores = vec![score(1, 0); 128];
    let begin = AdvanceBegin {
        tranche: Uint128::new(6_400),
        denominator: 64_u64.into(),
        ..world.begin_valuation(MODEL, &scores)
    };
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    let error = world.chunk(round, None, 64, &scores[64..]).unwrap_err();
    assert_eq!(error, ContractError::TrancheExceeded { model: MODEL, round, excess: Uint128::new(3_200) });
}

#[test]
fn rounding_stays_in_the_reserve() {
    let mut world = World::new();
    give(&mut world, 100, 3, &[score(1, 0); 3]).unwrap();
    assert_eq!(stakes(&world), [33, 33, 33]);
    world.at(VALUATION_INTERVAL * EPOCH, 1);
    assert_eq!(world.valuation(MODEL).tranche.u128(), (RESERVE - 99) / 4);
    give(&mut world, 1, 3, &[score(1, 0); 3]).unwrap();
    assert_eq!(world.model_totals(MODEL).stake_given.u128(), 99);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_never_exceed_the_tranche_nor_the_reserve(
        rounds in proptest::collection::vec(
            (proptest::collection::vec((-8_000_000..8_000_000_i32, 0..4_000_000_u32), POSITIONS as usize),
             0..2_000_000_000_u64, proptest::collection::vec(0..POSITIONS, 0..20)),
            1..8,
        )
    ) {
        let mut world = World::new();
        for id in 1..=u64::from(POSITIONS) {
            world.sync(id, &[("ann", 3_333), ("ben", 6_667)], id % 7 == 0).unwrap();
        }
        let mut expected = vec![0_u128; POSITIONS as usize];
        for (number, (entries, reach, claimed)) in rounds.into_iter().enumerate() {
            world.at(number as u64 * VALUATION_INTERVAL * EPOCH, 1);
            let scores: Vec<_> = entries.into_iter().map(|(value, error)| score(value, error)).collect();
            let denominator = rules::median::denominator(reach, positive_sum(&scores)).max(1);
            let (tranche, before) = (world.valuation(MODEL).tranche.u128(), world.model_totals(MODEL).stake_given);
            give(&mut world, tranche, denominator, &scores).unwrap();
            let given = (world.model_totals(MODEL).stake_given - before).u128();
            prop_assert!(given <= tranche);
            for (sum, entry) in expected.iter_mut().zip(&scores) {
                *sum += reserve_share(tranche, *entry, 20, denominator).unwrap();
            }
            prop_assert_eq!(stakes(&world), expected.clone());
            for position in claimed {
                let _ = world.claim(&[position]);
                let _ = world.sweep(&[position]);
            }
            let of = world.model_totals(MODEL);
            prop_assert!(of.stake_given.u128() <= RESERVE + of.stake_claimed.u128());
        }
        let held = world.units(MODEL, "ann") + world.units(MODEL, "ben");
        prop_assert_eq!(held, world.delivered(MODEL));
    }
}
