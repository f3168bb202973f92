//! The claim itself: scores agree with what retraining without each contribution shows.

use influence::Threads;
use influence::damping;
use influence::dataset::Examples;
use influence::draws::Estimate;
use influence::manifest::TrainingManifest;
use influence::report::{Evidence, Ownership, Thresholds, VersionEvidence, report};
use influence::score::precondition;
use influence::statistics::spearman;
use influence::train::train_members;
use influence::truth::{EvaluationSet, TruthError, leave_one_out, seeds_from};
use rules::bitmap::Bitmap;

use crate::scenario::{NOISE, Scenario, WRONG_LABELS, paid_queries};

const DATA_SEED: u64 = 1;
const MEMBERS: u64 = 5;
const RECEIPTS: usize = 900;
const VALIDATION: usize = 360;
/// What the project demands of both correlations.
const AGREEMENT: f64 = 0.9;

#[test]
fn scores_agree_with_retraining_without_each_contribution() {
    let threads = Threads::available();
    let plan = Scenario::plan(MEMBERS);
    let mut scenario = Scenario::new(DATA_SEED, VALIDATION);
    let items = &scenario.items.clone();
    let members = train_members(&plan, items, threads, &|_| ()).expect("trainable");
    let choice = damping::choose(&plan, &members, items, threads, &|_| ()).expect("they fit");
    let receipts = scenario.receipts(&members, RECEIPTS);
    let Scenario { validation, ownership, .. } = &scenario;

    let manifest = TrainingManifest::new(plan.clone(), choice.damping);
    let preconditioned = precondition(&manifest, &members, items, threads).expect("they fit");
    let version = VersionEvidence { preconditioned: &preconditioned, ownership, receipts: &receipts };
    let evidence = Evidence { versions: &[version], validation, strata: &vec![0; validation.len()] };
    let outcome = report(&evidence, Thresholds::default(), Bitmap::new(0), threads).expect("they fit");
    let breakdown = outcome.breakdown;

    let (queries, fees) = paid_queries(&receipts);
    let sets = [EvaluationSet::weighted("paid", queries, fees), EvaluationSet::equal("validation", validation.clone())];
    let truth =
        leave_one_out(&plan, (items, ownership), &seeds_from(1000, 24), &sets, threads, &|_| ()).expect("trainable");

    let against = |estimates: &[Estimate], set: &str| {
        let values: Vec<f64> = estimates.iter().map(|estimate| estimate.value).collect();
        let truth = truth.set(set).expect("a set of this name");
        let agreement = spearman(&values, &truth.mean_effects()).expect("ten different values");
        println!("{set}: {agreement:.3}, truth with itself {:.3}", truth.ceiling().expect("24 seeds"));
        agreement
    };
    assert!(against(&breakdown.net, "paid") >= AGREEMENT);
    assert!(against(&breakdown.utility, "validation") >= AGREEMENT);

    let utility = |position: usize| breakdown.utility[position];
    assert!(utility(WRONG_LABELS).value + 4.0 * utility(WRONG_LABELS).error < 0.0, "wrong labels do proved harm");
    assert!(utility(NOISE).value.abs() < utility(WRONG_LABELS).value.abs() / 10.0, "noise does next to nothing");
    assert!(breakdown.usual_rule[WRONG_LABELS] > 0.2, "the usual rule pays wrong labels best");
}

/// Items 0 to 3 are of position 0 and show the rule, item 4 is of position 2 and contradicts it.
fn tiny() -> (Examples, Ownership) {
    let mut items = Examples::new(1);
    for (feature, label) in [(1.0, 1), (0.8, 1), (-1.0, 0), (-0.8, 0), (0.9, 0)] {
        items.push(&[feature], label).expect("1 feature");
    }
    (items, Ownership { item_positions: vec![0, 0, 0, 0, 2], positions: 3 })
}

#[test]
fn effects_are_positive_for_help_negative_for_harm_and_none_for_nothing() {
    let (items, ownership) = tiny();
    let plan = influence::manifest::TrainingPlan {
        layers: vec![1, 4, 2],
        batch: 5,
        ..influence::manifest::TrainingPlan::digits(vec![1])
    };
    let mut asked = Examples::new(1);
    asked.push(&[0.95], 1).expect("1 feature");
    asked.push(&[-0.95], 0).expect("1 feature");
    let doubled = EvaluationSet::weighted("doubled", asked.clone(), vec![2.0, 2.0]);
    let sets = [EvaluationSet::equal("asked", asked), doubled];
    let measure = |threads| {
        leave_one_out(&plan, (&items, &ownership), &seeds_from(1, 3), &sets, Threads::new(threads), &|_| ())
            .expect("trainable")
    };
    let truth = measure(1);
    let effects = truth.set("asked").expect("a set").mean_effects();
    assert!(effects[0] > 0.0 && effects[2] < 0.0, "{effects:?}");
    assert_eq!(effects[1], 0.0, "a position without items");
    assert_eq!(truth.set("doubled").expect("a set").effects, truth.sets[0].effects, "only relative weights count");
    assert_eq!(measure(2), truth);
    let kept = serde_json::to_string(&truth).expect("plain numbers");
    assert_eq!(serde_json::from_str::<influence::truth::Truth>(&kept).expect("as written"), truth);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (items, mut ownership) = tiny();
    let plan = Scenario::plan(1);
    let threads = Threads::new(1);
    let weightless = [EvaluationSet::weighted("none", items.clone(), vec![0.0; 5])];
    let refused = leave_one_out(&plan, (&items, &ownership), &[1], &weightless, threads, &|_| ());
    assert!(matches!(refused, Err(TruthError::Weights(name)) if name == "none"));
    ownership.positions = 2;
    let refused = leave_one_out(&plan, (&items, &ownership), &[1], &[], threads, &|_| ());
    assert!(matches!(refused, Err(TruthError::Ownership { items: 5, positions: 2 })));
}
