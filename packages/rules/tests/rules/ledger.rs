//! The ledger over random lives of several positions, with terms that change every round.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::ledger::{
    Entry, LedgerError, MAX_CAP, MAX_POOL, RoundTerms, advance, pack, pack_amounts, unpack, unpack_amounts,
};
use rules::median::denominator;
use rules::score::{SCALE, ScoreEntry};

use crate::reference;

const POSITIONS: usize = 5;
const ONE: u32 = SCALE.unsigned_abs();

#[derive(Clone, Debug)]
struct Round {
    scores: Vec<ScoreEntry>,
    terms: RoundTerms,
}

fn pools() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(MAX_POOL), 1..1_000_u64, 0..1_000_000_000_000_u64]
}

fn caps() -> impl Strategy<Value = u64> {
    prop_oneof![Just(MAX_CAP), Just(0), 0..10_000_u64, 0..10_000_000_000_000_u64]
}

/// Scores of one round; `span` bounds each, so that the positive ones stay below 10^9 together.
fn scores() -> impl Strategy<Value = Vec<ScoreEntry>> {
    let spans = prop_oneof![Just(3), Just(1_000), Just(SCALE / POSITIONS as i32)];
    spans.prop_flat_map(|span| {
        let error = prop_oneof![Just(0), Just(ONE), 0..=span.unsigned_abs() / 4, 0..=span.unsigned_abs()];
        let entry = (-span..=span, error).prop_map(|(score, error)| ScoreEntry { score, error });
        vec(entry, POSITIONS)
    })
}

fn rounds() -> impl Strategy<Value = Round> {
    let reach = prop_oneof![Just(0), 0..10_u64, 0..=u64::from(ONE)];
    let terms = (pools(), reach, any::<u8>(), 0..=10_000_u16, caps(), any::<bool>());
    (scores(), terms).prop_map(|(scores, terms)| {
        let (pool, reach, z_tenths, release_bps, cap, plain) = terms;
        let positive = scores.iter().map(|entry| entry.score.max(0));
        let positive_sum: u64 = positive.map(|score| u64::from(score.unsigned_abs())).sum();
        Round {
            scores,
            terms: RoundTerms {
                pool,
                denominator: denominator(reach, positive_sum).max(1),
                z_tenths: if plain { 20 } else { z_tenths },
                release_bps: if plain { 10_000 } else { release_bps },
                cap: if plain { MAX_CAP } else { cap },
            },
        }
    })
}

fn entries() -> impl Strategy<Value = Entry> {
    let payable = prop_oneof![Just(0), 0..=MAX_CAP];
    let variance = prop_oneof![Just(0), any::<u128>(), any::<u64>().prop_map(u128::from)];
    (any::<i64>(), payable, variance).prop_map(|(accrued, payable, variance)| Entry {
        accrued,
        payable,
        variance,
        last_score: 0,
    })
}

fn liabilities(entries: &[Entry]) -> u128 {
    entries.iter().map(|entry| u128::from(entry.liability())).sum()
}

fn settle(entries: &[Entry], round: &Round) -> Vec<Entry> {
    let pairs = entries.iter().zip(&round.scores);
    pairs.map(|(entry, score)| advance(entry, *score, &round.terms).unwrap()).collect()
}

fn check_round(before: &[Entry], after: &[Entry], round: &Round) {
    let owed = liabilities(before) + u128::from(round.terms.pool);
    assert!(liabilities(after) <= owed, "the round owes more than it took in");
    for ((old, new), score) in before.iter().zip(after).zip(&round.scores) {
        assert!(new.payable >= old.payable, "payable decreased");
        assert!(new.payable <= new.liability());
        assert_eq!(*new, reference::advance(old, *score, &round.terms));
        let held = new.held_back(round.terms.z_tenths);
        assert!(held <= new.liability() - new.payable);
    }
}

proptest! {
    #[test]
    fn a_ledger_never_owes_more_than_it_took_in(lives in vec(rounds(), 1..20)) {
        let mut entries = vec![Entry::default(); POSITIONS];
        let mut taken = 0_u128;
        for round in &lives {
            let after = settle(&entries, round);
            check_round(&entries, &after, round);
            taken += u128::from(round.terms.pool);
            entries = after;
        }
        let payable: u128 = entries.iter().map(|entry| u128::from(entry.payable)).sum();
        prop_assert!(payable <= liabilities(&entries) && liabilities(&entries) <= taken);
    }

    #[test]
    fn solvency_holds_from_any_state(
        start in vec(entries(), POSITIONS),
        lives in vec(rounds(), 1..4),
    ) {
        let mut entries = start;
        for round in &lives {
            let after = settle(&entries, round);
            check_round(&entries, &after, round);
            entries = after;
        }
    }

    #[test]
    fn a_tiny_denominator_moves_no_entry_by_more_than_the_pool(
        pool in 0..=MAX_POOL / 2,
        denominator in 1..5_u64,
        score in -SCALE..=1,
        error in 0..=ONE,
    ) {
        let terms =
            RoundTerms { pool, denominator, z_tenths: 20, release_bps: 10_000, cap: MAX_CAP };
        let entry = advance(&Entry::default(), ScoreEntry { score, error }, &terms).unwrap();
        prop_assert!(entry.accrued.unsigned_abs() <= pool);
        prop_assert!(entry.variance <= u128::from(pool).pow(2));
    }

    #[test]
    fn more_doubt_never_pays_more(start in entries(), round in rounds(), more in 0..=ONE) {
        let score = round.scores[0];
        let doubted = ScoreEntry { error: score.error.max(more), ..score };
        let sure = advance(&start, score, &round.terms).unwrap();
        let unsure = advance(&start, doubted, &round.terms).unwrap();
        prop_assert!(unsure.payable <= sure.payable);
        prop_assert_eq!(unsure.accrued, sure.accrued);
    }

    #[test]
    fn what_is_held_back_released_and_owed_adds_up(entry in entries(), z_tenths: u8) {
        let free = entry.earned(z_tenths).max(entry.payable);
        prop_assert_eq!(free + entry.held_back(z_tenths), entry.liability());
        prop_assert!(entry.proved_debt() <= entry.debt());
        prop_assert!(entry.debt() == 0 || entry.held_back(z_tenths) == 0);
    }

    #[test]
    fn retiring_pays_exactly_what_was_owed(entry in entries()) {
        let retired = entry.retire();
        prop_assert_eq!(retired.payable, entry.liability());
        prop_assert_eq!(retired.liability(), entry.liability());
        prop_assert_eq!(retired.held_back(255), 0);
    }

    #[test]
    fn repaying_from_the_bond_creates_no_liability(entry in entries(), amount: u64) {
        match entry.repay(amount) {
            Ok(after) => {
                prop_assert_eq!(after.liability(), entry.liability());
                prop_assert_eq!(after.debt() + amount, entry.debt());
            }
            Err(_) => prop_assert!(amount > entry.debt()),
        }
    }

    #[test]
    fn entries_survive_packing(some in vec((entries(), any::<i32>()), 0..5)) {
        let some: Vec<_> = some.into_iter().map(|(entry, last_score)| Entry { last_score, ..entry }).collect();
        prop_assert_eq!(unpack(&pack(&some)), Ok(some));
    }

    #[test]
    fn amounts_survive_packing(amounts in vec(any::<u64>(), 0..20)) {
        prop_assert_eq!(unpack_amounts(&pack_amounts(&amounts)), Ok(amounts));
    }

    #[test]
    fn packed_amounts_have_one_form(bytes in vec(any::<u8>(), 0..25)) {
        match unpack_amounts(&bytes) {
            Ok(amounts) => prop_assert_eq!(pack_amounts(&amounts), bytes),
            Err(error) => prop_assert_eq!(error, LedgerError::Packed { bytes: bytes.len() }),
        }
    }

    #[test]
    fn packed_entries_have_one_form(bytes in vec(any::<u8>(), 0..60)) {
        if let Ok(entries) = unpack(&bytes) {
            prop_assert_eq!(pack(&entries), bytes);
        }
    }
}
