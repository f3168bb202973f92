//! Queries: what is not there is an error, and every listing is bounded.

use cosmwasm_std::Uint64;
use model::ContractError;
use protocol::model::{Model, QueryMsg, UsedContribution, ValidationExtension};
use protocol::{ContributionId, Epoch, ModelId, Page, Seconds};

use crate::world::*;

fn page(start_after: Option<u64>, limit: Option<u32>) -> Page {
    Page { start_after: start_after.map(Uint64::new), limit }
}

/// No unwrap in queries: each names what it did not find.
#[test]
fn an_unknown_model_is_named_by_every_query() {
    let model = ModelId(7);
    let world = World::with_model();
    let queries = [
        QueryMsg::Model { model },
        QueryMsg::Used { model, page: Page::default() },
        QueryMsg::At { model, positions: vec![] },
        QueryMsg::ValidationExtensions { model, page: Page::default() },
        QueryMsg::RoundBasis { model, fixed_by: Seconds(0) },
        QueryMsg::Commerce { model, epoch: None },
        QueryMsg::Commerce { model, epoch: Some(Epoch(0)) },
        QueryMsg::TermsHistory { model, page: Page::default() },
        QueryMsg::PositionOf { model, contribution: ContributionId(1) },
        QueryMsg::Withdrawn { model },
    ];
    for query in queries {
        world.assert_query_refused(query, &ContractError::UnknownModel { model });
    }
}

#[test]
fn an_unknown_version_or_price_sheet_is_named() {
    let world = World::with_model();
    for number in [0, 1] {
        let expected = ContractError::UnknownVersion { model: MODEL, number };
        world.assert_query_refused(QueryMsg::Version { model: MODEL, number }, &expected);
    }
    for version in [0, 2] {
        let expected = ContractError::UnknownPriceSheet { model: MODEL, version };
        world.assert_query_refused(QueryMsg::PriceSheet { model: MODEL, version }, &expected);
    }
}

#[test]
fn contributions_are_found_by_position_in_the_order_asked() {
    let world = World::with_used(3);
    let at = |positions: &[u32]| QueryMsg::At { model: MODEL, positions: positions.to_vec() };
    let found: Vec<ContributionId> = world.query(at(&[2, 0, 2]));
    assert_eq!(found, [3, 1, 3].map(ContributionId));
    assert_eq!(world.query::<Vec<ContributionId>>(at(&[])), []);
    world.assert_query_refused(at(&[0, 3]), &ContractError::UnknownPosition { model: MODEL, position: 3 });
    assert_eq!(world.query::<Vec<ContributionId>>(at(&[1; 100])).len(), 100);
    world.assert_query_refused(at(&[1; 101]), &ContractError::TooManyPositions { count: 101 });
}

#[test]
fn a_contribution_is_found_by_its_position_or_not_at_all() {
    let world = World::with_used(3);
    let position = |contribution| {
        let contribution = ContributionId(contribution);
        world.query::<Option<u32>>(QueryMsg::PositionOf { model: MODEL, contribution })
    };
    assert_eq!([0, 1, 3, 4].map(position), [None, Some(0), Some(2), None]);
}

/// Unbounded iteration: a page never holds more than 100 entries, whatever is asked.
#[test]
fn pages_are_bounded_and_follow_each_other() {
    let mut world = World::with_model();
    let ids: Vec<_> = (0..101).map(|_| world.accepted(DATANET)).collect();
    world.run(OWNER, append(&ids[..100]));
    world.run(OWNER, append(&ids[100..]));
    let used = |page| world.query::<Vec<UsedContribution>>(QueryMsg::Used { model: MODEL, page });
    assert_eq!(used(page(None, None)).len(), 30);
    assert_eq!(used(page(None, Some(u32::MAX))).len(), 100);
    let rest = used(page(Some(99), None));
    assert_eq!(rest, [UsedContribution { position: 100, contribution: ids[100] }]);
    assert_eq!(used(page(Some(u64::from(u32::MAX)), None)), []);
    assert_eq!(used(page(Some(u64::MAX), None)), []);
    assert_eq!(used(page(None, Some(0))), []);
}

#[test]
fn models_are_listed_by_id() {
    let mut world = World::new();
    (0..101).for_each(|_| drop(world.run(OWNER, create(new_model()))));
    let models = |page| world.query::<Vec<Model>>(QueryMsg::Models { page });
    assert_eq!(models(page(None, None)).len(), 30);
    assert_eq!(models(page(None, Some(1_000))).len(), 100);
    let rest: Vec<_> = models(page(Some(99), None)).into_iter().map(|model| model.id.get()).collect();
    assert_eq!(rest, [100, 101]);
}

#[test]
fn extensions_are_listed_by_number() {
    let mut world = World::with_used(1);
    (1..=3).for_each(|byte| drop(world.extend_pool(hash(byte), 1)));
    let numbers = |page| {
        let found: Vec<ValidationExtension> = world.query(QueryMsg::ValidationExtensions { model: MODEL, page });
        found.into_iter().map(|extension| extension.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(page(None, None)), [1, 2, 3]);
    assert_eq!(numbers(page(Some(1), Some(1))), [2]);
    assert_eq!(numbers(page(Some(u64::MAX), None)), [0u32; 0]);
}
