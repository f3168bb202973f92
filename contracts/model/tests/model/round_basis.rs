//! `RoundBasis`: which examples were fixed in time.

use cosmwasm_std::Uint64;
use protocol::model::{QueryMsg, RoundBasis};

use crate::world::*;

/// Extends the pool and returns the time of the approval.
fn extend(world: &mut World, byte: u8, examples: u64) -> u64 {
    world.pass_time(1);
    world.extend_pool(hash(byte), examples);
    let page = protocol::Page { start_after: Some(Uint64::from(byte - 1)), limit: Some(1) };
    let found: Vec<protocol::model::ValidationExtension> =
        world.query(QueryMsg::ValidationExtensions { model: MODEL, page });
    found[0].approved_at.get()
}

fn available(world: &World, fixed_by: u64) -> u64 {
    world.basis(fixed_by).validation_available.u64()
}

/// Phases that overlap at their edge: an example approved in the second of the deadline counts, one second later it does not.
#[test]
fn an_extension_counts_from_the_second_of_its_approval_on() {
    let mut world = World::with_used(1);
    let approved_at = extend(&mut world, 1, 10);
    assert_eq!(available(&world, approved_at - 1), 0);
    assert_eq!(available(&world, approved_at), 10);
    assert_eq!(available(&world, u64::MAX), 10);
    assert_eq!(available(&world, 0), 0);
}

#[test]
fn every_deadline_counts_exactly_the_extensions_before_it() {
    let mut world = World::with_used(1);
    for extensions in 1..=9u8 {
        let approved: Vec<(u64, u64)> = {
            world.pass_time(100);
            extend(&mut world, extensions, u64::from(extensions));
            let page = protocol::Page::default();
            let listed: Vec<protocol::model::ValidationExtension> =
                world.query(QueryMsg::ValidationExtensions { model: MODEL, page });
            listed.iter().map(|it| (it.approved_at.get(), it.count.u64())).collect()
        };
        for (at, _) in &approved {
            for fixed_by in [at - 1, *at, at + 1] {
                let expected: u64 = approved.iter().filter(|(at, _)| *at <= fixed_by).map(|(_, count)| count).sum();
                assert_eq!(available(&world, fixed_by), expected, "{extensions} extensions, by {fixed_by}");
            }
        }
    }
}

#[test]
fn consumed_examples_are_not_available_and_never_below_zero() {
    let mut world = World::with_used(1);
    let first = extend(&mut world, 1, 10);
    let second = extend(&mut world, 2, 5);
    world.consume(4).unwrap();
    assert_eq!((available(&world, first), available(&world, second)), (6, 11));
    world.consume(8).unwrap();
    assert_eq!((available(&world, first), available(&world, second)), (0, 3));
    assert_eq!(available(&world, first - 1), 0);
}

#[test]
fn a_round_sees_the_model_as_it_is() {
    let mut world = World::with_pool(10);
    let manifest = world.manifest(1);
    world.run(OWNER, register(manifest));
    world.consume(3).unwrap();
    world.run(OWNER, offer("buyer"));
    world.run("buyer", accept());
    let model = world.model();
    let expected = RoundBasis {
        method: METHOD,
        positions: 1,
        versions: 1,
        versions_hash: model.versions_hash,
        validation_root: model.validation.root,
        validation_cursor: Uint64::new(3),
        validation_available: Uint64::new(7),
        owner: account("buyer"),
    };
    assert_eq!(world.basis(u64::MAX), expected);
}
