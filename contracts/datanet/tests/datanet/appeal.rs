//! Appeals against debt cases.

use datanet::ContractError;
use protocol::ModelId;
use protocol::datanet::{Admission, DebtCaseState, NewDatanet, Verdict};
use protocol::event::DatanetEvent;

use crate::claim_debt::{Indebted, MODEL};
use crate::stand_ins::in_debt;
use crate::world::{APPEAL_PERIOD, MIN_BLOCKS, World, edges, events, items, settings};

#[test]
fn one_curator_ends_a_case_where_nobody_reviews() {
    let mut debt = Indebted::of(400).claimed();
    let response = debt.world.appeal("cur2", debt.id, MODEL).unwrap();
    let by = debt.world.account("cur2").into_string();
    let appealed = DatanetEvent::DebtAppealed { contribution: debt.id, model: MODEL, by, appeals: 1, barred: true };
    assert_eq!(events(&response), [appealed]);
    assert_eq!(debt.state(), DebtCaseState::Barred);
    debt.pass_window();
    assert_eq!(debt.collect(), Err(debt.no_open_case()));
    assert_eq!(debt.bond_taken(), 0);
}

#[test]
fn as_many_reviewers_as_accept_a_contribution_end_a_case() {
    let mut debt = Indebted::reviewed().claimed();
    let response = debt.world.appeal("rev3", debt.id, MODEL).unwrap();
    let by = debt.world.account("rev3").into_string();
    let appealed = DatanetEvent::DebtAppealed { contribution: debt.id, model: MODEL, by, appeals: 1, barred: false };
    assert_eq!(events(&response), [appealed]);
    assert_eq!(debt.state(), DebtCaseState::Open);
    debt.appeal("rev1").unwrap();
    assert_eq!(debt.state(), DebtCaseState::Barred);
    assert_eq!(debt.world.debt_case(debt.id, MODEL).map(|case| case.appeals), Some(2));
    assert_eq!(debt.appeal("rev2"), Err(debt.no_open_case()));
}

#[test]
fn too_few_appeals_stop_nothing() {
    let mut debt = Indebted::reviewed().claimed();
    debt.appeal("rev1").unwrap();
    debt.pass_window();
    debt.collect().unwrap();
    assert_eq!(debt.bond_taken(), 100);
}

#[test]
fn an_account_appeals_once_per_case() {
    let mut debt = Indebted::reviewed().claimed();
    debt.appeal("rev1").unwrap();
    debt.world.pass(1, 1);
    let sender = debt.world.account("rev1").into_string();
    let again = ContractError::AlreadyAppealed { contribution: debt.id, model: MODEL, sender };
    assert_eq!(debt.appeal("rev1"), Err(again));
    assert_eq!(debt.state(), DebtCaseState::Open);
}

#[test]
fn votes_do_not_carry_over_to_the_next_case_and_everybody_votes_again() {
    let mut debt = Indebted::reviewed().claimed();
    debt.appeal("rev1").unwrap();
    debt.pass_window();
    debt.collect().unwrap();
    debt.world.set_standing(MODEL, debt.id, in_debt(50, 2));
    debt.claim().unwrap();
    assert_eq!(debt.world.debt_case(debt.id, MODEL).map(|case| case.appeals), Some(0));
    debt.appeal("rev2").unwrap();
    assert_eq!(debt.state(), DebtCaseState::Open);
    debt.appeal("rev1").unwrap();
    assert_eq!(debt.state(), DebtCaseState::Barred);
}

#[test]
fn votes_of_a_void_case_do_not_carry_over() {
    let mut debt = Indebted::reviewed().claimed();
    debt.appeal("rev1").unwrap();
    debt.world.revoke(debt.datanet, MODEL).unwrap();
    assert_eq!(debt.appeal("rev2"), Err(debt.no_open_case()));
    debt.world.recognise(debt.datanet, MODEL);
    debt.claim().unwrap();
    debt.appeal("rev2").unwrap();
    assert_eq!(debt.state(), DebtCaseState::Open);
}

#[test]
fn a_barred_model_never_claims_of_this_contribution_again_but_others_do() {
    let mut debt = Indebted::of(400).claimed();
    debt.appeal("cur1").unwrap();
    let barred = || Err(ContractError::Barred { contribution: debt.id, model: MODEL });
    let mut world = debt.world;
    let (id, datanet) = (debt.id, debt.datanet);
    assert_eq!(world.claim(id, MODEL).map(drop), barred());
    world.pass(100 * APPEAL_PERIOD, 1_000);
    assert_eq!(world.claim(id, MODEL).map(drop), barred());
    world.revoke(datanet, MODEL).unwrap();
    world.recognise(datanet, MODEL);
    assert_eq!(world.claim(id, MODEL).map(drop), barred(), "a new recognition lifts no bar");

    let second = ModelId(2);
    world.mark_used_by(second, &[id]).unwrap();
    world.recognise(datanet, second);
    world.set_standing(second, id, in_debt(5, 2));
    world.claim(id, second).unwrap();
    let other = world.contribute("ben", datanet, &items(100..103));
    world.mark_used(&[other]).unwrap();
    world.set_standing(MODEL, other, in_debt(5, 2));
    world.claim(other, MODEL).unwrap();
}

#[test]
fn appeals_count_exactly_until_the_debt_can_be_collected() {
    for (seconds, blocks, over) in edges(APPEAL_PERIOD) {
        let mut debt = Indebted::reviewed().claimed();
        let due = debt.world.now() + APPEAL_PERIOD;
        let due_height = debt.world.app.block_info().height + MIN_BLOCKS;
        debt.world.pass(seconds, blocks);
        let (appealed, collected) = (debt.appeal("rev1"), debt.collect().map(drop));
        let (contribution, model) = (debt.id, MODEL);
        let expected = match over {
            true => (Err(ContractError::AppealOver { contribution, model, due }), Ok(())),
            false => (Ok(()), Err(ContractError::AppealOpen { contribution, model, due, due_height })),
        };
        assert_eq!((appealed, collected), expected, "after {seconds} s and {blocks} blocks");
    }
}

#[test]
fn without_a_case_there_is_nothing_to_appeal() {
    let mut debt = Indebted::of(400);
    assert_eq!(debt.appeal("cur1"), Err(debt.no_open_case()));
    let mut debt = debt.claimed();
    let other = ModelId(2);
    let refused = debt.world.appeal("cur1", debt.id, other).unwrap_err();
    assert_eq!(refused, ContractError::NoOpenCase { contribution: debt.id, model: other });
    debt.pass_window();
    debt.collect().unwrap();
    assert_eq!(debt.appeal("cur1"), Err(debt.no_open_case()));
}

#[test]
fn strangers_have_no_vote() {
    let mut debt = Indebted::of(400).claimed();
    let datanet = debt.datanet;
    for stranger in ["ann", "ben", "owner", "governance", "model", "rev1"] {
        let sender = debt.world.account(stranger).into_string();
        assert_eq!(debt.appeal(stranger), Err(ContractError::NotCurator { datanet, sender }));
    }
    let mut debt = Indebted::reviewed().claimed();
    for stranger in ["ann", "ben", "owner", "governance", "model", "cur1"] {
        let sender = debt.world.account(stranger).into_string();
        assert_eq!(debt.appeal(stranger), Err(ContractError::NotReviewer { datanet, sender }));
    }
}

#[test]
fn where_reviewers_decide_curators_have_no_vote() {
    let mut world = World::new();
    let admission = Admission::Reviewed { reviewers: world.accounts(&["rev1"]), threshold: 1 };
    let curators = world.accounts(&["cur1"]);
    let datanet = world.create(NewDatanet { curators, ..settings(admission) }).unwrap();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev1", id, Verdict::Accept).unwrap();
    world.mark_used(&[id]).unwrap();
    world.recognise(datanet, MODEL);
    world.set_standing(MODEL, id, in_debt(400, 2));
    world.claim(id, MODEL).unwrap();
    let sender = world.account("cur1").into_string();
    assert_eq!(world.appeal("cur1", id, MODEL).unwrap_err(), ContractError::NotReviewer { datanet, sender });
    world.appeal("rev1", id, MODEL).unwrap();
    assert_eq!(world.case_state(id, MODEL), Some(DebtCaseState::Barred));
}

#[test]
fn nobody_appeals_for_himself() {
    // A reviewer who contributes: the two others decide.
    let mut world = World::new();
    let reviewed = world.reviewed_datanet();
    let own = world.contribute("rev1", reviewed, &items(0..3));
    for reviewer in ["rev2", "rev3"] {
        world.review(reviewer, own, Verdict::Accept).unwrap();
    }
    // A curator who contributes.
    let curators = world.accounts(&["ann", "cur1"]);
    let curated = world.create(NewDatanet { curators, ..settings(Admission::Open {}) }).unwrap();
    let anns = world.contribute("ann", curated, &items(3..6));
    for (datanet, id, contributor, others) in
        [(reviewed, own, "rev1", ["rev2", "rev3"].as_slice()), (curated, anns, "ann", &["cur1"])]
    {
        world.mark_used(&[id]).unwrap();
        world.recognise(datanet, MODEL);
        world.set_standing(MODEL, id, in_debt(400, 2));
        world.claim(id, MODEL).unwrap();
        let refused = world.appeal(contributor, id, MODEL).unwrap_err();
        assert_eq!(refused, ContractError::OwnContribution { contribution: id });
        for other in others {
            world.appeal(other, id, MODEL).unwrap();
        }
        assert_eq!(world.case_state(id, MODEL), Some(DebtCaseState::Barred));
    }
}
