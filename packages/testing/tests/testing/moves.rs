//! Every check of two states in a row can fail: the second one is changed as no transaction said.

use cosmwasm_std::{Addr, Uint128};
use protocol::event::SettlementEvent;
use protocol::{ModelId, SpendId};
use testing::invariants::{Bond, Broken, Moves, Snapshot};

use crate::invariants::{changed, ledger, says, settled, stake};

/// Two snapshots in a row, the second one changed, after a transaction that says it did nothing.
fn after(change: impl FnOnce(&mut Snapshot)) -> Broken {
    after_moves(Moves::default(), change)
}

/// As [`after`], with what the transaction says.
fn after_moves(moves: Moves, change: impl FnOnce(&mut Snapshot)) -> Broken {
    let world = settled();
    let before = Snapshot::read(&world.chain, &world.at).unwrap();
    let mut now = before.clone();
    change(&mut now);
    now.follows(&before, &moves).unwrap_err()
}

#[test]
fn what_was_payable_or_claimed_cannot_fall() {
    says(&after(|now| ledger(now).accounts[0].payable -= cosmwasm_std::Uint64::one()), "payable before");
    says(&after(|now| ledger(now).accounts[0].claimed -= Uint128::one()), "claimed before");
}

#[test]
fn without_a_round_or_retirement_no_account_moves() {
    let one = cosmwasm_std::Uint64::one();
    says(&after(|now| ledger(now).accounts[1].payable += one), "without a round or retirement");
    says(&after(|now| ledger(now).accounts[1].accrued += cosmwasm_std::Int64::one()), "repaid debt");
    says(&after(|now| ledger(now).accounts[1].variance += Uint128::one()), "variance");
    says(&after(|now| ledger(now).accounts[1].last_score += 1), "last score");
    says(&after(|now| ledger(now).accounts[1].rounds_without_debt += 1), "rounds without debt");
    says(&after(|now| ledger(now).accounts[1].stake += one), "stake given");
    // A retirement releases, and does nothing else.
    let retired = Moves { retired: [ModelId(1)].into(), ..Moves::default() };
    let found = after_moves(retired, |now| {
        ledger(now).accounts[1].payable += one;
        ledger(now).accounts[1].accrued += cosmwasm_std::Int64::one();
    });
    says(&found, "accrued");
}

#[test]
fn debt_is_credited_to_the_uopen_that_was_taken() {
    let credit = |now: &mut Snapshot| {
        ledger(now).accounts[2].accrued += cosmwasm_std::Int64::new(5);
        ledger(now).totals.debt_collected += Uint128::new(5);
    };
    let repaid = |taken: u128| Moves {
        debt_taken: [(ModelId(1), taken)].into(),
        debt_repaid: [((ModelId(1), 2), 5)].into(),
        ..Moves::default()
    };
    says(&after_moves(repaid(4), credit), "debt taken from bonds");
    says(&after_moves(repaid(5), |now| ledger(now).totals.debt_collected += Uint128::new(5)), "accrued");
    says(
        &after_moves(repaid(5), |now| ledger(now).accounts[2].accrued += cosmwasm_std::Int64::new(5)),
        "debt collected",
    );
}

#[test]
fn the_treasury_falls_and_royalties_leave_only_as_events_say() {
    let one = Uint128::one();
    says(&after(|now| now.settlement.treasury -= one), "settlement's treasury");
    let spent = Moves { spent: 1, ..Moves::default() };
    says(&after_moves(spent, |now| now.settlement.treasury -= one + one), "settlement's treasury");
    says(&after(|now| ledger(now).totals.royalties_flowed += one), "royalties flowed");
    let world = settled();
    let mut before = Snapshot::read(&world.chain, &world.at).unwrap();
    let now = before.clone();
    before.settlement.royalties = one;
    says(&now.follows(&before, &Moves::default()).unwrap_err(), "royalties total");
}

#[test]
fn stake_is_not_minted_and_reserves_fall_by_what_claims_delivered_alone() {
    let one = Uint128::one();
    says(&after(|now| stake(now).supply += 1), "supply before");
    says(&after(|now| stake(now).reserves.work += one), "work reserve before");
    says(&after(|now| stake(now).reserves.contributors -= one), "what claims delivered");
    says(&after(|now| stake(now).dividends.points -= one), "points of a unit");
    says(&after(|now| stake(now).dividends.received += one), "dividends received");
    says(&after(|now| stake(now).dividends.paid += one), "dividends paid");
    let sent = Moves { dividends_sent: [(ModelId(1), 1)].into(), ..Moves::default() };
    says(&after_moves(sent, |_| ()), "dividends that arrived");
    assert!(matches!(after(|now| now.stakes.clear()), Broken::Vanished { .. }));
}

#[test]
fn events_count_only_from_the_contract_that_owns_the_books() {
    let world = settled();
    let event = |contract: &Addr| {
        let spent = SettlementEvent::SpendExecuted { spend: SpendId(1), to: "x".to_owned(), amount: Uint128::new(7) };
        let event = cosmwasm_std::Event::from(spent);
        let mut stored = cosmwasm_std::Event::new(format!("wasm-{}", event.ty));
        stored.attributes = event.attributes;
        stored.add_attribute("_contract_address", contract)
    };
    assert_eq!(Moves::read(&world.at, &[event(&world.at.settlement)]).spent, 7);
    for other in [&world.at.datanet, &world.at.attribution, &world.accounts.stranger] {
        assert_eq!(Moves::read(&world.at, &[event(other)]).spent, 0);
    }
}

#[test]
fn bonds_are_not_given_back_twice_and_what_was_taken_stays_taken() {
    let bond = |now: &mut Snapshot, change: fn(&mut Bond)| change(now.bonds.values_mut().next().unwrap());
    says(&changed(|now| bond(now, |bond| bond.taken = bond.paid + 1)), "the bonds of its contributions");
    let world = settled();
    let mut before = Snapshot::read(&world.chain, &world.at).unwrap();
    let now = before.clone();
    let follows = |before: &Snapshot| now.follows(before, &Moves::default()).unwrap_err();
    bond(&mut before, |bond| bond.taken = 1);
    says(&follows(&before), "taken from its bond");
    bond(&mut before, |bond| (bond.taken, bond.returned) = (0, true));
    says(&follows(&before), "whether its bond went back");
    bond(&mut before, |bond| (bond.returned, bond.paid) = (false, bond.paid - 1));
    says(&follows(&before), "its bond held before");
    assert!(matches!(after(|now| now.bonds.clear()), Broken::Vanished { .. }));
}

#[test]
fn liability_cannot_rise_by_more_than_the_pool_falls() {
    says(&after(|now| ledger(now).totals.liability += Uint128::one()), "the pool that was spent");
}

#[test]
fn accounts_and_models_cannot_vanish() {
    assert!(matches!(after(|now| ledger(now).accounts.truncate(2)), Broken::Vanished { .. }));
    assert!(matches!(after(|now| now.ledgers.clear()), Broken::Vanished { .. }));
}
