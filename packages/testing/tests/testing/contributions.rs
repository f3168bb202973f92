//! Lives of contributions on the whole system: their bonds, their copies, their payees.

use datanet::ContractError;
use protocol::datanet::{ExecuteMsg, Status, Verdict};
use protocol::{Bps, ContributionId, Payee, model};
use settlement::ContractError as SettlementError;
use testing::scenario::{Batch, CONTRIBUTION_BOND, World};
use testing::{ChainError, TxOutcome, err};

use crate::attacker::{FEE, REACH, SCORES, prove, sweep, used_copy, wealth};

fn to_datanet(world: &mut World, sender: &cosmwasm_std::Addr, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
    let contract = world.at.datanet.clone();
    world.chain.execute(sender, &contract, msg, &[])
}

fn forfeit(world: &mut World, contribution: ContributionId) -> Result<TxOutcome, ChainError> {
    let stranger = world.accounts.stranger.clone();
    to_datanet(world, &stranger, &ExecuteMsg::Forfeit { contribution })
}

fn append(world: &mut World, contributions: Vec<ContributionId>) -> Result<TxOutcome, ChainError> {
    let model = world.model;
    world.by_owner(&model::ExecuteMsg::AppendContributions { model, contributions })
}

/// What the model's accounts could be paid now.
fn payable(world: &World, position: usize) -> u128 {
    let account = world.ledger()[position].clone();
    u128::from(account.payable.u64()) - account.claimed.u128()
}

#[test]
fn a_commit_that_is_not_revealed_in_time_is_forfeited_to_the_treasury_once() {
    let mut world = World::new();
    let squatter = world.accounts.contributors[3].clone();
    let (before, treasury) = (wealth(&world, &[&squatter]), world.totals().treasury.u128());
    let mut batch = Batch::named(&squatter, "squatted", 10);
    world.commit(&mut batch).unwrap();
    let error = err(forfeit(&mut world, batch.id));
    assert!(matches!(error, ContractError::NotOverdue { .. }), "{error}");
    world.chain.pass_time(100);
    let error = err(world.reveal(&batch));
    assert!(matches!(error, ContractError::RevealOverdue { .. }), "{error}");
    forfeit(&mut world, batch.id).unwrap();
    assert_eq!(world.contribution(batch.id).status, Status::Forfeited);
    assert_eq!(world.totals().treasury.u128(), treasury + CONTRIBUTION_BOND);
    assert_eq!(wealth(&world, &[&squatter]), before - CONTRIBUTION_BOND);
    let error = err(forfeit(&mut world, batch.id));
    assert!(matches!(error, ContractError::NotCommitted { .. }), "{error}");
    let error = err(append(&mut world, vec![batch.id]));
    assert!(matches!(error, ContractError::NotAccepted { .. }), "{error}");
}

#[test]
fn a_rejected_contribution_gets_its_bond_back_once_and_serves_for_nothing() {
    let mut world = World::new();
    let author = world.accounts.contributors[3].clone();
    let before = wealth(&world, &[&author]);
    let mut batch = world.batches[0].copied_by(&author);
    world.commit(&mut batch).unwrap();
    world.reveal(&batch).unwrap();
    world.review(0, batch.id, Verdict::Reject).unwrap();
    world.review(1, batch.id, Verdict::Reject).unwrap();
    assert_eq!(world.contribution(batch.id).status, Status::Rejected);
    assert_eq!(wealth(&world, &[&author]), before);
    let error = err(world.review(2, batch.id, Verdict::Accept));
    assert!(matches!(error, ContractError::NotPending { .. }), "{error}");
    let error = err(append(&mut world, vec![batch.id]));
    assert!(matches!(error, ContractError::NotAccepted { .. }), "{error}");
    let proof = batch.duplicate_proof(&world.batches[0], 5);
    let error = err(prove(&mut world, &author, proof));
    assert!(matches!(error, ContractError::LaterNotSlashable { .. }), "{error}");
    // Nor is it a reason to slash others.
    let mut later = Batch::named(&world.accounts.stranger.clone(), "text 0", 20);
    world.contribute(&mut later).unwrap();
    let proof = later.duplicate_proof(&batch, 5);
    let error = err(prove(&mut world, &author, proof));
    assert!(matches!(error, ContractError::EarlierNotAccepted { .. }), "{error}");
}

#[test]
fn a_copied_item_costs_its_part_of_the_bond_once() {
    let mut world = World::new();
    let copier = world.accounts.contributors[3].clone();
    let prover = world.accounts.stranger.clone();
    let mut copy = world.batches[2].copied_by(&copier);
    world.contribute(&mut copy).unwrap();
    let (before, treasury) = (wealth(&world, &[&prover]), world.totals().treasury.u128());
    // 6 of 60 items: a tenth of the bond.
    let first = copy.duplicate_proof(&world.batches[2], 6);
    prove(&mut world, &prover, first.clone()).unwrap();
    assert_eq!(world.contribution(copy.id).bond_taken.u128(), CONTRIBUTION_BOND / 10);
    assert_eq!(world.contribution(copy.id).status, Status::Accepted);
    let error = err(prove(&mut world, &prover, first));
    assert!(matches!(error, ContractError::AlreadyCounted { .. }), "{error}");
    let mut rest = copy.duplicate_proof(&world.batches[2], 12);
    let error = err(prove(&mut world, &prover, rest.clone()));
    assert!(matches!(error, ContractError::AlreadyCounted { .. }), "{error}");
    rest.pairs.drain(..6);
    assert!(prove(&mut world, &prover, rest).is_err(), "the path of twelve proves no six");
    assert_eq!(world.contribution(copy.id).bond_taken.u128(), CONTRIBUTION_BOND / 10);
    assert_eq!(wealth(&world, &[&prover]), before + CONTRIBUTION_BOND / 20);
    assert_eq!(world.totals().treasury.u128(), treasury + CONTRIBUTION_BOND / 20);
}

#[test]
fn who_proves_his_own_copy_loses_half_his_bond_and_has_no_pay() {
    let mut world = World::new();
    let copier = world.accounts.contributors[3].clone();
    let helper = world.accounts.stranger.clone();
    let before = wealth(&world, &[&copier, &helper]);
    let (copy, position) = used_copy(&mut world);
    let mut scores = SCORES.to_vec();
    scores.push((100_000_000, 0));
    world.settle(FEE, &scores, REACH).unwrap();
    assert!(payable(&world, position as usize) > 0);
    // Ahead of anyone else's proof, while his pay has not been claimed.
    let proof = copy.duplicate_proof(&world.batches[0], 20);
    prove(&mut world, &helper, proof.clone()).unwrap();
    let error: SettlementError = err(world.claim(&[position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    let error = err(prove(&mut world, &helper, proof));
    assert!(matches!(error, ContractError::LaterNotSlashable { .. }), "{error}");
    assert_eq!(wealth(&world, &[&copier, &helper]), before - CONTRIBUTION_BOND / 2);
}

#[test]
fn what_a_slashed_contribution_would_be_paid_goes_to_the_treasury_round_after_round() {
    let mut world = World::new();
    let (copy, position) = used_copy(&mut world);
    let mut scores = SCORES.to_vec();
    scores.push((100_000_000, 0));
    world.settle(FEE, &scores, REACH).unwrap();
    let error: SettlementError = err(sweep(&mut world, &[position]));
    assert!(matches!(error, SettlementError::NotSlashed { .. }), "{error}");
    let prover = world.accounts.stranger.clone();
    let proof = copy.duplicate_proof(&world.batches[0], 20);
    prove(&mut world, &prover, proof).unwrap();

    // A claim with it fails whole, one without it pays; the rest is swept.
    let error: SettlementError = err(world.claim(&[0, position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    let (author, due) = (world.batches[0].contributor.clone(), payable(&world, 0));
    let before = world.open_balance(&author);
    world.claim(&[0]).unwrap();
    assert_eq!(world.open_balance(&author), before + due);
    let error: SettlementError = err(sweep(&mut world, &[0, position]));
    assert!(matches!(error, SettlementError::NotSlashed { .. }), "{error}");
    for _ in 0..2 {
        let (treasury, due) = (world.totals().treasury.u128(), payable(&world, position as usize));
        assert!(due > 0);
        sweep(&mut world, &[position]).unwrap();
        assert_eq!(world.totals().treasury.u128(), treasury + due);
        let error: SettlementError = err(sweep(&mut world, &[position]));
        assert_eq!(error, SettlementError::NothingPayable);
        world.settle(FEE, &scores, REACH).unwrap();
    }
    // The copier cannot turn the money to another account either.
    let payees = vec![Payee { account: prover.to_string(), share: Bps::WHOLE }];
    let set = ExecuteMsg::SetPayees { contribution: copy.id, payees };
    let error = err(to_datanet(&mut world, &copy.contributor.clone(), &set));
    assert!(matches!(error, ContractError::PayeesClosed { .. }), "{error}");
    assert_eq!(world.contribution(copy.id).bond_taken.u128(), CONTRIBUTION_BOND);
}

#[test]
fn new_payees_of_a_used_contribution_are_paid_what_was_not_claimed_before() {
    let mut world = World::new();
    let (batch, stranger) = (world.batches[0].clone(), world.accounts.stranger.clone());
    let author = batch.contributor.clone();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let payees = [(&author, 6_000), (&stranger, 4_000)];
    let payees = payees.map(|(account, share)| Payee { account: account.to_string(), share: Bps(share) });
    let set = ExecuteMsg::SetPayees { contribution: batch.id, payees: payees.to_vec() };
    let error = err(to_datanet(&mut world, &stranger, &set));
    assert!(matches!(error, ContractError::NotContributor { .. }), "{error}");
    to_datanet(&mut world, &author, &set).unwrap();
    let due = payable(&world, 0);
    let before = [&author, &stranger].map(|account| world.open_balance(account));
    world.claim(&[0]).unwrap();
    let after = [&author, &stranger].map(|account| world.open_balance(account));
    assert_eq!(after[1] - before[1], due * 4 / 10);
    assert_eq!(after[0] - before[0], due - due * 4 / 10);
    let error: SettlementError = err(world.claim(&[0]));
    assert_eq!(error, SettlementError::NothingPayable);

    let all = vec![Payee { account: stranger.to_string(), share: Bps::WHOLE }];
    let set = ExecuteMsg::SetPayees { contribution: batch.id, payees: all };
    to_datanet(&mut world, &author, &set).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let (due, before) = (payable(&world, 0), world.open_balance(&stranger));
    world.claim(&[0]).unwrap();
    assert_eq!(world.open_balance(&stranger), before + due);
}

#[test]
fn a_contribution_is_appended_once_and_only_when_accepted() {
    let mut world = World::new();
    let used = world.batches[0].id;
    let error: ::model::ContractError = err(append(&mut world, vec![used]));
    assert!(matches!(error, ::model::ContractError::AlreadyUsed { .. }), "{error}");
    let mut batch = Batch::named(&world.accounts.contributors[3].clone(), "pending", 5);
    world.commit(&mut batch).unwrap();
    for step in 0..2 {
        let error = err(append(&mut world, vec![batch.id]));
        assert!(matches!(error, ContractError::NotAccepted { .. }), "{error}");
        if step == 0 {
            world.reveal(&batch).unwrap();
        }
    }
    world.review(0, batch.id, Verdict::Accept).unwrap();
    world.review(1, batch.id, Verdict::Accept).unwrap();
    let error: ::model::ContractError = err(append(&mut world, vec![batch.id, batch.id]));
    assert!(matches!(error, ::model::ContractError::AlreadyUsed { .. }), "{error}");
    append(&mut world, vec![batch.id]).unwrap();
    assert_eq!(world.model_record().positions, 4);
}
