//! Withdrawn contributions: later versions leave them out, their payees are still paid, their bonds go back.

use datanet::ContractError;
use model::ContractError as ModelError;
use protocol::datanet::Status;
use rules::bitmap::Bitmap;
use testing::err;
use testing::scenario::{CONTRIBUTION_BOND, World, new_model, version_manifest};

use crate::attacker::{FEE, REACH, SCORES, prove, sweep, used_copy};

#[test]
fn a_version_registered_after_a_withdrawal_must_leave_it_out_and_its_payees_are_still_paid() {
    let mut world = World::new();
    let (withdrawn, author) = (world.batches[1].id, world.accounts.contributors[1].clone());
    let before = version_manifest(&world);
    let error: ModelError = err(world.note_withdrawals(vec![withdrawn]));
    assert!(matches!(error, ModelError::NotWithdrawn { .. }), "{error}");
    let stranger = world.accounts.stranger.clone();
    let error: ContractError = err(world.withdraw_contribution(&stranger, withdrawn));
    assert!(matches!(error, ContractError::NotContributor { .. }), "{error}");
    world.withdraw_contribution(&author, withdrawn).unwrap();
    assert_eq!(world.contribution(withdrawn).status, Status::Withdrawn);
    world.note_withdrawals(vec![withdrawn]).unwrap();
    let error: ModelError = err(world.note_withdrawals(vec![withdrawn]));
    assert!(matches!(error, ModelError::AlreadyNoted { .. }), "{error}");

    let error: ModelError = err(world.register(before));
    assert_eq!(error, ModelError::WithdrawnNotLeftOut { position: 1 });
    let manifest = version_manifest(&world);
    let left_out = Bitmap::from_bytes(3, manifest.left_out.to_vec()).unwrap();
    assert_eq!(left_out.ones().collect::<Vec<_>>(), [1]);
    world.register(manifest).unwrap();
    assert_eq!(world.model_record().withdrawn, 1);

    // What versions before it earned, and still earn, is its payees'.
    world.settle(FEE, &SCORES, REACH).unwrap();
    let balance = world.open_balance(&author);
    world.claim(&[1]).unwrap();
    assert!(world.open_balance(&author) > balance);
    // No other model begins to use it.
    let first = world.model;
    let second = world.create_model(new_model(&world)).unwrap();
    let append = protocol::model::ExecuteMsg::AppendContributions { model: second, contributions: vec![withdrawn] };
    let error: ContractError = err(world.by_owner(&append));
    assert!(matches!(error, ContractError::NotAccepted { .. }), "{error}");
    assert_eq!(world.model, first);
}

#[test]
fn the_bond_of_a_withdrawn_contribution_goes_back_after_a_notice_if_no_recognised_model_uses_it() {
    let mut world = World::new();
    let (id, author) = (world.batches[1].id, world.accounts.contributors[1].clone());
    let error: ContractError = err(world.release_bond(id));
    assert!(matches!(error, ContractError::NotWithdrawn { .. }), "{error}");
    world.withdraw_contribution(&author, id).unwrap();
    let error: ContractError = err(world.release_bond(id));
    assert!(matches!(error, ContractError::ReleaseTooEarly { .. }), "{error}");
    world.chain.pass_time(200);
    let before = world.open_balance(&author);
    world.release_bond(id).unwrap();
    assert_eq!(world.open_balance(&author), before + CONTRIBUTION_BOND);
}

#[test]
fn withdrawing_a_copy_saves_neither_its_bond_nor_its_pay() {
    let mut world = World::new();
    let (copy, position) = used_copy(&mut world);
    let mut scores = SCORES.to_vec();
    scores.push((100_000_000, 0));
    world.settle(FEE, &scores, REACH).unwrap();
    world.withdraw_contribution(&copy.contributor.clone(), copy.id).unwrap();
    let prover = world.accounts.stranger.clone();
    let proof = copy.duplicate_proof(&world.batches[0], 20);
    prove(&mut world, &prover, proof).unwrap();
    assert_eq!(world.contribution(copy.id).status, Status::Slashed);
    sweep(&mut world, &[position]).unwrap();
    let error: ContractError = err(world.release_bond(copy.id));
    assert!(matches!(error, ContractError::NothingAtStake { .. }), "{error}");
    world.note_withdrawals(vec![copy.id]).unwrap();
}
