//! Work claims of versions.

use model::ContractError;
use proptest::prelude::*;
use protocol::Bps;
use protocol::event::ModelEvent;
use protocol::model::{ExecuteMsg, NewModel, NewStake, QueryMsg, Version, VersionManifest, WorkClaim, WorkKind};

use WorkKind::{Compute, FineTuning};

use crate::stand_ins;
use crate::world::*;

/// The work reserve of a model that gives work a fifth.
const RESERVE: u128 = 200_000_000_000;

fn version(world: &World, work: Vec<WorkClaim>) -> ExecuteMsg {
    register(VersionManifest { work, ..world.manifest(1) })
}

fn paid_events(events: &[ModelEvent]) -> Vec<(String, String, u128)> {
    let paid = events.iter().filter_map(|event| match event {
        ModelEvent::WorkPaid { account, kind, units, .. } => Some((account.clone(), kind.clone(), units.u128())),
        _ => None,
    });
    paid.collect()
}

#[test]
fn work_is_paid_in_stake_when_a_version_is_registered() {
    let mut world = World::with_used(1);
    let work = vec![claim("cluster", Compute, 1_000), claim("tuner", FineTuning, 25)];
    let msg = version(&world, work.clone());
    let events = world.run(OWNER, msg);
    let units = [20_000_000_000, 500_000_000];
    assert_eq!(world.paid(), [(text("cluster"), units[0]), (text("tuner"), units[1])]);
    assert_eq!(world.reserves().work.u128(), RESERVE - units[0] - units[1]);
    let [account, kind] = [text("cluster"), "compute".to_owned()];
    let expected = ModelEvent::WorkPaid { model: MODEL, version: 1, account, kind, units: units[0].into() };
    assert_eq!(events[1], expected);
    assert_eq!(paid_events(&events)[1], (text("tuner"), "fine_tuning".to_owned(), units[1]));
    let found: Version = world.query(QueryMsg::Version { model: MODEL, number: 1 });
    assert_eq!(found.manifest.work, work);
}

#[test]
fn a_version_without_claims_pays_nothing() {
    let mut world = World::with_used(1);
    let msg = version(&world, vec![]);
    assert_eq!(world.run(OWNER, msg).len(), 1);
    assert_eq!(world.reserves().work.u128(), RESERVE);
}

#[test]
fn each_version_pays_of_what_is_left() {
    let mut world = World::with_used(1);
    for _ in 0..3 {
        let msg = version(&world, vec![claim("cluster", Compute, 5_000)]);
        world.run(OWNER, msg);
    }
    let paid: Vec<_> = world.paid().into_iter().map(|(_, units)| units).collect();
    assert_eq!(paid, [RESERVE / 2, RESERVE / 4, RESERVE / 8]);
}

/// Rounding towards the caller: each claim is rounded down by itself, and what is left over stays in the reserve.
#[test]
fn work_is_paid_rounded_down() {
    let mut world = World::with_used(1);
    set_reserve(&mut world, 7);
    let thirds = vec![claim("a", Compute, 3_333), claim("b", Compute, 3_333), claim("c", Compute, 3_334)];
    let thirds = version(&world, thirds);
    let events = world.run(OWNER, thirds);
    assert_eq!(paid_events(&events).iter().map(|paid| paid.2).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(world.reserves().work.u128(), 1);
    let whole = version(&world, vec![claim("a", Compute, 10_000)]);
    world.run(OWNER, whole);
    assert_eq!(world.reserves().work.u128(), 0);
}

/// Begins again with this much in the work reserve, behind the stake's back.
fn set_reserve(world: &mut World, left: u128) {
    let stake = world.stake(MODEL);
    let mut storage = world.app.contract_storage_mut(&stake);
    let mut reserves = stand_ins::RESERVES.load(&*storage).unwrap();
    let mut setup = stand_ins::SETUP.load(&*storage).unwrap();
    (reserves.work, setup.work_units) = (left.into(), left.into());
    stand_ins::RESERVES.save(&mut *storage, &reserves).unwrap();
    stand_ins::SETUP.save(&mut *storage, &setup).unwrap();
    stand_ins::PAID.remove(&mut *storage);
}

/// The stake refuses payments of nothing, so a claim too small for one unit is left out of the order and of the events.
#[test]
fn a_claim_that_comes_to_nothing_does_not_stop_the_others() {
    let mut world = World::with_used(1);
    set_reserve(&mut world, 9_999);
    let msg = version(&world, vec![claim("a", Compute, 1), claim("b", Compute, 2)]);
    let events = world.run(OWNER, msg);
    assert_eq!(paid_events(&events), [(text("b"), "compute".to_owned(), 1)]);
    set_reserve(&mut world, 0);
    let msg = version(&world, vec![claim("a", Compute, 10_000)]);
    assert_eq!(paid_events(&world.run(OWNER, msg)), []);
    assert_eq!(world.model().versions, 2);
}

#[test]
fn all_of_the_reserve_again_and_again_never_exceeds_it() {
    let mut world = World::with_used(1);
    for number in 0..10 {
        let halves = vec![claim("a", Compute, 5_000 + number), claim("a", FineTuning, 5_000 - number)];
        let msg = version(&world, halves);
        world.run(OWNER, msg);
    }
    assert_eq!(world.paid().iter().map(|paid| paid.1).sum::<u128>(), RESERVE);
    assert_eq!(world.reserves().work.u128(), 0);
}

#[test]
fn a_model_without_a_work_reserve_pays_nothing() {
    let mut world = World::new();
    let stake = NewStake { owner: Bps(7_000), work: Bps(0), ..new_stake() };
    world.run(OWNER, create(NewModel { stake, ..new_model() }));
    let id = world.accepted(DATANET);
    world.run(OWNER, append(&[id]));
    let msg = version(&world, vec![claim("a", Compute, 10_000)]);
    assert_eq!(paid_events(&world.run(OWNER, msg)), []);
}

#[test]
fn claims_of_more_than_everything_are_refused() {
    let mut world = World::with_used(1);
    for (shares, sum_bps) in [([5_000, 5_001], 10_001), ([u16::MAX; 2], 131_070)] {
        let msg = version(&world, vec![claim("a", Compute, shares[0]), claim("b", Compute, shares[1])]);
        assert_eq!(world.refused(OWNER, msg), ContractError::WorkShares { sum_bps });
    }
    let msg = version(&world, vec![claim("a", Compute, 0)]);
    assert_eq!(world.refused(OWNER, msg), ContractError::ZeroWorkShare { account: account("a") });
}

#[test]
fn a_version_names_at_most_64_claims() {
    let mut world = World::with_used(1);
    let claims = |count: u16| (0..count).map(|number| claim(&format!("worker {number}"), Compute, 1)).collect();
    let msg = version(&world, claims(65));
    assert_eq!(world.refused(OWNER, msg), ContractError::WorkClaimCount { count: 65 });
    let msg = version(&world, claims(64));
    world.run(OWNER, msg);
    assert_eq!(world.paid().len(), 64);
}

#[test]
fn an_account_claims_each_kind_of_work_once() {
    let mut world = World::with_used(1);
    let both = vec![claim("a", Compute, 1), claim("a", FineTuning, 1)];
    let twice = [both.clone(), vec![claim("a", Compute, 1)]].concat();
    let msg = version(&world, twice);
    assert_eq!(world.refused(OWNER, msg), ContractError::DuplicateWorkClaim { account: account("a") });
    let msg = version(&world, both);
    world.run(OWNER, msg);
    assert_eq!(world.paid().len(), 2);
}

#[test]
fn a_claim_names_a_valid_account_and_not_the_stake_itself() {
    let mut world = World::with_used(1);
    let nobody = WorkClaim { account: "nobody!".to_owned(), ..claim("a", Compute, 1) };
    let msg = version(&world, vec![nobody]);
    assert!(matches!(world.refused(OWNER, msg), ContractError::Std(_)));
    let stake = world.stake(MODEL);
    let msg = version(&world, vec![WorkClaim { account: stake.to_string(), ..claim("a", Compute, 1) }]);
    assert_eq!(world.refused(OWNER, msg), ContractError::WorkOfStake { account: stake });
}

/// `PayWork` is sent without a reply, so its failure cannot be swallowed (`reply_always`).
#[test]
fn when_the_stake_refuses_no_version_is_registered() {
    let mut world = World::with_used(1);
    let stake = world.stake(MODEL);
    stand_ins::REFUSES.save(&mut *world.app.contract_storage_mut(&stake), &true).unwrap();
    let msg = version(&world, vec![claim("a", Compute, 1)]);
    assert!(world.refused_by_a_peer(OWNER, msg).contains("told to refuse"));
    assert_eq!(world.model().versions, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is claimed, in however many versions, no more is paid than there was, and each claim's part rounded down.
    #[test]
    fn work_claims_never_exceed_the_reserve(
        reserve in prop_oneof![0..100_u128, 0..=1_000_000_000_000_u128],
        versions in proptest::collection::vec(proptest::collection::vec(1..4_000_u16, 0..6), 1..12),
    ) {
        let mut world = World::with_used(1);
        set_reserve(&mut world, reserve);
        let mut left = reserve;
        for shares in versions {
            let claims = shares.iter().zip(0..);
            let claims = claims.map(|(share, number): (_, u32)| claim(&format!("worker {number}"), Compute, *share));
            let msg = version(&world, claims.collect());
            let acceptable = shares.iter().map(|share| u32::from(*share)).sum::<u32>() <= 10_000;
            prop_assert_eq!(world.execute(OWNER, msg).is_ok(), acceptable);
            if acceptable {
                left -= shares.iter().map(|share| left * u128::from(*share) / 10_000).sum::<u128>();
            }
            prop_assert_eq!(world.reserves().work.u128(), left);
        }
    }
}
