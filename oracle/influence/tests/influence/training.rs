//! Training is a function of plan, items and run, and of nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};

use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::TrainingPlan;
use influence::train::{Progress, Run, TrainError, adapt_members, train, train_members};

/// Two labels, told apart by the sign of the first feature; 30 items, so that batches of 8 leave a rest.
fn items() -> Examples {
    let mut items = Examples::new(3);
    for item in 0..30 {
        let sign = if item % 2 == 0 { 1.0 } else { -1.0 };
        let wobble = (item as f32 * 1.7).sin();
        items.push(&[sign * (0.5 + 0.1 * wobble), wobble, -wobble], item % 2).expect("3 features");
    }
    items
}

fn plan() -> TrainingPlan {
    TrainingPlan { layers: vec![3, 8, 2], epochs: 20, batch: 8, ..TrainingPlan::digits(vec![5, 6, 7]) }
}

#[test]
fn training_learns_what_the_items_show() {
    let members = train_members(&plan(), &items(), Threads::new(2), &|_| ()).expect("trainable");
    for member in &members {
        assert!(member.mean_loss(&items()).expect("they fit") < 0.1);
    }
}

#[test]
fn a_model_does_not_depend_on_its_company_or_on_threads() {
    let together = train_members(&plan(), &items(), Threads::new(1), &|_| ()).expect("trainable");
    let spread = train_members(&plan(), &items(), Threads::new(3), &|_| ()).expect("trainable");
    let alone = train(&plan(), &items(), &[Run::full(6)], Threads::new(1), &|_| ()).expect("trainable");
    assert_eq!(together, spread);
    assert_eq!(together[1], alone[0]);
}

#[test]
fn an_item_left_out_leaves_no_trace() {
    let keep: Vec<bool> = (0..30).map(|item| item % 5 != 0).collect();
    let (original, mut other) = (items(), Examples::new(3));
    for (item, &kept) in keep.iter().enumerate() {
        let (features, label) = if kept { (original.row(item), original.labels()[item]) } else { (&[9.0; 3][..], 1) };
        other.push(features, label).expect("3 features");
    }
    let run = [Run::keeping(5, keep.into())];
    let without = train(&plan(), &items(), &run, Threads::new(1), &|_| ()).expect("trainable");
    assert_eq!(without, train(&plan(), &other, &run, Threads::new(1), &|_| ()).expect("trainable"));
    assert_ne!(without, train(&plan(), &items(), &[Run::full(5)], Threads::new(1), &|_| ()).expect("trainable"));
}

#[test]
fn progress_counts_every_epoch_of_every_model() {
    let most = AtomicUsize::new(0);
    let on_progress = |progress: Progress| {
        assert_eq!(progress.total, 60);
        most.fetch_max(progress.done, Ordering::Relaxed);
    };
    train_members(&plan(), &items(), Threads::new(2), &on_progress).expect("trainable");
    assert_eq!(most.into_inner(), 60);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let threads = Threads::new(1);
    let short = [Run::keeping(5, vec![true; 29].into())];
    let refused = train(&plan(), &items(), &short, threads, &|_| ());
    assert!(matches!(refused, Err(TrainError::Keep { run: 0, found: 29, expected: 30 })));
    let nothing = train(&plan(), &Examples::new(3), &[Run::full(5)], threads, &|_| ());
    assert!(matches!(nothing, Err(TrainError::NoItems)));
    let wide = train(&plan(), &Examples::new(4), &[Run::full(5)], threads, &|_| ());
    assert!(matches!(wide, Err(TrainError::Model(_))));
    let wild = TrainingPlan { learning_rate: 1e30, ..plan() };
    let diverged = train(&wild, &items(), &[Run::full(5)], threads, &|_| ());
    assert!(matches!(diverged, Err(TrainError::Model(_))));
}

#[test]
fn an_adapter_starts_from_the_weights_that_its_plan_names() {
    let threads = Threads::new(1);
    let base = train_members(&plan(), &items(), threads, &|_| ()).expect("the base trains");
    // Steps of next to nothing: what comes out is where it began.
    let still = TrainingPlan { learning_rate: 1e-12, epochs: 1, seeds: vec![8, 9, 10, 11], ..plan() };
    let adapter = still.clone().starting_from(&base);
    let members = adapt_members(&adapter, &base, &items(), threads, &|_| ()).expect("the adapter trains");
    for (index, member) in members.iter().enumerate() {
        let start = base[index % base.len()].weights();
        assert!(member.weights().iter().zip(start).all(|(ours, theirs)| (ours - theirs).abs() < 1e-6), "{index}");
    }
    let other = adapt_members(&adapter, &base[1..], &items(), threads, &|_| ());
    assert!(matches!(other, Err(TrainError::Start { .. })), "another base");
    assert!(matches!(train_members(&adapter, &items(), threads, &|_| ()), Err(TrainError::Start { .. })), "no base");
    assert!(matches!(adapt_members(&still, &base, &items(), threads, &|_| ()), Err(TrainError::Start { .. })));
    assert_ne!(adapter.hash(), still.hash());
}
