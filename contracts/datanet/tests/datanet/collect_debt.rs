//! Collecting proved debt.

use cw_multi_test::Executor;
use datanet::ContractError;
use protocol::ModelId;
use protocol::datanet::{DebtCaseState, ExecuteMsg, Status};
use protocol::event::DatanetEvent;

use crate::claim_debt::{Indebted, MODEL};
use crate::stand_ins::{clean, in_debt};
use crate::world::{APPEAL_PERIOD, BOND, FUNDS, MIN_BLOCKS, Side, duplicate_proof, edges, items, position};

fn collected(debt: &Indebted, taken: u128) -> Vec<DatanetEvent> {
    vec![DatanetEvent::DebtCollected { contribution: debt.id, model: MODEL, taken: taken.into() }]
}

#[test]
fn the_smaller_of_bond_and_debt_goes_to_the_treasury_and_is_credited() {
    let bond = u64::try_from(BOND).unwrap();
    for owed in [1, 400, bond - 1, bond, bond + 1, u64::MAX] {
        let mut debt = Indebted::of(owed).claimed();
        debt.pass_window();
        let taken = u128::from(owed).min(BOND);
        assert_eq!(debt.collect(), Ok(collected(&debt, taken)));
        assert_eq!(debt.world.debts_received(), [(MODEL, position(debt.id), taken)]);
        assert_eq!((debt.world.treasury(), debt.world.balance_of("eve")), (taken, FUNDS));
        assert_eq!((debt.bond_taken(), debt.world.config().bonds_held.u128()), (taken, BOND - taken));
        let case = debt.world.debt_case(debt.id, MODEL).unwrap();
        assert_eq!((case.state, case.collected.u128()), (DebtCaseState::Closed, taken));
        assert_eq!(debt.world.contribution(debt.id).status, Status::Accepted);
    }
}

#[test]
fn a_debt_is_collected_once() {
    let mut debt = Indebted::of(400).claimed();
    debt.pass_window();
    debt.collect().unwrap();
    assert_eq!(debt.collect(), Err(debt.no_open_case()));
    let paid = ContractError::NoProvedDebt { contribution: debt.id, model: MODEL, debt: 0, rounds: 2 };
    assert_eq!(debt.claim(), Err(paid), "what was collected is credited");
    assert_eq!(debt.bond_taken(), 400);
}

#[test]
fn without_a_claim_nothing_is_collected() {
    let mut debt = Indebted::of(400);
    debt.pass_window();
    assert_eq!(debt.collect(), Err(debt.no_open_case()));
    assert_eq!(debt.bond_taken(), 0);
}

#[test]
fn the_appeal_window_is_waited_for_and_a_halted_chain_does_not_end_it() {
    for (seconds, blocks, over) in edges(APPEAL_PERIOD) {
        let mut debt = Indebted::of(400).claimed();
        let (now, height) = (debt.world.now(), debt.world.app.block_info().height);
        debt.world.pass(seconds, blocks);
        let refused = ContractError::AppealOpen {
            contribution: debt.id,
            model: MODEL,
            due: now + APPEAL_PERIOD,
            due_height: height + MIN_BLOCKS,
        };
        let expected = if over { Ok(collected(&debt, 400)) } else { Err(refused) };
        assert_eq!(debt.collect(), expected, "after {seconds} s and {blocks} blocks");
    }
}

#[test]
fn later_debts_add_up_to_the_bond_at_most() {
    let mut debt = Indebted::of(600);
    for (owed, taken, so_far) in [(600, 600, 600), (300, 300, 900), (500, 103, BOND)] {
        debt.world.set_standing(MODEL, debt.id, in_debt(owed, 2));
        debt.claim().unwrap();
        debt.pass_window();
        assert_eq!(debt.collect(), Ok(collected(&debt, taken)));
        assert_eq!(debt.world.debt_case(debt.id, MODEL).unwrap().collected.u128(), so_far);
        assert_eq!(debt.bond_taken(), so_far);
    }
    assert_eq!(debt.claim(), Err(ContractError::NoBondLeft { contribution: debt.id }));
}

#[test]
fn two_models_share_one_bond() {
    let mut debt = Indebted::of(600).claimed();
    let second = ModelId(2);
    debt.world.mark_used_by(second, &[debt.id]).unwrap();
    debt.world.recognise(debt.datanet, second);
    debt.world.set_standing(second, debt.id, in_debt(600, 2));
    debt.world.claim(debt.id, second).unwrap();
    debt.pass_window();
    debt.collect().unwrap();
    debt.world.collect(debt.id, second).unwrap();
    let expected = [(MODEL, position(debt.id), 600), (second, position(debt.id), BOND - 600)];
    assert_eq!(debt.world.debts_received(), expected);
    assert_eq!(debt.bond_taken(), BOND);
}

#[test]
fn the_debt_at_the_time_of_collection_counts() {
    for (then, taken) in [(10, 10), (900, 900)] {
        let mut debt = Indebted::of(400).claimed();
        debt.world.set_standing(MODEL, debt.id, in_debt(then, 3));
        debt.pass_window();
        assert_eq!(debt.collect(), Ok(collected(&debt, taken)));
    }
}

#[test]
fn a_debt_that_vanished_ends_the_case_and_can_come_back() {
    // Earned back; earned back in a valuation; and earned back in a round, then in debt again for one.
    for standing in [clean(1), in_debt(0, 2), in_debt(400, 1)] {
        let mut debt = Indebted::of(400).claimed();
        debt.world.set_standing(MODEL, debt.id, standing);
        debt.pass_window();
        assert_eq!(debt.collect(), Ok(collected(&debt, 0)));
        assert_eq!((debt.state(), debt.bond_taken()), (DebtCaseState::Closed, 0));
        assert_eq!(debt.world.debts_received(), []);
        assert_eq!(debt.collect(), Err(debt.no_open_case()));
        debt.world.set_standing(MODEL, debt.id, in_debt(70, 2));
        debt.claim().unwrap();
        debt.pass_window();
        assert_eq!(debt.collect(), Ok(collected(&debt, 70)));
    }
}

#[test]
fn a_revoked_model_collects_nothing() {
    let mut debt = Indebted::of(400).claimed();
    debt.world.revoke(debt.datanet, MODEL).unwrap();
    assert_eq!(debt.state(), DebtCaseState::Closed, "void at once");
    debt.pass_window();
    assert_eq!(debt.collect(), Ok(collected(&debt, 0)));
    assert_eq!(debt.collect(), Err(debt.no_open_case()));
    assert_eq!((debt.bond_taken(), debt.world.treasury()), (0, 0));
}

#[test]
fn a_new_recognition_revives_no_old_case() {
    for claim_in_block_of_proposal in [false, true] {
        let mut debt = Indebted::of(400).claimed();
        if !claim_in_block_of_proposal {
            debt.world.pass(10, 1);
        }
        debt.world.revoke(debt.datanet, MODEL).unwrap();
        debt.world.recognise(debt.datanet, MODEL);
        debt.pass_window();
        assert_eq!(debt.state(), DebtCaseState::Closed);
        assert_eq!(debt.collect(), Ok(collected(&debt, 0)));
        debt.claim().unwrap();
        assert_eq!(debt.state(), DebtCaseState::Open);
        let due = debt.collect().unwrap_err();
        assert!(matches!(due, ContractError::AppealOpen { .. }), "a new case has a window of its own: {due}");
        debt.pass_window();
        assert_eq!(debt.collect(), Ok(collected(&debt, 400)));
    }
}

#[test]
fn a_void_case_is_claimed_anew_without_being_collected() {
    let mut debt = Indebted::of(400).claimed();
    debt.world.revoke(debt.datanet, MODEL).unwrap();
    debt.world.recognise(debt.datanet, MODEL);
    debt.claim().unwrap();
    assert_eq!(debt.state(), DebtCaseState::Open);
}

#[test]
fn a_slash_in_the_meantime_leaves_less_to_collect_and_a_debt_less_to_slash() {
    let mut debt = Indebted::of(1_000);
    let original = items(200..230);
    let copy = items((200..205).chain(300..325));
    let earlier = debt.world.contribute("ben", debt.datanet, &original);
    let later = debt.world.contribute("cyd", debt.datanet, &copy);
    debt.world.mark_used(&[later]).unwrap();
    debt.world.set_standing(MODEL, later, in_debt(900, 2));
    debt.world.claim(later, MODEL).unwrap();
    let prove = |debt: &mut Indebted, pairs: &[(u64, u64)]| {
        let sides = (Side { id: earlier, items: &original }, Side { id: later, items: &copy });
        debt.world.prove("rich", duplicate_proof(sides.0, sides.1, pairs)).unwrap();
        debt.world.contribution(later).bond_taken.u128()
    };
    let first_three = BOND * 3 / 30;
    assert_eq!(prove(&mut debt, &[(0, 0), (1, 1), (2, 2)]), first_three);
    debt.pass_window();
    debt.world.collect(later, MODEL).unwrap();
    assert_eq!(debt.world.debts_received(), [(MODEL, position(later), 900)]);
    // 1,003 − 100 − 900: a fourth copy would cost 33, and 3 are left.
    assert_eq!(prove(&mut debt, &[(3, 3)]), BOND);
    assert_eq!(prove(&mut debt, &[(4, 4)]), BOND);
    let contribution = debt.world.contribution(later);
    assert_eq!((contribution.status, contribution.duplicates.u64()), (Status::Accepted, 5));
}

#[test]
fn a_copy_costs_the_same_whether_a_debt_was_collected_before_or_not() {
    let mut debt = Indebted::of(1);
    let original = items(200..230);
    let copy = items((200..205).chain(300..325));
    let earlier = debt.world.contribute("ben", debt.datanet, &original);
    let later = debt.world.contribute("cyd", debt.datanet, &copy);
    debt.world.mark_used(&[later]).unwrap();
    debt.world.set_standing(MODEL, later, in_debt(100, 2));
    debt.world.claim(later, MODEL).unwrap();
    debt.pass_window();
    debt.world.collect(later, MODEL).unwrap();
    for copies in 1..=5_u64 {
        let sides = (Side { id: earlier, items: &original }, Side { id: later, items: &copy });
        debt.world.prove("rich", duplicate_proof(sides.0, sides.1, &[(copies - 1, copies - 1)])).unwrap();
        let expected = 100 + BOND * u128::from(copies) / 30;
        assert_eq!(debt.world.contribution(later).bond_taken.u128(), expected);
    }
}

#[test]
fn a_whole_slash_in_the_meantime_closes_the_case() {
    let mut debt = Indebted::of(1);
    let batch = items(200..230);
    let earlier = debt.world.contribute("ben", debt.datanet, &batch);
    let later = debt.world.contribute("cyd", debt.datanet, &batch);
    debt.world.mark_used(&[later]).unwrap();
    debt.world.set_standing(MODEL, later, in_debt(900, 2));
    debt.world.claim(later, MODEL).unwrap();
    let pairs: Vec<(u64, u64)> = (0..6).map(|i| (i, i)).collect();
    let sides = (Side { id: earlier, items: &batch }, Side { id: later, items: &batch });
    debt.world.prove("rich", duplicate_proof(sides.0, sides.1, &pairs)).unwrap();
    debt.pass_window();
    debt.world.collect(later, MODEL).unwrap();
    let contribution = debt.world.contribution(later);
    assert_eq!((contribution.status, contribution.bond_taken.u128()), (Status::Slashed, BOND));
    assert_eq!(debt.world.case_state(later, MODEL), Some(DebtCaseState::Closed));
    assert_eq!(debt.world.debts_received(), []);
}

#[test]
fn if_settlement_refuses_the_money_nothing_has_happened() {
    let mut debt = Indebted::of(400).claimed();
    debt.pass_window();
    let (id, datanet) = (debt.id, debt.world.datanet.clone());
    let before = debt.world.contribution(id);
    debt.world.deafen_settlement();
    let msg = ExecuteMsg::CollectDebt { contribution: id, model: MODEL };
    debt.world.app.execute_contract(debt.world.account("eve"), datanet, &msg, &[]).unwrap_err();
    assert_eq!((debt.world.contribution(id), debt.state()), (before, DebtCaseState::Open));
    assert_eq!(debt.world.config().bonds_held.u128(), BOND);
}
