//! The scenario that other tests begin with.

use protocol::attribution::Outcome;
use testing::scenario::{DEPOSIT, OPERATOR_BOND, Part, World, report};

#[test]
fn a_new_world_serves_a_model_and_can_be_paid() {
    let mut world = World::new();
    assert_eq!(world.model_record().positions, 3);
    assert_eq!(world.channel(world.channels[0].id).deposit.u128(), DEPOSIT);
    world.pay(5_000_000).unwrap();
    assert_eq!(world.channel(world.channels[0].id).redeemed.u128(), 5_000_000);
}

#[test]
fn a_settled_epoch_pays_contributors_who_claim() {
    let mut world = World::new();
    let round =
        world.settle(10_000_000, &[(500_000_000, 0), (300_000_000, 0), (-100_000_000, 0)], 900_000_000).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let ledger = world.ledger();
    assert!(ledger[0].payable.u64() > ledger[1].payable.u64() && ledger[1].payable.u64() > 0);
    assert!(ledger[2].debt.u64() > 0 && ledger[2].payable.u64() == 0);
    let (contributor, payable) = (world.accounts.contributors[0].clone(), u128::from(ledger[0].payable.u64()));
    let before = world.open_balance(&contributor);
    world.claim(&[0, 1]).unwrap();
    assert_eq!(world.open_balance(&contributor), before + payable);
}

#[test]
fn two_rounds_follow_one_another() {
    let mut world = World::new();
    let entries = [(500_000_000, 10_000_000), (300_000_000, 10_000_000), (100_000_000, 10_000_000)];
    for _ in 0..2 {
        let round = world.settle(10_000_000, &entries, 900_000_000).unwrap();
        assert_eq!(round.outcome, Some(Outcome::Settled));
    }
    assert_eq!(world.settled_rounds().len(), 2);
}

#[test]
fn a_silent_operator_is_slashed_and_the_rest_settle() {
    let mut world = World::new();
    world.pay(10_000_000).unwrap();
    world.finish_epoch();
    let mut parts = vec![Part::Reports(report(&[(500_000_000, 0), (0, 0), (0, 0)], 500_000_000, 1)); 6];
    parts.push(Part::Silent);
    let round = world.play_round(&parts).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let silent = world.operator(&world.accounts.operators[6].clone());
    assert_eq!((silent.bond.u128(), silent.slashed), (0, 1));
    assert!(world.totals().treasury.u128() >= OPERATOR_BOND);
}

#[test]
fn a_round_without_a_quorum_leaves_its_range_for_the_next() {
    let mut world = World::new();
    world.pay(10_000_000).unwrap();
    world.finish_epoch();
    let vector = Part::Reports(report(&[(500_000_000, 0), (0, 0), (0, 0)], 500_000_000, 1));
    let mut few = vec![vector.clone(); 4];
    few.extend(vec![Part::Absent; 3]);
    let failed = world.play_round(&few).unwrap();
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    world.to_next_epoch();
    let next = world.play_round(&vec![vector; 7]).unwrap();
    assert_eq!((next.outcome, next.first_epoch), (Some(Outcome::Settled), failed.first_epoch));
}

#[test]
fn a_copied_contribution_is_slashed_by_its_duplicate_proof() {
    let mut world = World::new();
    let copier = world.accounts.contributors[3].clone();
    let mut copy = world.batches[0].copied_by(&copier);
    world.contribute(&mut copy).unwrap();
    let proof = copy.duplicate_proof(&world.batches[0], 10);
    let stranger = world.accounts.stranger.clone();
    let prove = protocol::datanet::ExecuteMsg::ProveDuplicate(proof);
    world.chain.execute(&stranger, &world.at.datanet, &prove, &[]).unwrap();
    assert_eq!(world.contribution(copy.id).status, protocol::datanet::Status::Slashed);
}
