//! `CreateModel`.

use cosmwasm_std::{Uint64, Uint128};
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{
    Commerce, ExecuteMsg, InstantiateMsg, Model, NewModel, PriceSheet, QueryMsg, RoundBasis, ValidationPool,
};
use protocol::{Bps, Hash32, MethodId, ModelId, Seconds};
use rules::split::SplitError;
use testing::{Code, err};

use crate::world::*;

/// A model that differs from a good one in one thing.
fn with(change: impl FnOnce(&mut NewModel)) -> ExecuteMsg {
    let mut new = new_model();
    change(&mut new);
    ExecuteMsg::CreateModel(new)
}

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut NewModel), expected: ContractError) {
    assert_eq!(World::new().refused(OWNER, with(change)), expected);
}

#[track_caller]
fn assert_created(change: impl FnOnce(&mut NewModel)) {
    World::new().run(OWNER, with(change));
}

#[test]
fn a_model_is_created_as_asked_and_belongs_to_its_sender() {
    let mut world = World::new();
    let events = world.run(OWNER, ExecuteMsg::CreateModel(new_model()));
    let expected = Model {
        id: MODEL,
        owner: account(OWNER),
        offered_to: None,
        name: "digits-mlp".to_owned(),
        kind: new_model().kind,
        terms: terms(),
        gateway: account(GATEWAY),
        method: METHOD,
        curators: vec![account(CURATOR), account(BOTH)],
        positions: 0,
        versions: 0,
        versions_hash: Hash32::default(),
        price_sheet: 1,
        validation: ValidationPool {
            root: Hash32::default(),
            approved: Uint64::zero(),
            extensions: 0,
            cursor: Uint64::zero(),
            proposal: None,
        },
    };
    assert_eq!(world.model(), expected);
    let sheet: PriceSheet = world.query(QueryMsg::PriceSheet { model: MODEL, version: 1 });
    assert_eq!(sheet, PriceSheet { version: 1, prices: new_model().prices });
    let created =
        ModelEvent::ModelCreated { model: MODEL, owner: text(OWNER), name: "digits-mlp".to_owned(), method: METHOD };
    assert_eq!(events, [created, ModelEvent::PricesSet { model: MODEL, price_sheet: 1 }]);
}

#[test]
fn a_new_model_has_nothing_to_pay_for_and_nothing_to_measure() {
    let world = World::with_model();
    let commerce: Commerce = world.query(QueryMsg::Commerce { model: MODEL });
    assert_eq!(commerce, Commerce { gateway: account(GATEWAY), terms: terms(), servable: false });
    let expected = RoundBasis {
        method: METHOD,
        positions: 0,
        versions: 0,
        versions_hash: Hash32::default(),
        validation_root: Hash32::default(),
        validation_cursor: Uint64::zero(),
        validation_available: Uint64::zero(),
        owner: account(OWNER),
    };
    assert_eq!(world.query::<RoundBasis>(QueryMsg::RoundBasis { model: MODEL, fixed_by: Seconds(u64::MAX) }), expected);
}

#[test]
fn ids_count_from_one_and_a_refused_model_takes_none() {
    let mut world = World::new();
    world.run(OWNER, ExecuteMsg::CreateModel(new_model()));
    world.refused(OWNER, with(|new| new.name.clear()));
    world.run(STRANGER, ExecuteMsg::CreateModel(new_model()));
    let models: Vec<Model> = world.query(QueryMsg::Models { page: Default::default() });
    let found: Vec<_> = models.into_iter().map(|model| (model.id, model.owner)).collect();
    assert_eq!(found, [(ModelId(1), account(OWNER)), (ModelId(2), account(STRANGER))]);
}

#[test]
fn a_name_has_1_to_64_characters() {
    let field = "the model's name";
    assert_refused(|new| new.name.clear(), ContractError::NameLength { field, length: 0 });
    assert_refused(|new| new.name = "é".repeat(65), ContractError::NameLength { field, length: 65 });
    assert_created(|new| new.name = "é".repeat(64));
}

#[test]
fn fee_shares_above_or_below_100_percent_are_refused() {
    for (owner, sum_bps) in [(3_001, 10_001), (2_999, 9_999), (u16::MAX, 72_535)] {
        assert_refused(|new| new.terms.owner = Bps(owner), ContractError::Shares(SplitError::Sum { sum_bps }));
    }
}

#[test]
fn contributors_get_a_share() {
    assert_refused(
        |new| (new.terms.owner, new.terms.influence) = (Bps(10_000), Bps(0)),
        ContractError::NoInfluenceShare,
    );
    assert_created(|new| (new.terms.owner, new.terms.influence) = (Bps(9_999), Bps(1)));
    assert_created(|new| (new.terms.owner, new.terms.influence) = (Bps(0), Bps(10_000)));
}

#[test]
fn shares_of_what_is_not_offered_yet_are_refused() {
    assert_refused(|new| (new.terms.owner, new.terms.stake) = (Bps(2_999), Bps(1)), ContractError::StakeNotOffered);
    assert_refused(|new| (new.terms.owner, new.terms.parents) = (Bps(2_999), Bps(1)), ContractError::LineageNotOffered);
}

#[test]
fn a_release_rate_is_1_to_10000_bps() {
    for bps in [0, 10_001, u16::MAX] {
        assert_refused(|new| new.terms.release_rate = Bps(bps), ContractError::ReleaseRate { bps });
    }
    for bps in [1, 10_000] {
        assert_created(|new| new.terms.release_rate = Bps(bps));
    }
}

#[test]
fn a_cap_is_1_uopen_to_the_largest_supply_of_open() {
    let largest = 10u128.pow(18);
    for cap in [Uint128::zero(), Uint128::new(largest + 1), Uint128::MAX] {
        assert_refused(|new| new.terms.cap = cap, ContractError::Cap { cap });
    }
    for cap in [1, largest] {
        assert_created(|new| new.terms.cap = Uint128::new(cap));
    }
}

#[test]
fn a_model_has_1_to_16_curators() {
    let named = |count: usize| (0..count).map(|number| text(&format!("curator-{number}"))).collect::<Vec<_>>();
    for count in [0, 17] {
        assert_refused(|new| new.curators = named(count), ContractError::CuratorCount { count });
    }
    assert_created(|new| new.curators = named(1));
    assert_created(|new| new.curators = named(16));
}

#[test]
fn duplicate_curators_in_the_list_are_refused() {
    assert_refused(
        |new| new.curators = vec![text(CURATOR), text(BOTH), text(CURATOR)],
        ContractError::DuplicateCurator { curator: account(CURATOR) },
    );
}

#[test]
fn addresses_are_checked_at_the_door() {
    let changes: [fn(&mut NewModel); 3] = [
        |new| new.gateway = "gateway".to_owned(),
        |new| new.curators.push("nobody".to_owned()),
        |new| new.gateway = text(GATEWAY).to_uppercase(),
    ];
    for change in changes {
        assert!(matches!(World::new().refused(OWNER, with(change)), ContractError::Std(_)));
    }
}

#[test]
fn the_method_must_be_registered() {
    assert_refused(|new| new.method = MethodId(2), ContractError::UnknownMethod { method: MethodId(2) });
}

#[test]
fn models_wait_until_the_contract_is_wired() {
    let mut world = World::new();
    let msg = InstantiateMsg { owner: text(GOVERNANCE), datanet: world.at.datanet.to_string() };
    let fresh = world.chain.instantiate(Code::Model, &account(GOVERNANCE), &msg, None).unwrap();
    let result = world.chain.execute(&account(OWNER), &fresh, &ExecuteMsg::CreateModel(new_model()), &[]);
    assert_eq!(err::<ContractError>(result), ContractError::NotWired);
}
