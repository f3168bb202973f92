//! The release of bonds.

use datanet::ContractError;
use protocol::datanet::{DebtCaseState, ExecuteMsg, MAX_RECOGNISED, Status, Verdict};
use protocol::event::DatanetEvent;
use protocol::settlement::Standing;
use protocol::{ContributionId, DatanetId, ModelId};

use crate::stand_ins::{clean, in_debt, untouched};
use crate::world::{
    APPEAL_PERIOD, BOND, CLEAN_ROUNDS, FUNDS, MIN_BLOCKS, NOTICE_PERIOD, REVEAL_PERIOD, Side, World, duplicate_proof,
    edges, events, items,
};

const MODEL: ModelId = ModelId(1);

/// Ann's contribution, which nobody uses.
fn contributed() -> (World, DatanetId, ContributionId) {
    let mut world = World::new();
    let datanet = world.curated_datanet();
    let id = world.contribute("ann", datanet, &items(0..30));
    (world, datanet, id)
}

/// Ann's contribution, used by a recognised model.
fn used() -> (World, DatanetId, ContributionId) {
    let (mut world, datanet, id) = contributed();
    world.mark_used(&[id]).unwrap();
    world.recognise(datanet, MODEL);
    (world, datanet, id)
}

#[test]
fn an_unused_bond_goes_back_to_the_contributor_after_the_notice_of_the_withdrawal() {
    for (seconds, blocks, over) in edges(NOTICE_PERIOD) {
        let (mut world, _, id) = contributed();
        world.withdraw("ann", id).unwrap();
        let due = world.now() + NOTICE_PERIOD;
        let due_height = world.app.block_info().height + MIN_BLOCKS;
        world.pass(seconds, blocks);
        let released = world.release(id).map(|response| events(&response));
        if !over {
            assert_eq!(released, Err(ContractError::ReleaseTooEarly { contribution: id, due, due_height }));
            continue;
        }
        let to = world.account("ann").into_string();
        assert_eq!(released, Ok(vec![DatanetEvent::BondReleased { contribution: id, to, bond: BOND.into() }]));
        assert_eq!((world.balance_of("ann"), world.balance_of("eve")), (FUNDS, FUNDS));
        assert_eq!(world.config().bonds_held.u128(), 0);
    }
}

#[test]
fn an_unused_bond_stays_while_the_contribution_is_not_withdrawn() {
    let (mut world, datanet, id) = contributed();
    world.recognise(datanet, MODEL);
    world.pass(100 * NOTICE_PERIOD, 100);
    assert_eq!(world.release(id).unwrap_err(), ContractError::NotWithdrawn { contribution: id });
}

#[test]
fn use_by_a_model_that_is_not_recognised_holds_no_bond_after_the_notice() {
    let (mut world, datanet, id) = contributed();
    world.mark_used(&[id]).unwrap();
    world.set_standing(MODEL, id, in_debt(900, 9));
    world.recognise(datanet, ModelId(2));
    assert_eq!(world.release(id).unwrap_err(), ContractError::NotWithdrawn { contribution: id });
    world.withdraw("ann", id).unwrap();
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    world.release(id).unwrap();
}

#[test]
fn an_announced_model_that_uses_it_holds_the_bond_until_it_is_confirmed_or_revoked() {
    let (mut world, datanet, id) = contributed();
    world.mark_used(&[id]).unwrap();
    world.withdraw("ann", id).unwrap();
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    world.propose(datanet, ModelId(2)).unwrap();
    world.propose(datanet, MODEL).unwrap();
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    let pending = ContractError::RecognitionPending { contribution: id, model: MODEL };
    assert_eq!(world.release(id).unwrap_err(), pending);

    world.confirm(datanet, MODEL).unwrap();
    world.set_standing(MODEL, id, in_debt(10, 1));
    assert_eq!(world.release(id).unwrap_err(), ContractError::InDebt { contribution: id, model: MODEL, debt: 10 });
    // Model 2 is still announced, but does not use it.
    world.revoke(datanet, MODEL).unwrap();
    world.release(id).unwrap();
}

#[test]
fn a_recognised_model_that_uses_it_holds_the_bond_until_enough_rounds_without_debt() {
    let refused = |rounds| {
        Err(ContractError::TooFewCleanRounds {
            contribution: ContributionId(1),
            model: MODEL,
            rounds,
            needed: CLEAN_ROUNDS,
        })
    };
    let in_debt_with = |debt| Err(ContractError::InDebt { contribution: ContributionId(1), model: MODEL, debt });
    let cases = [
        (untouched(), refused(0)),
        (clean(CLEAN_ROUNDS - 1), refused(CLEAN_ROUNDS - 1)),
        (clean(CLEAN_ROUNDS), Ok(())),
        (clean(255), Ok(())),
        (in_debt(1, 1), in_debt_with(1)),
        (in_debt(u64::MAX, 255), in_debt_with(u64::MAX)),
        // Debt that a valuation brought, after many rounds of fees without.
        (Standing { proved_debt: 5_u64.into(), ..clean(255) }, in_debt_with(5)),
        // A retired ledger has no more rounds to wait for, but its debts stay.
        (Standing { retired: true, ..untouched() }, Ok(())),
        (Standing { retired: true, ..in_debt(7, 2) }, in_debt_with(7)),
    ];
    for (standing, expected) in cases {
        for withdrawn in [false, true] {
            let (mut world, _, id) = used();
            if withdrawn {
                world.withdraw("ann", id).unwrap();
                world.pass(NOTICE_PERIOD, MIN_BLOCKS);
            }
            world.set_standing(MODEL, id, standing);
            assert_eq!(world.release(id).map(drop), expected, "{standing:?}, withdrawn: {withdrawn}");
        }
    }
}

#[test]
fn every_recognised_model_that_uses_it_must_have_done_with_it() {
    let (mut world, datanet, id) = used();
    let (second, idle) = (ModelId(2), ModelId(3));
    world.mark_used_by(second, &[id]).unwrap();
    world.recognise(datanet, second);
    world.recognise(datanet, idle);
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    let needed = CLEAN_ROUNDS;
    let refused = ContractError::TooFewCleanRounds { contribution: id, model: second, rounds: 0, needed };
    assert_eq!(world.release(id).unwrap_err(), refused);
    world.set_standing(second, id, clean(CLEAN_ROUNDS));
    world.set_standing(MODEL, id, in_debt(1, 1));
    assert_eq!(world.release(id).unwrap_err(), ContractError::InDebt { contribution: id, model: MODEL, debt: 1 });
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    world.release(id).unwrap();
}

#[test]
fn as_many_models_as_a_datanet_recognises_are_asked_in_one_message() {
    let (mut world, datanet, id) = contributed();
    let models: Vec<ModelId> = (1..=MAX_RECOGNISED as u64).map(ModelId).collect();
    for model in models.iter().copied() {
        world.mark_used_by(model, &[id]).unwrap();
        world.recognise(datanet, model);
        world.set_standing(model, id, clean(CLEAN_ROUNDS));
    }
    let last = models[models.len() - 1];
    world.set_standing(last, id, in_debt(1, 1));
    assert_eq!(world.release(id).unwrap_err(), ContractError::InDebt { contribution: id, model: last, debt: 1 });
    world.set_standing(last, id, clean(CLEAN_ROUNDS));
    world.release(id).unwrap();
}

#[test]
fn an_open_debt_case_holds_the_bond_though_the_debt_has_vanished() {
    let (mut world, _, id) = used();
    world.set_standing(MODEL, id, in_debt(10, 2));
    world.claim(id, MODEL).unwrap();
    world.set_standing(MODEL, id, clean(255));
    assert_eq!(world.release(id).unwrap_err(), ContractError::CaseOpen { contribution: id, model: MODEL });
    world.pass(APPEAL_PERIOD, MIN_BLOCKS);
    assert_eq!(world.release(id).unwrap_err(), ContractError::CaseOpen { contribution: id, model: MODEL });
    world.collect(id, MODEL).unwrap();
    assert_eq!(world.case_state(id, MODEL), Some(DebtCaseState::Closed));
    world.release(id).unwrap();
    assert_eq!(world.balance_of("ann"), FUNDS);
}

#[test]
fn a_case_that_became_void_holds_no_bond() {
    let (mut world, datanet, id) = used();
    world.set_standing(MODEL, id, in_debt(10, 2));
    world.claim(id, MODEL).unwrap();
    world.revoke(datanet, MODEL).unwrap();
    world.recognise(datanet, MODEL);
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    world.release(id).unwrap();
}

#[test]
fn a_released_contribution_keeps_its_status_its_payees_and_its_place() {
    let (mut world, datanet, id) = used();
    let before = (world.contribution(id), world.datanet(datanet).unwrap());
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    world.release(id).unwrap();
    let after = world.contribution(id);
    assert!(after.bond_returned);
    assert_eq!((after.status, after.bond_taken.u128()), (Status::Accepted, 0));
    assert_eq!((after.payees, after.rank), (before.0.payees, before.0.rank));
    assert_eq!(world.datanet(datanet).unwrap(), before.1);
    assert_eq!(world.synced().len(), 1);
    world.mark_used_by(ModelId(2), &[id]).unwrap();
    world.withdraw("ann", id).unwrap();
}

#[test]
fn a_bond_is_released_once() {
    let (mut world, _, id) = used();
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    world.release(id).unwrap();
    world.contribute("ben", DatanetId(1), &items(100..103));
    assert_eq!(world.release(id).unwrap_err(), ContractError::NoBondLeft { contribution: id });
    assert_eq!(world.config().bonds_held.u128(), BOND);
}

#[test]
fn what_duplicate_proofs_and_debts_left_is_released() {
    let (mut world, datanet, id) = used();
    let copy = items((0..1).chain(100..129));
    let later = world.contribute("ben", datanet, &copy);
    world.mark_used(&[later]).unwrap();
    let batch = items(0..30);
    let proof = duplicate_proof(Side { id, items: &batch }, Side { id: later, items: &copy }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    world.set_standing(MODEL, later, in_debt(100, 2));
    world.claim(later, MODEL).unwrap();
    world.pass(APPEAL_PERIOD, MIN_BLOCKS);
    world.collect(later, MODEL).unwrap();
    world.set_standing(MODEL, later, clean(CLEAN_ROUNDS));
    world.release(later).unwrap();
    assert_eq!(world.balance_of("ben"), FUNDS - BOND / 30 - 100);
}

#[test]
fn a_bond_that_debts_used_up_is_not_released() {
    let (mut world, _, id) = used();
    world.set_standing(MODEL, id, in_debt(5_000, 2));
    world.claim(id, MODEL).unwrap();
    world.pass(APPEAL_PERIOD, MIN_BLOCKS);
    world.collect(id, MODEL).unwrap();
    world.set_standing(MODEL, id, clean(CLEAN_ROUNDS));
    assert_eq!(world.release(id).unwrap_err(), ContractError::NoBondLeft { contribution: id });
    assert!(!world.contribution(id).bond_returned);
}

#[test]
fn before_acceptance_and_after_the_end_nothing_is_released() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let batch = items(0..3);
    let earlier = world.contribute("ann", datanet, &batch);
    world.decide(earlier, Verdict::Accept);
    let pending = world.contribute("ben", datanet, &items(6..9));
    let rejected = world.contribute("ben", datanet, &items(9..12));
    world.decide(rejected, Verdict::Reject);
    let slashed = world.contribute("ben", datanet, &batch);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: slashed, items: &batch }, &[(0, 0)]);
    world.prove("eve", proof).unwrap();
    let forfeited = world.commit("ben", datanet, &batch).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    world.execute("eve", ExecuteMsg::Forfeit { contribution: forfeited }).unwrap();
    let committed = world.commit("ben", datanet, &batch).unwrap();
    let refused = [
        (pending, Status::Pending),
        (rejected, Status::Rejected),
        (slashed, Status::Slashed),
        (forfeited, Status::Forfeited),
        (committed, Status::Committed),
    ];
    for (contribution, status) in refused {
        let error = world.release(contribution).unwrap_err();
        assert_eq!(error, ContractError::NothingAtStake { contribution, status });
    }
    let unknown = ContributionId(99);
    let error = world.release(unknown).unwrap_err();
    assert_eq!(error, ContractError::UnknownContribution { contribution: unknown });
}
