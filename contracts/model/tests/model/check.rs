//! What must hold after every message, accepted or not, from public queries only.

use protocol::model::{DatedTerms, MAX_DEPTH, MAX_PARENTS, Model, PriceSheet, QueryMsg};
use protocol::stake::Reserves;
use protocol::{Bps, Page};
use rules::bitmap::Bitmap;

use crate::world::World;

/// Checks the first 30 models.
pub fn all(world: &World) {
    let models = world.models();
    for model in &models {
        lineage(&models, model);
        terms(world, model);
        withdrawn(world, model);
        sheet(world, model);
        stake(world, model);
    }
}

/// Parents are older, so no line of ancestors comes back, and the depth is that of the longest.
fn lineage(models: &[Model], model: &Model) {
    let depth_of = |id| models.iter().find(|model| model.id == id).map_or(0, |model| model.depth);
    assert!(model.parents.iter().all(|parent| parent.model < model.id), "a parent is not older");
    let deepest = model.parents.iter().map(|parent| depth_of(parent.model)).max().unwrap_or(0);
    assert_eq!(model.depth, deepest + 1);
    assert!(model.depth <= MAX_DEPTH && model.parents.len() <= MAX_PARENTS);
    let shares: u32 = model.parents.iter().map(|parent| u32::from(parent.share.0)).sum();
    assert_eq!(shares, if model.parents.is_empty() { 0 } else { 10_000 });
    assert_eq!(model.terms.parents == Bps(0), model.parents.is_empty());
}

/// Terms begin with epoch 0, improve from one to the next, and end with those that the model shows.
fn terms(world: &World, model: &Model) {
    let page = Page { start_after: None, limit: Some(100) };
    let history: Vec<DatedTerms> = world.query(QueryMsg::TermsHistory { model: model.id, page });
    assert_eq!(history.first().unwrap().from.get(), 0);
    assert!(history.is_sorted_by(|one, next| one.from < next.from && improves(one, next)), "{history:?}");
    assert_eq!(history.last().unwrap().terms, model.terms);
}

fn improves(one: &DatedTerms, next: &DatedTerms) -> bool {
    let (one, next) = (&one.terms, &next.terms);
    next.influence >= one.influence
        && next.stake >= one.stake
        && next.release_rate >= one.release_rate
        && next.cap >= one.cap
        && next.parents == one.parents
        && next.owner <= one.owner
}

fn withdrawn(world: &World, model: &Model) {
    let bytes: cosmwasm_std::Binary = world.query(QueryMsg::Withdrawn { model: model.id });
    let bits = Bitmap::from_bytes(model.positions as usize, bytes.to_vec()).unwrap();
    assert_eq!(bits.count_ones(), model.withdrawn as usize);
}

/// The current sheet has no end, and the one before it ends where it begins.
fn sheet(world: &World, model: &Model) {
    let sheet = |version| world.query::<PriceSheet>(QueryMsg::PriceSheet { model: model.id, version });
    let current = sheet(model.price_sheet);
    assert_eq!(current.until, None);
    if model.price_sheet > 1 {
        assert_eq!(sheet(model.price_sheet - 1).until, Some(current.since));
    }
}

/// Every model has a stake, whose work reserve is what it began with less what it paid.
fn stake(world: &World, model: &Model) {
    let stake = model.stake.clone().expect("a model has a stake once its transaction is over");
    let left: Reserves = world.app.wrap().query_wasm_smart(&stake, &protocol::stake::QueryMsg::Reserves {}).unwrap();
    let storage = world.app.contract_storage(&stake);
    let setup = crate::stand_ins::SETUP.load(&*storage).unwrap();
    assert_eq!(setup.model_id, model.id);
    let paid = crate::stand_ins::PAID.may_load(&*storage).unwrap().unwrap_or_default();
    let paid: u128 = paid.iter().map(|payment| payment.amount.u128()).sum();
    assert_eq!(left.work.u128() + paid, setup.work_units.u128());
}
