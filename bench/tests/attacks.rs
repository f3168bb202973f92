//! Attacks in small: few epochs, one model, checked against the contracts.

use std::path::Path;

use bench::attacks::accounts::Accounts;
use bench::attacks::attack::{Attack, Attacker, Back, Contribution, Honest, Instead, Nobody, Prepared};
use bench::attacks::care::{Care, Precaution};
use bench::attacks::cast::{POSITIONS, SIZE, VICTIM, slot};
use bench::attacks::chance::is_certain;
use bench::attacks::checks::broken;
use bench::attacks::copies::{Copies, Likeness};
use bench::attacks::course::{Plan, play};
use bench::attacks::ground::Ground;
use bench::attacks::identities::{Split, TurnsBad};
use bench::attacks::judge::{Baselines, Judged};
use bench::attacks::junk::Junk;
use bench::attacks::laundering::Laundering;
use bench::attacks::models::Models;
use bench::attacks::stuffing::Stuffing;
use bench::attacks::{OPEN, plot, suite};
use bench::pay::chain::Chain;
use bench::pay::engine::{Damping, Making};
use influence::Threads;
use influence::dataset::{LabelledImage, load_digits};
use influence::manifest::Schedule;
use rules::bitmap::Bitmap;
use rules::score::{ScoreEntry, Vector};

const PLAN: Plan = Plan { epochs: 2, queries: 60, validation: 200, care: Care::NONE };
const FORTY: Plan = Plan { epochs: 40, ..PLAN };

fn images() -> Vec<LabelledImage> {
    let digits = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv.gz"));
    load_digits(digits).expect("the committed digits")
}

fn ground() -> Ground {
    Ground::new(images(), 1).expect("enough images")
}

fn models() -> Models {
    let making = Making { members: 1, schedule: Schedule::Constant, damping: Damping::Fixed(0.003) };
    Models::new(1, making, Threads::new(2))
}

#[test]
fn copies_splits_and_stuffed_queries_keep_the_invariants_and_share_two_models() {
    let (ground, mut models) = (ground(), models());
    let baselines = Baselines::play(&PLAN, &ground, &mut models).expect("played");
    let copies = Copies { likeness: Likeness::Exact, times: 10 };
    let stuffing = Stuffing { fee_uopen: OPEN, back: Back::Nothing };
    let attacks: [&dyn Attack; 3] = [&copies, &Split { accounts: 10 }, &stuffing];
    let judged: Vec<Judged> = attacks
        .into_iter()
        .map(|attack| {
            let played = play(&PLAN, &ground, &mut models, attack).expect("played");
            Judged::new(attack, vec![baselines.judge(attack, played).expect("the honest are paid")])
        })
        .collect();
    assert_eq!(broken(&judged), []);
    assert_eq!(models.count(), 2, "copies change nothing that is trained on, and a split nothing but names");
    let outcome = |index: usize| &judged[index].outcomes[0];
    assert_eq!(outcome(0).cluster_change, Some(0.0));
    assert_eq!(outcome(0).profit, -9.0 * OPEN as f64, "nine bonds");
    assert_eq!(outcome(2).played.fees, OPEN * (SIZE * PLAN.epochs) as u128);
    assert!(outcome(2).income_ratio > outcome(1).income_ratio, "what is asked about is used more");
    assert!(plot::draw(&judged).expect("it can be drawn").contains("query stuffing, 1 OPEN"));
}

/// Honest from the second epoch on.
struct Late;

impl Attack for Late {
    fn name(&self) -> String {
        "late".to_owned()
    }

    fn does(&self) -> &'static str {
        "comes in the second epoch"
    }

    fn instead(&self) -> Instead {
        Instead::Nothing
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> anyhow::Result<Prepared> {
        let items = attacker.ground.own.clone();
        Ok(Prepared { contributions: vec![Contribution { items, from: 1 }], ..Prepared::default() })
    }

    fn if_it_pays(&self) -> &'static str {
        "it is honest"
    }
}

#[test]
fn who_comes_later_is_paid_for_later_epochs_alone() {
    let (ground, mut models) = (ground(), models());
    let nobody = play(&PLAN, &ground, &mut models, &Nobody).expect("played");
    let late = play(&PLAN, &ground, &mut models, &Late).expect("played");
    assert_eq!((nobody.paid[0], nobody.income()), (late.paid[0], 0), "the first epoch is nobody's");
    assert!(late.accounts.entry(slot(0)).accrued > 0);
    assert_eq!(late.found.len(), 1);
}

#[test]
fn the_contracts_move_their_accounts_as_these_are_moved() {
    let mut chain = Chain::new(200);
    let positions = bench::pay::cast::contributors().len();
    let mut accounts = Accounts::new(positions);
    for round in 1..4 {
        let entry = |position: usize| {
            let score = (position as i32 * 37 - 200) * 100_000 * round;
            ScoreEntry { score, error: position as u32 * 1_000_000 }
        };
        let entries = (0..positions).map(entry).collect();
        let vector = Vector { entries, reach: 400_000_000, unresolved: Bitmap::new(1) };
        let settled = chain.settle(&[40 * OPEN, 2 * OPEN], &vector).expect("settled");
        accounts.settle(settled.pool, &vector).expect("within bounds");
        for (position, account) in settled.accounts.iter().enumerate() {
            let own = accounts.entry(position);
            assert_eq!((account.accrued, account.payable), (own.accrued, own.payable), "position {position}");
        }
    }
}

fn needs_a_model(name: &str) -> bool {
    name.contains("laundering") || ["outliers", "shadow model"].contains(&name)
}

#[test]
fn every_attack_of_the_suite_has_another_name_or_price_and_the_small_ones_are_among_all() {
    let key = |attack: &dyn Attack, prepared: &Prepared| (attack.name(), prepared.fee_uopen);
    let (ground, mut models) = (ground(), models());
    let mut keys = Vec::new();
    // Those that need no model: attacks that train one have a name of their own.
    for attack in suite::all().iter().filter(|attack| !needs_a_model(&attack.name())) {
        let mut attacker = Attacker { ground: &ground, models: &mut models, plan: FORTY };
        let prepared = attack.prepare(&mut attacker).expect("nothing to train");
        assert!(prepared.contributions.iter().all(|contribution| !contribution.items.is_empty()));
        keys.push(key(attack.as_ref(), &prepared));
    }
    let names: Vec<String> = suite::all().iter().map(|attack| attack.name()).collect();
    assert!(suite::small().iter().all(|attack| names.contains(&attack.name())));
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
    assert_eq!(models.count(), 0);
}

#[test]
fn who_is_careful_trains_on_no_shifted_copy_no_bought_label_and_no_junk() {
    let (ground, mut models) = (ground(), models());
    let care = [Precaution::Shifts, Precaution::Receipts, Precaution::Refusal, Precaution::Chance];
    let careful = Plan { care: Care::new(care), ..PLAN };
    let attacks: [&dyn Attack; 4] = [
        &Copies { likeness: Likeness::Moved, times: 3 },
        &Laundering::Bought,
        &Laundering::Disguised,
        &Junk::FlippedLabels,
    ];
    for attack in attacks {
        let played = play(&careful, &ground, &mut models, attack).expect("played");
        let left_out: Vec<(u64, u64)> = played.found.iter().map(|found| (found.left_out, found.items)).collect();
        assert!(left_out.iter().all(|(left_out, items)| left_out == items), "{}: {left_out:?}", attack.name());
        assert_eq!(played.income(), 0, "{}", attack.name());
    }
    let honest = play(&careful, &ground, &mut models, &Honest).expect("played");
    assert!(honest.income() > 0 && is_certain(honest.certainties[0]), "{:?}", honest.certainties);
    assert!(honest.found[0].left_out < 3, "{:?}", honest.found);
}

#[test]
fn who_turns_bad_does_so_half_way_and_with_wrong_labels() {
    let (ground, mut models) = (ground(), models());
    let prepared = TurnsBad
        .prepare(&mut Attacker { ground: &ground, models: &mut models, plan: FORTY })
        .expect("nothing to train");
    let [good, bad] = &prepared.contributions[..] else { panic!("two contributions") };
    assert_eq!((good.from, bad.from), (0, 20));
    assert!(
        bad.items.iter().zip(&ground.later).all(|(given, own)| given.pixels == own.pixels && given.label != own.label)
    );
    assert_eq!((good.items.len(), ground.honest[VICTIM].len()), (SIZE, SIZE));
    assert!(slot(9) < POSITIONS);
}
