//! Lineage: what models are made from.

use model::ContractError;
use protocol::model::{Commerce, Curatorship, ExecuteMsg, Model, ModelKind, NewModel, Parent, QueryMsg, Terms};
use protocol::{Bps, ModelId};
use rules::split::SplitError;

use crate::world::*;

/// A world with as many base models.
fn with_bases(count: u64) -> World {
    let mut world = World::new();
    (0..count).for_each(|_| drop(world.run(OWNER, create(new_model()))));
    world
}

/// `count` parents from model 1 on that share evenly, what is left over with the first.
fn parents(count: u16) -> Vec<Parent> {
    let each = 10_000 / count;
    let first = 10_000 - each * (count - 1);
    (1..=count).map(|number| parent(number.into(), if number == 1 { first } else { each })).collect()
}

fn adapter(parents: Vec<Parent>) -> ExecuteMsg {
    create(child(ModelKind::Adapter, parents))
}

fn found(world: &World, id: u64) -> Model {
    world.query(QueryMsg::Model { model: ModelId(id) })
}

#[test]
fn an_adapter_stands_on_its_parent() {
    let mut world = with_bases(1);
    world.run(STRANGER, adapter(vec![parent(1, 10_000)]));
    let adapter = found(&world, 2);
    assert_eq!((adapter.parents, adapter.depth), (vec![parent(1, 10_000)], 2));
    let query = QueryMsg::Commerce { model: ModelId(2), epoch: None };
    assert_eq!(world.query::<Commerce>(query).parents, [parent(1, 10_000)]);
}

/// Whoever makes a parent has no say in who builds on it: the terms of its children pay it.
#[test]
fn anyone_builds_on_any_model() {
    let mut world = with_bases(2);
    world.run(STRANGER, create(child(ModelKind::Merge, parents(2))));
    assert_eq!(found(&world, 3).owner, account(STRANGER));
}

#[test]
fn each_kind_has_its_number_of_parents() {
    let mut world = with_bases(17);
    let cases = [
        (ModelKind::Base, 0, 0, [1, 2, 16]),
        (ModelKind::Adapter, 1, 16, [0, 17, 17]),
        (ModelKind::Merge, 2, 16, [0, 1, 17]),
    ];
    for (kind, least, most, wrong) in cases {
        for count in wrong {
            let parents = (1..=count).map(|number| parent(number, 1)).collect();
            let share = Bps(u16::from(count > 0));
            let terms = Terms { owner: Bps(2_000 - share.0), parents: share, ..terms() };
            let refused = world.refused(OWNER, create(NewModel { kind, parents, terms, ..new_model() }));
            assert_eq!(refused, ContractError::ParentCount { count: count as usize, least, most }, "{kind:?}");
        }
    }
}

#[test]
fn sixteen_parents_are_possible() {
    let mut world = with_bases(16);
    world.run(OWNER, create(child(ModelKind::Merge, parents(16))));
    world.run(OWNER, adapter(parents(16)));
    assert_eq!(found(&world, 18).parents, parents(16));
}

#[test]
fn duplicate_parents_in_the_list_are_refused() {
    let mut world = with_bases(2);
    let twice = vec![parent(1, 5_000), parent(2, 2_000), parent(1, 3_000)];
    assert_eq!(world.refused(OWNER, adapter(twice)), ContractError::DuplicateParent { parent: ModelId(1) });
}

#[test]
fn parents_share_the_whole_and_each_has_some_of_it() {
    let mut world = with_bases(2);
    for (shares, sum_bps) in [([5_000, 4_999], 9_999), ([5_000, 5_001], 10_001), ([u16::MAX; 2], 131_070)] {
        let parents = vec![parent(1, shares[0]), parent(2, shares[1])];
        let expected = ContractError::ParentShares(SplitError::Sum { sum_bps });
        assert_eq!(world.refused(OWNER, adapter(parents)), expected);
    }
    let refused = world.refused(OWNER, adapter(vec![parent(1, 10_000), parent(2, 0)]));
    assert_eq!(refused, ContractError::ZeroParentShare { parent: ModelId(2) });
    world.run(OWNER, adapter(vec![parent(1, 9_999), parent(2, 1)]));
}

#[test]
fn the_terms_of_a_child_pay_its_parents_and_others_pay_none() {
    let mut world = with_bases(1);
    let mut new = child(ModelKind::Adapter, parents(1));
    (new.terms.owner, new.terms.parents) = (Bps(2_000), Bps(0));
    assert_eq!(world.refused(OWNER, create(new.clone())), ContractError::NoParentsShare);
    (new.terms.owner, new.terms.parents) = (Bps(1_999), Bps(1));
    world.run(OWNER, create(new.clone()));
    new.kind = ModelKind::Base;
    new.parents.clear();
    assert_eq!(world.refused(OWNER, create(new)), ContractError::ParentsShareWithoutParents { share: Bps(1) });
}

/// A parent has to exist, so it is older: no model is its own ancestor.
#[test]
fn cycles_are_impossible() {
    let mut world = with_bases(1);
    for missing in [0, 2, 3, u64::MAX] {
        let refused = world.refused(OWNER, adapter(vec![parent(missing, 10_000)]));
        assert_eq!(refused, ContractError::UnknownModel { model: ModelId(missing) });
    }
}

/// Royalties cannot be sent round in a ring, since no message gives a model other parents.
#[test]
fn ring_routing_is_impossible() {
    let mut world = with_bases(1);
    world.run(OWNER, adapter(parents(1)));
    let before: Vec<_> = world.models().into_iter().map(|model| model.parents).collect();
    let used = world.accepted(DATANET);
    world.run(OWNER, append(&[used]));
    let manifest = world.manifest(1);
    world.run(OWNER, register(manifest));
    world.run(OWNER, change_terms(Terms { release_rate: Bps(10_000), ..terms() }));
    world.run(OWNER, set_prices(vec![price("standard", 1)]));
    world.run(OWNER, propose(hash(1), 1));
    world.run(CURATOR, approve(hash(1), Curatorship::Model {}));
    world.run(KEEPER, approve(hash(1), for_datanet(1)));
    world.consume(1).unwrap();
    world.run(OWNER, offer("buyer"));
    world.run("buyer", accept());
    let after: Vec<_> = world.models().into_iter().map(|model| model.parents).collect();
    assert_eq!(after, before);
    assert_eq!(
        world.refused(OWNER, adapter(vec![parent(3, 10_000)])),
        ContractError::UnknownModel { model: ModelId(3) }
    );
}

#[test]
fn a_line_of_eight_models_is_possible_and_a_ninth_is_not() {
    let mut world = with_bases(1);
    for depth in 2..=8 {
        world.run(OWNER, adapter(vec![parent(depth - 1, 10_000)]));
        assert_eq!(u64::from(found(&world, depth).depth), depth);
    }
    assert_eq!(world.refused(OWNER, adapter(vec![parent(8, 10_000)])), ContractError::TooDeep { depth: 9 });
    world.run(OWNER, adapter(vec![parent(7, 10_000)]));
}

#[test]
fn the_deepest_parent_counts_wherever_it_stands_in_the_list() {
    let mut world = with_bases(2);
    world.run(OWNER, adapter(vec![parent(1, 10_000)]));
    for parents in [vec![parent(2, 5_000), parent(3, 5_000)], vec![parent(3, 5_000), parent(2, 5_000)]] {
        world.run(OWNER, create(child(ModelKind::Merge, parents)));
    }
    assert_eq!((found(&world, 4).depth, found(&world, 5).depth), (3, 3));
}
