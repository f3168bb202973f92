//! The damping procedure: repeatable, and of use.

use influence::Threads;
use influence::damping::{GRID, choose};
use influence::dataset::Examples;
use influence::train::train_members;

use crate::scenario::Scenario;

/// A third of the setting's items, to be quick.
fn third(items: &Examples) -> Examples {
    let mut third = Examples::new(items.width());
    for item in (0..items.len()).step_by(3) {
        third.push(items.row(item), items.labels()[item]).expect("the same width");
    }
    third
}

#[test]
fn the_choice_keeps_three_quarters_of_the_best_quality_and_repeats_on_any_number_of_threads() {
    let plan = Scenario::plan(1);
    let items = third(&Scenario::new(1, 100).items);
    let members = train_members(&plan, &items, Threads::new(2), &|_| ()).expect("trainable");
    let choice = choose(&plan, &members, &items, Threads::new(2), &|_| ()).expect("they fit");
    assert_eq!(choice.candidates.len(), GRID.len());
    let quality = |damping| choice.candidates.iter().find(|c| c.damping == damping).expect("a candidate").quality;
    assert!(choice.candidates.iter().all(|candidate| 0.75 * candidate.quality <= quality(choice.damping)));
    let smaller = choice.candidates.iter().filter(|candidate| candidate.damping < choice.damping);
    let best = choice.candidates.iter().map(|candidate| candidate.quality).fold(f64::MIN, f64::max);
    assert!(smaller.into_iter().all(|candidate| candidate.quality < 0.75 * best));
    assert!(quality(choice.damping) > 0.2, "predictions mean something: {:?}", choice.candidates);
    assert_eq!(choose(&plan, &members, &items, Threads::new(1), &|_| ()).expect("they fit"), choice);
}
