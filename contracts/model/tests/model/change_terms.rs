//! `ChangeTerms`, and the terms of each epoch.

use cosmwasm_std::{Uint64, Uint128};
use model::ContractError;
use proptest::prelude::*;
use protocol::event::ModelEvent;
use protocol::model::{Commerce, DatedTerms, ExecuteMsg, ModelKind, QueryMsg, Terms};
use protocol::{Bps, Epoch, ModelId, Page};
use rules::split::SplitError;

use crate::world::*;

/// Terms that are better in every respect.
fn better() -> Terms {
    Terms {
        owner: Bps(500),
        stake: Bps(1_500),
        influence: Bps(8_000),
        release_rate: Bps(5_000),
        cap: Uint128::new(2_000_000_000),
        ..terms()
    }
}

fn history(world: &World) -> Vec<DatedTerms> {
    world.query(QueryMsg::TermsHistory { model: MODEL, page: Page::default() })
}

fn dated(from: u64, terms: Terms) -> DatedTerms {
    DatedTerms { from: Epoch(from), terms }
}

#[test]
fn a_change_holds_from_the_next_epoch_on() {
    let mut world = World::with_model();
    world.set_epoch(Some(4));
    let events = world.run(OWNER, change_terms(better()));
    let expected = ModelEvent::TermsChanged {
        model: MODEL,
        from: Epoch(5),
        owner: Bps(500),
        stake: Bps(1_500),
        influence: Bps(8_000),
        parents: Bps(0),
        release_rate: Bps(5_000),
        cap: Uint128::new(2_000_000_000),
    };
    assert_eq!(events, [expected]);
    assert_eq!(history(&world), [dated(0, terms()), dated(5, better())]);
    assert_eq!([0, 4, 5, 6].map(|epoch| world.terms_in(epoch)), [terms(), terms(), better(), better()]);
    assert_eq!(world.model().terms, better());
}

/// Phases that overlap at their edge: without an epoch the query speaks of the one that is running.
#[test]
fn a_payment_without_an_epoch_gets_the_terms_in_force_now() {
    let mut world = World::with_model();
    world.run(OWNER, change_terms(better()));
    assert_eq!(world.commerce(None).terms, terms());
    world.set_epoch(Some(1));
    assert_eq!(world.commerce(None).terms, better());
}

#[test]
fn before_the_first_epoch_a_change_holds_from_it_on() {
    let mut world = World::new();
    world.set_epoch(None);
    world.run(OWNER, create(new_model()));
    world.run(OWNER, change_terms(better()));
    assert_eq!(history(&world), [dated(0, better())]);
    assert_eq!(world.commerce(None).terms, better());
    world.set_epoch(Some(0));
    let best = Terms { release_rate: Bps(10_000), ..better() };
    world.run(OWNER, change_terms(best.clone()));
    assert_eq!(history(&world), [dated(0, better()), dated(1, best)]);
}

#[test]
fn a_second_change_in_one_epoch_replaces_the_first_and_is_compared_with_it() {
    let mut world = World::with_model();
    world.run(OWNER, change_terms(better()));
    let expected =
        ContractError::TermsWorse { what: "the release rate", latest: Uint128::new(5_000), asked: Uint128::new(4_999) };
    let between = Terms { release_rate: Bps(4_999), ..better() };
    assert_eq!(world.refused(OWNER, change_terms(between)), expected);
    let best = Terms { release_rate: Bps(5_001), ..better() };
    world.run(OWNER, change_terms(best.clone()));
    assert_eq!(history(&world), [dated(0, terms()), dated(1, best)]);
}

/// Terms changed between use and settlement: what was used in an epoch is settled by that epoch's terms, whenever that is.
#[test]
fn a_later_change_has_no_effect_on_a_past_epoch() {
    let mut world = World::with_model();
    world.set_epoch(Some(3));
    let used_under = world.terms_in(3);
    world.run(OWNER, change_terms(better()));
    world.set_epoch(Some(9));
    world.run(OWNER, change_terms(Terms { release_rate: Bps(9_000), ..better() }));
    for epoch in 0..=3 {
        assert_eq!(world.terms_in(epoch), used_under, "epoch {epoch}");
    }
    assert_eq!([4, 9, 10].map(|epoch| world.terms_in(epoch).release_rate.0), [5_000, 5_000, 9_000]);
}

#[test]
fn each_term_alone_may_rise_at_the_owners_cost() {
    let changes: [fn(&mut Terms); 5] = [
        |it| (it.owner, it.influence) = (Bps(1_999), Bps(7_001)),
        |it| (it.owner, it.stake) = (Bps(0), Bps(3_000)),
        |it| it.release_rate = Bps(2_501),
        |it| it.cap += Uint128::one(),
        |it| (it.owner, it.influence) = (Bps(0), Bps(9_000)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut asked = terms();
        change(&mut asked);
        let mut world = World::with_model();
        world.run(OWNER, change_terms(asked.clone()));
        assert_eq!(world.model().terms, asked, "change {number}");
    }
}

/// A change, the term that it lowers, from what to what.
type Fall = (fn(&mut Terms), &'static str, u128, u128);

#[test]
fn no_term_may_fall() {
    let cases: [Fall; 5] = [
        (|it| (it.owner, it.influence) = (Bps(2_001), Bps(6_999)), "the influence share", 7_000, 6_999),
        (|it| (it.stake, it.influence) = (Bps(3_500), Bps(4_500)), "the influence share", 7_000, 4_500),
        (|it| (it.stake, it.influence) = (Bps(999), Bps(7_001)), "the stake share", 1_000, 999),
        (|it| it.release_rate = Bps(2_499), "the release rate", 2_500, 2_499),
        (|it| it.cap -= Uint128::one(), "the cap", 1_000_000_000, 999_999_999),
    ];
    let mut world = World::with_model();
    for (change, what, latest, asked) in cases {
        let mut worse = terms();
        change(&mut worse);
        let (latest, asked) = (Uint128::new(latest), Uint128::new(asked));
        let refused = world.refused(OWNER, change_terms(worse));
        assert_eq!(refused, ContractError::TermsWorse { what, latest, asked });
    }
}

/// A rise of one term never pays for the fall of another.
#[test]
fn better_terms_with_one_worse_among_them_are_refused() {
    let mut world = World::with_model();
    let asked = Terms { cap: Uint128::one(), ..better() };
    let refused = world.refused(OWNER, change_terms(asked));
    assert!(matches!(refused, ContractError::TermsWorse { what: "the cap", .. }), "{refused}");
}

#[test]
fn royalties_never_change() {
    let mut world = World::with_model();
    let model = ModelId(2);
    world.run(OWNER, create(child(ModelKind::Adapter, vec![parent(1, 10_000)])));
    let before = child(ModelKind::Adapter, vec![]).terms;
    for parents in [999, 1_001, 2_000] {
        let terms = Terms { owner: Bps(2_000 - parents), parents: Bps(parents), ..before.clone() };
        let refused = world.refused(OWNER, ExecuteMsg::ChangeTerms { model, terms });
        assert_eq!(refused, ContractError::ParentsShareFixed { latest: Bps(1_000) });
    }
    let none = Terms { owner: Bps(2_000), parents: Bps(0), ..before.clone() };
    let refused = world.refused(OWNER, ExecuteMsg::ChangeTerms { model, terms: none });
    assert_eq!(refused, ContractError::NoParentsShare);
    let terms = Terms { owner: Bps(0), influence: Bps(8_000), ..before };
    world.run(OWNER, ExecuteMsg::ChangeTerms { model, terms });
}

/// A change, and the error that it gives.
type Refusal = (fn(&mut Terms), ContractError);

#[test]
fn changed_terms_pass_the_door_of_new_ones() {
    let mut world = World::with_model();
    let cases: [Refusal; 5] = [
        (|it| it.influence = Bps(7_001), ContractError::Shares(SplitError::Sum { sum_bps: 10_001 })),
        (|it| it.release_rate = Bps(10_001), ContractError::ReleaseRate { bps: 10_001 }),
        (|it| it.cap = Uint128::MAX, ContractError::Cap { cap: Uint128::MAX }),
        (|it| (it.owner, it.influence) = (Bps(9_000), Bps(0)), ContractError::NoInfluenceShare),
        (
            |it| (it.owner, it.parents) = (Bps(1_000), Bps(1_000)),
            ContractError::ParentsShareWithoutParents { share: Bps(1_000) },
        ),
    ];
    for (change, expected) in cases {
        let mut asked = terms();
        change(&mut asked);
        assert_eq!(world.refused(OWNER, change_terms(asked)), expected);
    }
}

#[test]
fn a_change_of_nothing_is_refused() {
    let mut world = World::with_model();
    assert_eq!(world.refused(OWNER, change_terms(terms())), ContractError::TermsUnchanged);
    world.run(OWNER, change_terms(better()));
    assert_eq!(world.refused(OWNER, change_terms(better())), ContractError::TermsUnchanged);
}

#[test]
fn only_the_owner_changes_terms() {
    let mut world = World::with_model();
    for sender in [STRANGER, GATEWAY, CURATOR, GOVERNANCE] {
        let expected = ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) };
        assert_eq!(world.refused(sender, change_terms(better())), expected);
    }
    let model = ModelId(2);
    let msg = ExecuteMsg::ChangeTerms { model, terms: better() };
    assert_eq!(world.refused(OWNER, msg), ContractError::UnknownModel { model });
}

#[test]
fn terms_are_listed_by_epoch_in_pages() {
    let mut world = World::with_model();
    for epoch in 0..40 {
        world.set_epoch(Some(epoch));
        let cap = terms().cap + Uint128::from(epoch + 1);
        world.run(OWNER, change_terms(Terms { cap, ..terms() }));
    }
    let page = |start_after: Option<u64>, limit| {
        let page = Page { start_after: start_after.map(Uint64::new), limit };
        let found: Vec<DatedTerms> = world.query(QueryMsg::TermsHistory { model: MODEL, page });
        found.into_iter().map(|dated| dated.from.get()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None), (0..30).collect::<Vec<_>>());
    assert_eq!(page(Some(29), None), (30..=40).collect::<Vec<_>>());
    assert_eq!(page(Some(0), Some(2)), [1, 2]);
    assert_eq!(page(Some(u64::MAX), None), [0u64; 0]);
}

/// Storage-key collisions: terms of neighbouring models stay apart.
#[test]
fn the_terms_of_one_model_are_not_those_of_its_neighbours() {
    let mut world = World::with_model();
    (2..=3).for_each(|_| drop(world.run(OWNER, create(new_model()))));
    world.run(OWNER, ExecuteMsg::ChangeTerms { model: ModelId(2), terms: better() });
    let terms_of = |id| {
        let query = QueryMsg::Commerce { model: ModelId(id), epoch: Some(Epoch(u64::MAX)) };
        world.query::<Commerce>(query).terms
    };
    assert_eq!([1, 2, 3].map(terms_of), [terms(), better(), terms()]);
}

/// Unchecked arithmetic: there is no epoch after the last.
#[test]
fn in_the_last_epoch_a_change_is_refused() {
    let mut world = World::with_model();
    world.set_epoch(Some(u64::MAX));
    assert!(matches!(world.refused(OWNER, change_terms(better())), ContractError::Overflow(_)));
    world.set_epoch(Some(u64::MAX - 1));
    world.run(OWNER, change_terms(better()));
    assert_eq!(world.terms_in(u64::MAX - 1), terms());
    assert_eq!(world.commerce(None).terms, terms());
}

#[derive(Clone, Debug)]
enum Step {
    Change { owner: i32, stake: i32, influence: i32, parents: i32, rate: i32, cap: i64 },
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let share = || prop_oneof![4 => Just(0), 4 => 0..40, 1 => -40..0];
    let change = (share(), share(), prop_oneof![20 => Just(0), 1 => -5..5], share(), -20..200_i64);
    prop_oneof![
        3 => change.prop_map(|(stake, influence, parents, rate, cap)| {
            Step::Change { owner: -(stake + influence + parents), stake, influence, parents, rate, cap }
        }),
        1 => (1..4_u64).prop_map(Step::Pass),
    ]
}

fn moved(bps: Bps, by: i32) -> Bps {
    Bps(u16::try_from((i32::from(bps.0) + by).max(0)).unwrap())
}

fn never_worse(one: &Terms, next: &Terms) -> bool {
    let shares = next.influence >= one.influence && next.stake >= one.stake && next.parents == one.parents;
    shares && next.release_rate >= one.release_rate && next.cap >= one.cap
}

/// Epochs that are looked at after each step.
const SEEN: u64 = 24;

fn all_terms(world: &World) -> Vec<Terms> {
    (0..SEEN).map(|epoch| world.terms_in(epoch)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever an owner tries, terms get no worse from epoch to epoch, and those of an epoch that has begun stay.
    #[test]
    fn terms_only_improve_and_only_in_epochs_to_come(
        begun in proptest::option::of(Just(0_u64)),
        steps in proptest::collection::vec(step(), 1..20),
    ) {
        let mut world = World::new();
        world.set_epoch(begun);
        world.run(OWNER, create(new_model()));
        let mut now = begun;
        for step in steps {
            let before = all_terms(&world);
            let latest = world.model().terms;
            match step {
                Step::Pass(epochs) => {
                    now = Some(now.map_or(0, |now| now + epochs));
                    world.set_epoch(now);
                    prop_assert_eq!(all_terms(&world), before);
                    continue;
                }
                Step::Change { owner, stake, influence, parents, rate, cap } => {
                    let asked = Terms {
                        owner: moved(latest.owner, owner),
                        stake: moved(latest.stake, stake),
                        influence: moved(latest.influence, influence),
                        parents: moved(latest.parents, parents),
                        release_rate: moved(latest.release_rate, rate),
                        cap: Uint128::new(latest.cap.u128().checked_add_signed(cap.into()).unwrap()),
                    };
                    let acceptable = asked != latest && never_worse(&latest, &asked) && asked.release_rate <= Bps::WHOLE;
                    let adds_up = [asked.owner, asked.stake, asked.influence, asked.parents];
                    let adds_up = adds_up.iter().map(|share| u32::from(share.0)).sum::<u32>() == 10_000;
                    let accepted = world.execute(OWNER, change_terms(asked)).is_ok();
                    prop_assert_eq!(accepted, acceptable && adds_up);
                }
            }
            let after = all_terms(&world);
            let begun = now.map_or(0, |now| (now + 1).min(SEEN) as usize);
            prop_assert_eq!(&after[..begun], &before[..begun]);
            prop_assert!(before.iter().zip(&after).all(|(one, next)| never_worse(one, next)));
            prop_assert!(after.windows(2).all(|pair| never_worse(&pair[0], &pair[1])));
        }
    }
}
