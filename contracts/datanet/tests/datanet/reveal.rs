//! Revealing, within its window.

use cosmwasm_std::Uint64;
use datanet::ContractError;
use protocol::ContributionId;
use protocol::datanet::{MAX_ITEMS, RevealedContribution, Status};
use protocol::event::DatanetEvent;
use rules::split::SplitError;

use crate::world::{MIN_BLOCKS, REVEAL_PERIOD, World, events, items, payee, revealed};

#[test]
fn an_open_datanet_accepts_at_reveal() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    world.pass(5, 1);
    let response = world.reveal("ann", id, revealed(&batch)).unwrap();

    let contribution = world.contribution(id);
    assert_eq!(contribution.status, Status::Accepted);
    assert_eq!(contribution.rank, Some(Uint64::zero()));
    assert_eq!(contribution.accepted_at.unwrap().get(), world.now());
    assert_eq!(contribution.revealed, Some(revealed(&batch)));
    assert_eq!(contribution.payees, [payee(world.account("ann").as_str(), 10_000)]);
    let now = world.datanet(datanet).unwrap();
    assert_eq!(now.version.u64(), 1);
    let accepted = DatanetEvent::Accepted { contribution: id, datanet, version: 1, root: now.root };
    assert_eq!(events(&response).last(), Some(&accepted));
}

#[test]
fn a_reviewed_datanet_waits_after_the_reveal() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    let contribution = world.contribution(id);
    assert_eq!((contribution.status, contribution.rank), (Status::Pending, None));
    assert_eq!(world.datanet(datanet).unwrap().version.u64(), 0);
}

#[test]
fn a_reveal_needs_a_commit_and_happens_once() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let unknown = ContributionId(1);
    let refused = world.reveal("ann", unknown, revealed(&batch)).unwrap_err();
    assert_eq!(refused, ContractError::UnknownContribution { contribution: unknown });
    let id = world.contribute("ann", datanet, &batch);
    let refused = world.reveal("ann", id, revealed(&batch)).unwrap_err();
    assert_eq!(refused, ContractError::NotCommitted { contribution: id, status: Status::Accepted });
}

#[test]
fn only_the_contributor_reveals() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    let refused = world.reveal("ben", id, revealed(&batch)).unwrap_err();
    let sender = world.account("ben").into_string();
    assert_eq!(refused, ContractError::NotContributor { contribution: id, sender });
}

#[test]
fn other_items_or_another_salt_do_not_open_a_commitment() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    let other_salt = RevealedContribution { salt: Default::default(), ..revealed(&batch) };
    for wrong in [revealed(&items(0..4)), other_salt] {
        let refused = world.reveal("ann", id, wrong).unwrap_err();
        assert_eq!(refused, ContractError::WrongCommitment { contribution: id });
    }
    world.reveal("ann", id, revealed(&batch)).unwrap();
}

#[test]
fn sizes_of_a_reveal_are_bounded() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    for count in [0, MAX_ITEMS + 1] {
        let wrong = RevealedContribution { item_count: count.into(), ..revealed(&batch) };
        assert_eq!(world.reveal("ann", id, wrong).unwrap_err(), ContractError::ItemCount { items: count });
    }
    let wrong = RevealedContribution { uri: "u".repeat(513), ..revealed(&batch) };
    let refused = world.reveal("ann", id, wrong).unwrap_err();
    assert_eq!(refused, ContractError::TextLength { field: "uri", length: 513, min: 0, max: 512 });
    let wrong = RevealedContribution { licence: String::new(), ..revealed(&batch) };
    let refused = world.reveal("ann", id, wrong).unwrap_err();
    assert_eq!(refused, ContractError::TextLength { field: "licence", length: 0, min: 1, max: 256 });
}

#[test]
fn payees_of_a_reveal_are_checked() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    let (ann, ben) = (world.account("ann").into_string(), world.account("ben").into_string());
    let crowd = (0..17).map(|i| payee(world.account(&format!("payee{i}")).as_str(), 1)).collect();
    let cases = [
        (crowd, ContractError::Shares(SplitError::Payees { count: 17 })),
        (vec![payee(&ann, 5_000), payee(&ben, 5_001)], ContractError::Shares(SplitError::Sum { sum_bps: 10_001 })),
        (vec![payee(&ann, 9_999)], ContractError::Shares(SplitError::Sum { sum_bps: 9_999 })),
        (
            vec![payee(&ann, 5_000), payee(&ann, 5_000)],
            ContractError::RepeatedAccount { list: "payees", account: ann.clone() },
        ),
        (vec![payee(&ann, 10_000), payee(&ben, 0)], ContractError::ZeroShare { account: ben.clone() }),
        (vec![payee("nobody", 10_000)], ContractError::InvalidAddress { account: "nobody".to_owned() }),
    ];
    for (payees, expected) in cases {
        let wrong = RevealedContribution { payees, ..revealed(&batch) };
        assert_eq!(world.reveal("ann", id, wrong).unwrap_err(), expected);
    }
    let payees = vec![payee(&ben, 2_500), payee(&ann, 7_500)];
    world.reveal("ann", id, RevealedContribution { payees: payees.clone(), ..revealed(&batch) }).unwrap();
    assert_eq!(world.contribution(id).payees, payees);
}

/// Reveals after this time and these blocks.
fn reveal_after(seconds: u64, blocks: u64) -> Result<(), ContractError> {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    world.pass(seconds, blocks);
    world.reveal("ann", id, revealed(&batch)).map(drop)
}

#[test]
fn a_reveal_counts_until_both_time_and_blocks_have_passed() {
    assert_eq!(reveal_after(REVEAL_PERIOD - 1, MIN_BLOCKS), Ok(()));
    assert_eq!(reveal_after(REVEAL_PERIOD, MIN_BLOCKS - 1), Ok(()));
    assert_eq!(reveal_after(REVEAL_PERIOD - 1, MIN_BLOCKS + 100), Ok(()));
    for (seconds, blocks) in [(0, 0), (1, 0), (0, 1)] {
        let refused = reveal_after(REVEAL_PERIOD + seconds, MIN_BLOCKS + blocks);
        assert!(matches!(refused, Err(ContractError::RevealOverdue { .. })), "{refused:?}");
    }
}

#[test]
fn a_chain_that_halted_for_a_day_costs_nobody_the_reveal() {
    assert_eq!(reveal_after(86_400, 1), Ok(()));
    assert_eq!(reveal_after(86_400, MIN_BLOCKS - 1), Ok(()));
}
