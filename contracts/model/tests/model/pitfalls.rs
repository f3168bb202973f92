//! One test for each pitfall that audits find in CosmWasm contracts and that this contract could fall into.
//!
//! Others stand where they belong: coins, wiring and migration in `deployment`, replies in `stake`, edges of epochs in
//! `change_terms` and of sheets in `prices`, encodings and replays in `digest`, parties that approve in `approval`, absent
//! records and long pages in `query`, rounding in `work`, storage keys beside their names in `src/state.rs`.

use cosmwasm_std::{Uint64, Uint128};
use cw_multi_test::Executor as _;
use cw_ownable::Action;
use model::ContractError;
use protocol::datanet::Status;
use protocol::model::{Curatorship, ExecuteMsg, ModelKind, NewModel, VersionManifest, WorkKind};
use protocol::{ContributionId, Hash32, ModelId, Permission};

use crate::world::*;

/// A message of every variant. A new variant does not compile until it stands here, and so in the tests below.
fn every_message(world: &World) -> Vec<ExecuteMsg> {
    let listed = |msg: &ExecuteMsg| match msg {
        ExecuteMsg::Wire { .. } => 0,
        ExecuteMsg::UpdateOwnership(_) => 1,
        ExecuteMsg::CreateModel(_) => 2,
        ExecuteMsg::ChangeTerms { .. } => 3,
        ExecuteMsg::NoteWithdrawals { .. } => 4,
        ExecuteMsg::OfferModel { .. } => 5,
        ExecuteMsg::AcceptModel { .. } => 6,
        ExecuteMsg::AppendContributions { .. } => 7,
        ExecuteMsg::RegisterVersion { .. } => 8,
        ExecuteMsg::SetPrices { .. } => 9,
        ExecuteMsg::ProposeValidation { .. } => 10,
        ExecuteMsg::ApproveValidation { .. } => 11,
        ExecuteMsg::ConsumeValidation { .. } => 12,
        ExecuteMsg::SetCorrections { .. } => 13,
    };
    let messages = vec![
        world.wire(),
        ExecuteMsg::UpdateOwnership(Action::RenounceOwnership),
        create(new_model()),
        change_terms(terms()),
        note(&[1]),
        offer(STRANGER),
        accept(),
        append(&[ContributionId(1)]),
        register(world.manifest(1)),
        set_prices(vec![price("standard", 1)]),
        propose(hash(1), 1),
        approve(hash(1), Curatorship::Model {}),
        consume(1),
        corrections(None),
    ];
    assert!(messages.iter().map(listed).eq(0..14));
    messages
}

#[test]
fn a_stranger_may_send_what_anyone_may_and_nothing_else() {
    let mut world = World::with_used(1);
    world.run(OWNER, propose(hash(1), 1));
    world.set_status(1, Status::Slashed);
    for msg in every_message(&world) {
        let permission = msg.permission();
        let name = format!("{msg:?}");
        if permission == Permission::Anyone {
            world.run(STRANGER, msg);
            continue;
        }
        let refused = world.refused(STRANGER, msg);
        let by_whom = matches!(
            refused,
            ContractError::Ownership(_)
                | ContractError::Unauthorized { .. }
                | ContractError::NotModelOwner { .. }
                | ContractError::NotOffered { .. }
                | ContractError::NotModelCurator
        );
        assert!(by_whom, "{name}: {refused}");
    }
}

/// Governance deploys and wires, and has no say in any model.
#[test]
fn governance_cannot_touch_a_model() {
    let mut world = World::with_used(1);
    world.run(OWNER, propose(hash(1), 1));
    let before = world.models();
    for msg in every_message(&world) {
        let mine = matches!(msg, ExecuteMsg::UpdateOwnership(_) | ExecuteMsg::CreateModel(_));
        if !mine {
            world.refused(GOVERNANCE, msg);
        }
    }
    assert_eq!(world.models(), before);
}

/// A peer has its own message and no other: `settlement` and a stake have none.
#[test]
fn no_peer_acts_for_another() {
    let mut world = World::with_pool(1);
    let stake = world.stake(MODEL);
    let peers = [world.datanet.clone(), world.settlement.clone(), stake, world.contract.clone()];
    for peer in peers {
        assert!(matches!(err(world.execute_as(&peer, consume(1))), ContractError::Unauthorized { .. }), "{peer}");
        assert!(matches!(err(world.execute_as(&peer, change_terms(terms()))), ContractError::NotModelOwner { .. }));
    }
    world.consume(1).unwrap();
}

#[test]
fn duplicate_ids_in_every_vec_are_refused() {
    let mut world = World::with_used(2);
    let fresh = world.accepted(DATANET);
    world.set_status(1, Status::Withdrawn);
    let manifest = world.manifest(2);
    let duplicates = [
        append(&[fresh, fresh]),
        note(&[1, 1]),
        set_prices(vec![price("standard", 1), price("standard", 2)]),
        create(NewModel { prices: vec![price("standard", 1), price("standard", 2)], ..new_model() }),
        create(NewModel { curators: vec![text(CURATOR), text(CURATOR)], ..new_model() }),
        create(child(ModelKind::Merge, vec![parent(1, 5_000), parent(1, 5_000)])),
        register(VersionManifest { trained_on: vec![world.snapshot(DATANET, 2); 2], ..manifest.clone() }),
        register(VersionManifest { work: vec![claim("a", WorkKind::Compute, 1); 2], ..manifest }),
    ];
    for msg in duplicates {
        let name = format!("{msg:?}");
        let refused = world.refused(OWNER, msg);
        let named = matches!(
            refused,
            ContractError::AlreadyUsed { .. }
                | ContractError::AlreadyNoted { .. }
                | ContractError::DuplicatePrice { .. }
                | ContractError::DuplicateCurator { .. }
                | ContractError::DuplicateParent { .. }
                | ContractError::DuplicateDatanet { .. }
                | ContractError::DuplicateWorkClaim { .. }
        );
        assert!(named, "{name}: {refused}");
    }
}

/// Unbounded iteration: every list in a message has an end, checked before anything is read for its entries.
#[test]
fn lists_that_are_too_long_are_refused_at_once() {
    let mut world = World::with_used(1);
    let many = 100_000_u64;
    let ids: Vec<_> = (1..=many).collect();
    let contributions: Vec<_> = ids.iter().copied().map(ContributionId).collect();
    let parents = ids.iter().map(|id| parent(*id, 1)).collect();
    let work = vec![claim("a", WorkKind::Compute, 1); 100_000];
    let manifest = world.manifest(1);
    let messages = [
        append(&contributions),
        note(&ids),
        set_prices(vec![price("standard", 1); 100_000]),
        create(NewModel { curators: vec![text(CURATOR); 100_000], ..new_model() }),
        create(child(ModelKind::Merge, parents)),
        register(VersionManifest { trained_on: vec![world.snapshot(DATANET, 1); 100_000], ..manifest.clone() }),
        register(VersionManifest { work, ..manifest }),
    ];
    for msg in messages {
        let refused = world.refused(OWNER, msg);
        let counted = matches!(
            refused,
            ContractError::ContributionCount { count: 100_000 }
                | ContractError::NotedCount { count: 100_000 }
                | ContractError::PriceCount { count: 100_000 }
                | ContractError::CuratorCount { count: 100_000 }
                | ContractError::ParentCount { count: 100_000, .. }
                | ContractError::SnapshotCount { count: 100_000 }
                | ContractError::WorkClaimCount { count: 100_000 }
        );
        assert!(counted, "{refused}");
    }
}

/// Unchecked arithmetic: counters end with an error and do not wrap.
#[test]
fn full_counters_are_errors() {
    let mut world = World::with_used(2);
    world.set_status(1, Status::Withdrawn);
    let manifest = world.manifest(2);
    world.tamper(|model| {
        model.versions = u32::MAX;
        model.price_sheet = u32::MAX;
        model.withdrawn = u32::MAX;
    });
    for msg in [register(manifest), set_prices(vec![price("standard", 1)]), note(&[1])] {
        assert!(matches!(world.refused(OWNER, msg), ContractError::Overflow(_)));
    }
}

/// Fee sums above 100 %: no sum of 16-bit shares overflows on its way to being refused.
#[test]
fn shares_at_the_end_of_their_width_are_refused_and_no_panic() {
    let mut world = World::with_used(1);
    let most = protocol::Bps(u16::MAX);
    let mut new = new_model();
    (new.terms.owner, new.terms.stake, new.terms.influence, new.terms.parents) = (most, most, most, most);
    assert!(matches!(world.refused(OWNER, create(new.clone())), ContractError::Shares(_)));
    assert!(matches!(world.refused(OWNER, change_terms(new.terms.clone())), ContractError::Shares(_)));
    new.terms = terms();
    (new.stake.owner, new.stake.contributors, new.stake.work) = (most, most, most);
    assert!(matches!(world.refused(OWNER, create(new)), ContractError::StakeShares(_)));
    let parents = (1..=16).map(|id| parent(id, u16::MAX)).collect();
    let refused = world.refused(OWNER, create(child(ModelKind::Merge, parents)));
    assert!(matches!(refused, ContractError::ParentShares(_)), "{refused}");
    let work = (0..64).map(|number| claim(&format!("worker {number}"), WorkKind::Compute, u16::MAX)).collect();
    let manifest = VersionManifest { work, ..world.manifest(1) };
    assert!(matches!(world.refused(OWNER, register(manifest)), ContractError::WorkShares { .. }));
}

/// Accounting from raw balances: the contract reads none, so coins that it was given change nothing.
#[test]
fn donations_change_nothing() {
    let mut world = World::with_used(1);
    let (owner, contract) = (account(OWNER), world.contract.clone());
    let coin = cosmwasm_std::coin(100, "ucosm");
    world.app.init_modules(|router, _, storage| {
        router.bank.init_balance(storage, &owner, vec![coin.clone()]).unwrap();
    });
    let before = (world.model(), world.commerce(None), world.basis(u64::MAX));
    world.app.send_tokens(owner, contract, &[coin]).unwrap();
    assert_eq!((world.model(), world.commerce(None), world.basis(u64::MAX)), before);
}

/// Commitments that another can copy: two models may register the same weights, and their versions differ.
#[test]
fn the_same_manifest_makes_another_version_in_another_model() {
    let mut world = World::with_used(1);
    let manifest = world.manifest(1);
    let model = ModelId(2);
    world.run(STRANGER, create(new_model()));
    let contributions = vec![ContributionId(1)];
    world.run(STRANGER, ExecuteMsg::AppendContributions { model, contributions });
    world.run(OWNER, register(manifest.clone()));
    world.run(STRANGER, ExecuteMsg::RegisterVersion { model, manifest });
    let folds: Vec<Hash32> = world.models().into_iter().map(|model| model.versions_hash).collect();
    assert_ne!(folds[0], folds[1]);
}

/// Unbounded iteration in queries: terms are found in one read, however often they changed.
#[test]
fn terms_of_any_epoch_are_found_among_many_changes() {
    let mut world = World::with_model();
    for epoch in (0..810).step_by(9) {
        world.set_epoch(Some(epoch));
        let cap = terms().cap + Uint128::from(Uint64::new(epoch + 1));
        world.run(OWNER, change_terms(protocol::model::Terms { cap, ..terms() }));
    }
    for epoch in [0, 1, 9, 10, 450, 451, 899, 10_000] {
        let changed = (epoch as u128).saturating_sub(1) / 9 * 9;
        let changed = if epoch == 0 { 0 } else { changed.min(801) + 1 };
        assert_eq!(world.terms_in(epoch).cap.u128(), terms().cap.u128() + changed, "epoch {epoch}");
    }
}
