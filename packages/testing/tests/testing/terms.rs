//! Terms and prices over time: an epoch keeps what was promised when it began.

use model::ContractError;
use protocol::model::{DatedTerms, Price, PriceSheet, QueryMsg, Terms};
use protocol::{Bps, Page, Seconds};
use testing::err;
use testing::scenario::{Part, World, report};

use crate::attacker::{FEE, REACH, SCORES};

/// A fee without the protocol's 5 %.
const NET: u128 = 9_500_000;

/// Ten per cent of the owner's to the contributors.
fn better(world: &World) -> Terms {
    Terms { owner: Bps(1_000), influence: Bps(8_000), ..world.setup.terms.clone() }
}

#[test]
fn terms_changed_between_use_and_settlement_change_no_epoch_that_had_begun() {
    let mut world = World::new();
    let epoch = world.epoch();
    world.pay(FEE).unwrap();
    let terms = better(&world);
    world.change_terms(terms).unwrap();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let books = world.epochs();
    let [old, new] =
        [&books[0], &books[1]].map(|book| (book.epoch.get(), book.parts.influence.u128(), book.parts.owner.u128()));
    assert_eq!(old, (epoch, 2 * NET * 7 / 10, 2 * NET * 2 / 10));
    assert_eq!(new, (epoch + 1, NET * 8 / 10, NET / 10));
    let round = world.open_round().unwrap();
    assert_eq!(round.pool.u128(), 2 * NET * 7 / 10 + NET * 8 / 10);
    let same = Part::Reports(report(&SCORES, REACH, round.redemptions));
    world.play_opened(&round, &vec![same; 7]).unwrap();
    let owner = world.accounts.owner.clone();
    assert_eq!(world.settlement_balance(&owner), 2 * NET * 2 / 10 + NET / 10);
}

#[test]
fn fees_redeemed_after_a_change_for_an_epoch_before_it_are_split_by_the_old_terms() {
    let mut world = World::new();
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    let voucher = world.channels[0].pay(&domain, epoch, FEE);
    let terms = better(&world);
    world.change_terms(terms).unwrap();
    world.to_next_epoch();
    world.redeem(vec![voucher]).unwrap();
    assert_eq!(world.epochs()[0].parts.influence.u128(), NET * 7 / 10);
}

#[test]
fn terms_never_get_worse_for_contributors_and_their_history_is_told() {
    let mut world = World::new();
    let (first, epoch) = (world.setup.terms.clone(), world.epoch());
    let changed = better(&world);
    world.change_terms(changed.clone()).unwrap();
    for worse in [
        first.clone(),
        Terms { release_rate: Bps(9_999), ..changed.clone() },
        Terms { cap: changed.cap - cosmwasm_std::Uint128::one(), ..changed.clone() },
        Terms { stake: Bps(999), influence: Bps(8_001), ..changed.clone() },
    ] {
        let error: ContractError = err(world.change_terms(worse));
        assert!(matches!(error, ContractError::TermsWorse { .. }), "{error}");
    }
    let query = QueryMsg::TermsHistory { model: world.model, page: Page::default() };
    let history: Vec<DatedTerms> = world.model(&query);
    let dated = |from, terms| DatedTerms { from: protocol::Epoch(from), terms };
    assert_eq!(history, [dated(0, first), dated(epoch + 1, changed)]);
}

#[test]
fn price_sheets_say_from_when_to_when_they_held() {
    let mut world = World::new();
    let model = world.model;
    let sheet = |world: &World, version| world.model::<PriceSheet>(&QueryMsg::PriceSheet { model, version });
    let first = sheet(&world, 1);
    assert_eq!(first.until, None);
    let changed_at = Seconds(world.chain.time());
    let prices = vec![Price::flat("standard", 2_000)];
    world.by_owner(&protocol::model::ExecuteMsg::SetPrices { model, prices: prices.clone() }).unwrap();
    let (old, new) = (sheet(&world, 1), sheet(&world, 2));
    assert_eq!(old, PriceSheet { until: Some(changed_at), ..first.clone() });
    assert!(first.since < changed_at);
    assert_eq!(new, PriceSheet { version: 2, prices, since: changed_at, until: None });
}
