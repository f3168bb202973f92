//! `CreateModel`.

use cosmwasm_std::{Uint64, Uint128};
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{
    Commerce, DatedTerms, ExecuteMsg, Model, NewModel, PriceSheet, QueryMsg, RoundBasis, ValidationPool,
};
use protocol::{Bps, Epoch, Hash32, MethodId, ModelId, Page, Seconds};
use rules::split::SplitError;

use crate::world::*;

/// A model that differs from a good one in one thing.
fn with(change: impl FnOnce(&mut NewModel)) -> ExecuteMsg {
    let mut new = new_model();
    change(&mut new);
    create(new)
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
    let now = Seconds(world.time());
    let events = world.run(OWNER, create(new_model()));
    let stake = world.stake(MODEL);
    let expected = Model {
        id: MODEL,
        owner: account(OWNER),
        offered_to: None,
        name: "digits-mlp".to_owned(),
        kind: new_model().kind,
        parents: vec![],
        depth: 1,
        stake: Some(stake.clone()),
        terms: terms(),
        withdrawn: 0,
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
        corrections: None,
    };
    assert_eq!(world.model(), expected);
    let sheet: PriceSheet = world.query(QueryMsg::PriceSheet { model: MODEL, version: 1 });
    assert_eq!(sheet, PriceSheet { version: 1, prices: new_model().prices, since: now, until: None });
    let created =
        ModelEvent::ModelCreated { model: MODEL, owner: text(OWNER), name: "digits-mlp".to_owned(), method: METHOD };
    let stake_created = ModelEvent::StakeCreated { model: MODEL, stake: stake.into() };
    assert_eq!(events, [created, ModelEvent::PricesSet { model: MODEL, price_sheet: 1 }, stake_created]);
}

#[test]
fn a_new_model_has_nothing_to_pay_for_and_nothing_to_measure() {
    let world = World::with_model();
    let expected = Commerce {
        gateway: account(GATEWAY),
        owner: account(OWNER),
        terms: terms(),
        versions: 0,
        parents: vec![],
        stake: world.stake(MODEL),
    };
    assert_eq!(world.commerce(None), expected);
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

/// A model made in a late epoch has terms in every earlier one too: nobody can ask for an epoch without terms.
#[test]
fn the_terms_of_creation_hold_from_epoch_0() {
    let mut world = World::new();
    world.set_epoch(Some(7));
    world.run(OWNER, create(new_model()));
    let history: Vec<DatedTerms> = world.query(QueryMsg::TermsHistory { model: MODEL, page: Page::default() });
    assert_eq!(history, [DatedTerms { from: Epoch(0), terms: terms() }]);
    for epoch in [0, 6, 7, 8, u64::MAX] {
        assert_eq!(world.terms_in(epoch), terms(), "epoch {epoch}");
    }
}

#[test]
fn ids_count_from_one_and_a_refused_model_takes_none() {
    let mut world = World::new();
    world.run(OWNER, create(new_model()));
    world.refused(OWNER, with(|new| new.name.clear()));
    world.run(STRANGER, create(new_model()));
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
    for (owner, sum_bps) in [(2_001, 10_001), (1_999, 9_999), (u16::MAX, 73_535)] {
        assert_refused(|new| new.terms.owner = Bps(owner), ContractError::Shares(SplitError::Sum { sum_bps }));
    }
}

#[test]
fn contributors_get_a_share() {
    let shares = |owner, stake, influence| {
        move |new: &mut NewModel| {
            (new.terms.owner, new.terms.stake, new.terms.influence) = (Bps(owner), Bps(stake), Bps(influence));
        }
    };
    assert_refused(shares(9_000, 1_000, 0), ContractError::NoInfluenceShare);
    assert_created(shares(9_999, 0, 1));
    assert_created(shares(0, 9_999, 1));
    assert_created(shares(0, 0, 10_000));
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
    let mut world = World::unwired();
    assert_eq!(world.refused(OWNER, create(new_model())), ContractError::NotWired);
}
