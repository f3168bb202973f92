//! Royalties: one hop at a time from a model to its parents, and nothing lost on the way.

use cosmwasm_std::{Uint64, Uint128};
use proptest::prelude::*;
use protocol::model::{DatedTerms, Parent, Terms};
use protocol::settlement::{ExecuteMsg, ModelTotals, Parts};
use protocol::{Bps, Epoch, ModelId};
use settlement::ContractError;

use crate::stub::{shared_terms, terms};
use crate::world::{EPOCH, MODEL, OTHER_MODEL, Outcome, World, attributes, score, sum};

const GRANDPARENT: ModelId = ModelId(4);

fn parents(shares: &[(ModelId, u16)]) -> Vec<Parent> {
    shares.iter().map(|(model, share)| Parent { model: *model, share: Bps(*share) }).collect()
}

/// Makes `model` a child of others, with 10 % of its net fees for them.
fn derive(world: &mut World, model: ModelId, shares: &[(ModelId, u16)]) {
    let mut known = world.known(model);
    known.commerce.parents = parents(shares);
    known.commerce.terms = shared_terms();
    world.set_model(known);
}

/// A child with one parent, a base model.
fn adapter() -> World {
    let mut world = World::new();
    derive(&mut world, MODEL, &[(OTHER_MODEL, 10_000)]);
    world
}

fn flow(world: &mut World, model: ModelId) -> Outcome {
    world.execute("stranger", &ExecuteMsg::Flow { model })
}

/// Earns and settles a fee of the child.
fn earn(world: &mut World, epoch: u64, fee: u128) {
    world.earn(epoch, fee);
    world.settle(&[score(1, 0)]);
}

fn owed(world: &World, model: ModelId) -> u128 {
    world.model_totals(model).royalties_owed.u128()
}

fn waiting(world: &World, model: ModelId) -> Parts {
    world.model_totals(model).royalties
}

fn too_small(model: ModelId, owed: u128) -> ContractError {
    ContractError::FlowTooSmall { model, owed: owed.into() }
}

#[test]
fn a_base_model_takes_in_royalties_by_its_own_terms_without_a_second_protocol_share() {
    let mut world = adapter();
    earn(&mut world, 0, 100_000);
    // 10 % of the net fee of 90,000.
    assert_eq!((owed(&world, MODEL), world.totals().royalties.u128()), (9_000, 9_000));
    let before = world.totals();
    let response = flow(&mut world, MODEL).unwrap();
    assert_eq!(attributes(&response, "royalties_flowed", "parent"), ["2"]);
    assert_eq!(attributes(&response, "royalties_flowed", "amount"), ["9000"]);
    assert_eq!(world.totals(), before);
    let taken = Parts { owner: Uint128::new(2_700), influence: Uint128::new(6_300), ..Parts::default() };
    assert_eq!((waiting(&world, OTHER_MODEL), owed(&world, OTHER_MODEL)), (taken, 0));
    let child = world.model_totals(MODEL);
    assert_eq!((child.royalties_owed.u128(), child.royalties_flowed.u128()), (0, 9_000));
}

#[test]
fn less_than_the_smallest_flow_waits() {
    let mut world = adapter();
    assert_eq!(flow(&mut world, MODEL).unwrap_err(), too_small(MODEL, 0));
    // Net 9,999: 999 for the parent.
    earn(&mut world, 0, 11_110);
    assert_eq!(flow(&mut world, MODEL).unwrap_err(), too_small(MODEL, 999));
    // Net 18: 1 more.
    earn(&mut world, 1, 20);
    flow(&mut world, MODEL).unwrap();
    assert_eq!(sum(&waiting(&world, OTHER_MODEL)).u128(), 1_000);
}

#[test]
fn royalties_flow_once() {
    let mut world = adapter();
    earn(&mut world, 0, 100_000);
    flow(&mut world, MODEL).unwrap();
    assert_eq!(flow(&mut world, MODEL).unwrap_err(), too_small(MODEL, 0));
    assert_eq!(sum(&waiting(&world, OTHER_MODEL)).u128(), 9_000);
}

#[test]
fn a_model_without_parents_has_nothing_to_pass_on() {
    let mut world = adapter();
    earn(&mut world, 0, 100_000);
    flow(&mut world, MODEL).unwrap();
    // Even with royalties that wait in it.
    assert_eq!(flow(&mut world, OTHER_MODEL).unwrap_err(), ContractError::NoParents { model: OTHER_MODEL });
    let model = ModelId(99);
    assert_eq!(flow(&mut world, model).unwrap_err(), ContractError::UnknownModel { model });
}

#[test]
fn one_message_moves_one_hop() {
    let mut world = World::new();
    world.create_model(GRANDPARENT, |_| ());
    derive(&mut world, MODEL, &[(OTHER_MODEL, 10_000)]);
    derive(&mut world, OTHER_MODEL, &[(GRANDPARENT, 10_000)]);
    earn(&mut world, 0, 1_000_000);
    flow(&mut world, MODEL).unwrap();
    assert_eq!((owed(&world, OTHER_MODEL), sum(&waiting(&world, GRANDPARENT)).u128()), (9_000, 0));
    let parts = waiting(&world, OTHER_MODEL);
    assert_eq!([parts.owner, parts.stake, parts.influence].map(|part| part.u128()), [18_000, 9_000, 54_000]);
    assert_eq!((parts.protocol.u128(), parts.parents.u128()), (0, 0));
    flow(&mut world, OTHER_MODEL).unwrap();
    assert_eq!((owed(&world, OTHER_MODEL), sum(&waiting(&world, GRANDPARENT)).u128()), (0, 9_000));
    assert_eq!(world.totals().royalties.u128(), 90_000);
}

#[test]
fn a_diamond_adds_up_at_its_end() {
    // 1 was made from 2 and 3, both of them from 4.
    let mut world = World::new();
    let [left, right] = [OTHER_MODEL, ModelId(3)];
    for id in [right, GRANDPARENT] {
        world.create_model(id, |_| ());
    }
    derive(&mut world, MODEL, &[(left, 5_000), (right, 3_000), (GRANDPARENT, 2_000)]);
    derive(&mut world, left, &[(GRANDPARENT, 10_000)]);
    derive(&mut world, right, &[(GRANDPARENT, 10_000)]);
    earn(&mut world, 0, 1_000_000);
    for model in [MODEL, left, right] {
        flow(&mut world, model).unwrap();
    }
    // 18,000 at once, 4,500 by the left and 2,700 by the right.
    assert_eq!(sum(&waiting(&world, GRANDPARENT)).u128(), 25_200);
    assert_eq!(sum(&waiting(&world, left)).u128(), 40_500);
    assert_eq!(sum(&waiting(&world, right)).u128(), 24_300);
    assert_eq!(world.totals().royalties.u128(), 90_000);
}

#[test]
fn a_ring_could_move_money_round_but_never_make_any() {
    // The model contract lets no ring arise; even a sham one would only pass on what it holds.
    let mut world = World::new();
    derive(&mut world, MODEL, &[(OTHER_MODEL, 10_000)]);
    derive(&mut world, OTHER_MODEL, &[(MODEL, 10_000)]);
    earn(&mut world, 0, 100_000_000);
    let before = world.totals();
    let mut hops = 0;
    while flow(&mut world, [MODEL, OTHER_MODEL][hops % 2]).is_ok() {
        hops += 1;
    }
    // A tenth of each hop goes on: 9,000,000, 900,000, 90,000, 9,000.
    assert_eq!(hops, 4);
    assert_eq!(world.totals(), before);
}

#[test]
fn a_model_that_were_its_own_parent_would_gain_nothing() {
    let mut world = World::new();
    derive(&mut world, MODEL, &[(MODEL, 10_000)]);
    earn(&mut world, 0, 1_000_000);
    flow(&mut world, MODEL).unwrap();
    let totals = world.model_totals(MODEL);
    assert_eq!((totals.royalties_owed.u128(), sum(&totals.royalties).u128()), (9_000, 81_000));
}

#[test]
fn sixteen_parents_share_odd_amounts_and_the_rest_is_carried() {
    let mut world = World::new();
    let ids: Vec<ModelId> = (2..=17).map(ModelId).collect();
    ids[1..].iter().for_each(|id| world.create_model(*id, |_| ()));
    let share = |at: usize| if at == 15 { 10_000 - 15 * 623 } else { 623 };
    let shares: Vec<(ModelId, u16)> = ids.iter().copied().zip((0..16).map(share)).collect();
    derive(&mut world, MODEL, &shares);
    earn(&mut world, 0, 123_456);
    // Net 111,111: 11,111 to share. 15 × floor(692.2…) and floor(727.7…) are 11,107.
    let response = flow(&mut world, MODEL).unwrap();
    let mut amounts = vec!["692"; 15];
    amounts.push("727");
    assert_eq!(attributes(&response, "royalties_flowed", "amount"), amounts);
    let totals = world.model_totals(MODEL);
    assert_eq!((totals.royalties_owed.u128(), totals.royalties_flowed.u128()), (4, 11_107));
    for (id, amount) in ids.iter().zip(amounts) {
        assert_eq!(sum(&waiting(&world, *id)).to_string(), amount);
    }
}

#[test]
fn a_lineage_that_does_not_add_up_moves_nothing() {
    let mut world = adapter();
    earn(&mut world, 0, 100_000);
    let too_many: Vec<(ModelId, u16)> = (0..17).map(|_| (OTHER_MODEL, 588)).collect();
    for shares in [&[(OTHER_MODEL, 9_999)][..], &[(OTHER_MODEL, 10_000), (ModelId(3), 1)], &too_many] {
        derive(&mut world, MODEL, shares);
        assert!(matches!(flow(&mut world, MODEL), Err(ContractError::Split(_))));
    }
    derive(&mut world, MODEL, &[(OTHER_MODEL, 5_000), (ModelId(99), 5_000)]);
    assert_eq!(flow(&mut world, MODEL).unwrap_err(), ContractError::UnknownModel { model: ModelId(99) });
    assert_eq!((owed(&world, MODEL), sum(&waiting(&world, OTHER_MODEL)).u128()), (9_000, 0));
}

#[test]
fn a_parent_takes_in_by_the_terms_of_the_epoch_of_the_flow() {
    let mut world = adapter();
    let mut known = world.known(OTHER_MODEL);
    let better = Terms { owner: Bps(1_000), influence: Bps(9_000), ..terms() };
    known.later = vec![DatedTerms { from: Epoch(3), terms: better }];
    world.set_model(known);
    earn(&mut world, 0, 100_000);
    flow(&mut world, MODEL).unwrap();
    assert_eq!(waiting(&world, OTHER_MODEL).influence.u128(), 6_300);
    earn(&mut world, 1, 100_000);
    world.at(3 * EPOCH, 1);
    flow(&mut world, MODEL).unwrap();
    assert_eq!(waiting(&world, OTHER_MODEL).influence.u128(), 6_300 + 8_100);
}

#[test]
fn donations_are_no_royalties() {
    let (mut plain, mut gifted) = (adapter(), adapter());
    gifted.donate(123_456);
    for world in [&mut plain, &mut gifted] {
        earn(world, 0, 100_000);
        flow(world, MODEL).unwrap();
    }
    assert_eq!(plain.totals(), gifted.totals());
    assert_eq!(plain.model_totals(OTHER_MODEL), gifted.model_totals(OTHER_MODEL));
}

#[test]
fn royalties_pay_a_base_model_that_has_no_fees_of_its_own() {
    let mut world = adapter();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    earn(&mut world, 0, 100_000);
    flow(&mut world, MODEL).unwrap();
    world.value(OTHER_MODEL, &[score(1, 0)]);
    let totals = world.model_totals(OTHER_MODEL);
    assert_eq!((totals.liability.u128(), sum(&totals.royalties).u128()), (6_300, 0));
    assert_eq!((world.totals().royalties.u128(), world.balance("owner")), (0, 18_000 + 2_700));
    // What comes in later waits for the next one.
    earn(&mut world, 1, 100_000);
    flow(&mut world, MODEL).unwrap();
    assert_eq!(sum(&waiting(&world, OTHER_MODEL)).u128(), 9_000);
}

#[test]
fn a_model_that_lives_on_royalties_has_not_stopped() {
    let mut world = adapter();
    earn(&mut world, 0, 1_000_000);
    flow(&mut world, MODEL).unwrap();
    let doubtful = [score(5, 3); 2];
    world.value(OTHER_MODEL, &doubtful);
    let valued_in = world.model_totals(OTHER_MODEL).valued_in.unwrap();
    let retire = ExecuteMsg::Retire { model: OTHER_MODEL, limit: None };
    let from = Epoch(valued_in.get() + 6);
    world.at(from.get() * EPOCH - 1, 1);
    let living = ContractError::NotStopped { model: OTHER_MODEL, last: valued_in, from };
    assert_eq!(world.execute("stranger", &retire).unwrap_err(), living);
    world.at(from.get() * EPOCH, 1);
    world.execute("stranger", &retire).unwrap();
    let totals = world.model_totals(OTHER_MODEL);
    assert_eq!(totals.payable, totals.liability);
}

#[test]
fn a_valuation_between_two_chunks_begins_a_retirement_again() {
    let mut world = World::with(|msg| msg.valuation_interval = Uint64::one());
    derive(&mut world, MODEL, &[(OTHER_MODEL, 10_000)]);
    let doubtful = vec![score(5, 3); 130];
    earn(&mut world, 0, 1_000_000);
    flow(&mut world, MODEL).unwrap();
    world.value(OTHER_MODEL, &doubtful);
    world.at(7 * EPOCH, 1);
    earn(&mut world, 7, 1_000_000);
    flow(&mut world, MODEL).unwrap();
    let retire = ExecuteMsg::Retire { model: OTHER_MODEL, limit: Some(4) };
    world.execute("stranger", &retire).unwrap();
    world.value(OTHER_MODEL, &doubtful);
    assert!(matches!(world.execute("stranger", &retire), Err(ContractError::NotStopped { .. })));
    world.at(14 * EPOCH, 1);
    for through in ["128", "130"] {
        let response = world.execute("stranger", &retire).unwrap();
        assert_eq!(attributes(&response, "ledger_retired", "through"), [through]);
    }
    let totals = world.model_totals(OTHER_MODEL);
    assert_eq!(totals.payable, totals.liability);
}

/// Shares that sum to the whole: the differences of sorted cuts.
fn shares() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::btree_set(1..10_000_u16, 0..16).prop_map(|cuts| {
        let ends = cuts.iter().copied().chain([10_000]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        starts.zip(ends).map(|(start, end)| end - start).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn over_many_flows_nothing_is_lost_and_each_parent_has_its_share(
        shares in shares(),
        fees in proptest::collection::vec(20_000..5_000_000_u128, 1..6),
    ) {
        let mut world = World::new();
        let ids: Vec<ModelId> = (2..).map(ModelId).take(shares.len()).collect();
        ids[1..].iter().for_each(|id| world.create_model(*id, |_| ()));
        let lineage: Vec<(ModelId, u16)> = ids.iter().copied().zip(shares).collect();
        derive(&mut world, MODEL, &lineage);
        let mut came_in = 0;
        for (epoch, fee) in (0..).zip(&fees) {
            earn(&mut world, epoch, *fee);
            came_in = world.totals().royalties.u128();
            flow(&mut world, MODEL).unwrap();
            prop_assert_eq!(world.totals().royalties.u128(), came_in);
        }
        let child: ModelTotals = world.model_totals(MODEL);
        prop_assert_eq!(child.royalties_owed.u128() + child.royalties_flowed.u128(), came_in);
        // Each flow rounds down once for each parent, so less than one uopen of each is carried, to be shared by all.
        prop_assert!(child.royalties_owed.u128() < 16);
        for (id, share) in lineage {
            let exact = came_in * u128::from(share) / 10_000;
            let got = sum(&waiting(&world, id)).u128();
            prop_assert!(got.abs_diff(exact) <= 16 * fees.len() as u128, "{} {}", got, exact);
        }
    }
}
