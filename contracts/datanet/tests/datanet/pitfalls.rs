//! Pitfalls that audits find in CosmWasm contracts, one test each; the ones that cannot apply here (reward index, fee
//! ledger, payout roots) are tested where they do, keys that collide in `state`, migration in `migration`.

use cosmwasm_std::{Uint128, to_json_binary};
use cw_multi_test::Executor;
use cw20::Cw20ExecuteMsg;
use datanet::ContractError;
use protocol::Page;
use protocol::datanet::{ExecuteMsg, ReceiveMsg, RevealedContribution, Status, Verdict};
use rules::hash::Domain;

use crate::world::{
    BOND, FUNDS, MIN_BLOCKS, REVEAL_PERIOD, SALT, Side, World, duplicate_proof, items, payee, revealed,
};

#[test]
fn duplicate_ids_in_a_vec() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    let refused = world.mark_used(&[id, id]).unwrap_err();
    assert_eq!(refused, ContractError::RepeatedContribution { contribution: id });
}

#[test]
fn rounding_never_favours_the_caller() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..40);
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &batch);
    let mut paid = 0;
    for i in 0..8 {
        let before = world.contribution(later).bond_taken.u128();
        let sides = (Side { id: earlier, items: &batch }, Side { id: later, items: &batch });
        world.prove("eve", duplicate_proof(sides.0, sides.1, &[(i, i)])).unwrap();
        paid += (world.contribution(later).bond_taken.u128() - before) / 2;
    }
    assert_eq!(world.balance_of("eve"), FUNDS + paid);
    assert!(paid <= BOND / 2);
    assert_eq!(world.treasury(), BOND - paid);
}

#[test]
fn a_failed_payment_is_not_swallowed() {
    let mut world = World::unwired();
    // A settlement that refuses the treasury's money: the token itself.
    let deaf = world.token.clone();
    world.wire(&deaf).unwrap();
    let datanet = world.open_datanet();
    let id = world.commit("ann", datanet, &items(0..3)).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);
    let msg = ExecuteMsg::Forfeit { contribution: id };
    world.app.execute_contract(world.account("eve"), world.datanet.clone(), &msg, &[]).unwrap_err();
    assert_eq!(world.contribution(id).status, Status::Committed);
    assert_eq!(world.config().bonds_held.u128(), BOND);
}

#[test]
fn donations_do_not_count_as_bonds() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    world.donate(500_000);
    let id = world.contribute("ann", datanet, &items(0..3));
    assert_eq!(world.config().bonds_held.u128(), BOND);
    world.decide(id, Verdict::Reject);
    assert_eq!(world.balance_of("ann"), FUNDS);
    assert_eq!(world.config().bonds_held, Uint128::zero());
}

#[test]
fn votes_do_not_follow_balances() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("ann", datanet, &items(0..3));
    world.review("rev1", id, Verdict::Accept).unwrap();
    let (rev1, rich) = (world.account("rev1"), world.account("rich"));
    let transfer = Cw20ExecuteMsg::Transfer { recipient: rich.to_string(), amount: FUNDS.into() };
    world.app.execute_contract(rev1, world.token.clone(), &transfer, &[]).unwrap();
    let refused = world.review("rich", id, Verdict::Accept).unwrap_err();
    assert_eq!(refused, ContractError::NotReviewer { datanet, sender: rich.into_string() });
    assert_eq!(world.contribution(id).accepts, 1);
}

#[test]
fn a_zero_amount_of_the_right_token() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let msg = to_json_binary(&ReceiveMsg::Commit { datanet, commitment: SALT }).unwrap();
    assert_eq!(world.send("ann", 0, msg).unwrap_err(), ContractError::ZeroAmount);
    assert_eq!(world.contributions(datanet, Page::default()), []);
}

#[test]
fn shares_that_sum_above_the_whole_through_overflow() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let id = world.commit("ann", datanet, &batch).unwrap();
    // Sums to 10,000 modulo 2^16.
    let payees = vec![payee(world.account("ann").as_str(), 65_535), payee(world.account("ben").as_str(), 10_001)];
    let refused = world.reveal("ann", id, RevealedContribution { payees, ..revealed(&batch) }).unwrap_err();
    assert!(matches!(refused, ContractError::Shares(_)), "{refused}");
}

#[test]
fn one_message_pays_at_most_two_accounts() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &batch);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &batch }, &[(0, 0)]);
    let response = world.prove("eve", proof).unwrap();
    let payments = response.events.iter().flat_map(|event| &event.attributes);
    let payments = payments.filter(|attribute| attribute.key == "action").count();
    assert_eq!(payments, 2, "a transfer to the prover, a send to the treasury");
}

#[test]
fn a_commitment_means_nothing_on_another_chain_contract_or_datanet() {
    let mut world = World::new();
    let (datanet, other) = (world.open_datanet(), world.open_datanet());
    let batch = items(0..3);
    let here = world.domain();
    let elsewhere = [
        world.commitment_in(&Domain { chain_id: "other-1".to_owned(), ..here.clone() }, "ann", datanet, &batch),
        world.commitment_in(&Domain { contract: world.token.to_string(), ..here }, "ann", datanet, &batch),
        world.commitment("ann", other, &batch),
    ];
    for commitment in elsewhere {
        let id = world.commit_hash("ann", datanet, commitment).unwrap();
        let refused = world.reveal("ann", id, revealed(&batch)).unwrap_err();
        assert_eq!(refused, ContractError::WrongCommitment { contribution: id });
    }
}

#[test]
fn a_commitment_that_another_copies_cannot_be_opened_by_him() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let batch = items(0..3);
    let seen = world.commitment("ann", datanet, &batch);
    let copied = world.commit_hash("ben", datanet, seen).unwrap();
    let own = world.commit_hash("ann", datanet, seen).unwrap();
    world.reveal("ann", own, revealed(&batch)).unwrap();
    let refused = world.reveal("ben", copied, revealed(&batch)).unwrap_err();
    assert_eq!(refused, ContractError::WrongCommitment { contribution: copied });
}

#[test]
fn phases_do_not_overlap_at_their_edge() {
    for (seconds, blocks) in [
        (REVEAL_PERIOD - 1, MIN_BLOCKS),
        (REVEAL_PERIOD, MIN_BLOCKS - 1),
        (REVEAL_PERIOD, MIN_BLOCKS),
        (REVEAL_PERIOD + 1, MIN_BLOCKS + 1),
    ] {
        let mut world = World::new();
        let datanet = world.open_datanet();
        let batch = items(0..3);
        let (first, second) =
            (world.commit("ann", datanet, &batch).unwrap(), world.commit("ann", datanet, &batch).unwrap());
        world.pass(seconds, blocks);
        let revealed = world.reveal("ann", first, revealed(&batch)).is_ok();
        let forfeited = world.execute("eve", ExecuteMsg::Forfeit { contribution: second }).is_ok();
        assert!(revealed != forfeited, "after {seconds} s and {blocks} blocks");
    }
}

#[test]
fn a_resolver_is_never_a_party() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let id = world.contribute("rev1", datanet, &items(0..3));
    let refused = world.review("rev1", id, Verdict::Accept).unwrap_err();
    assert_eq!(refused, ContractError::OwnContribution { contribution: id });
}
