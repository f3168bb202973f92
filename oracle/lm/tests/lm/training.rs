//! What a training promises: the same bytes however it is run, and whatever stopped it.

use candle_core::{DType, Tensor};
use compute::{Job, Threads};
use lm::lora::{Adapter, LoraConfig};
use lm::model::Model;
use lm::optimizer::AdamW;
use lm::pack::TokenItem;
use lm::train::{Checkpoint, CheckpointError, Course, TrainError, Trainer, TrainingPlan};
use lm::weights::{Projection, Weights};

use crate::small;

fn plan() -> TrainingPlan {
    let optimizer = AdamW { learning_rate: 2e-2, ..AdamW::default() };
    TrainingPlan { epochs: 6, items_per_step: 4, block_length: 8, blocks_at_once: 1, optimizer, seed: 3 }
}

/// Counting sequences, which a model can learn.
fn items() -> Vec<TokenItem> {
    (0..10).map(|first| TokenItem::whole((0..9).map(|place| (first + place) % 11).collect())).collect()
}

fn fresh() -> Model {
    Model::new(Weights::initial(&small::config(true), 1).expect("a model"))
}

fn run(trainer: &mut Trainer<'_>, threads: usize) -> Vec<f64> {
    let job = Job::from(Threads::new(threads));
    std::iter::from_fn(|| trainer.next(&job).expect("a step")).map(|step| step.loss).collect()
}

fn values(model: &Model) -> Vec<Vec<f32>> {
    let flat =
        |tensor: &Tensor| tensor.flatten_all().and_then(|flat| flat.to_dtype(DType::F32)?.to_vec1()).expect("plain");
    model.trainable().iter().map(flat).collect()
}

#[test]
fn a_model_learns_what_can_be_learned() {
    let (plan, items) = (plan(), items());
    let mut trainer = Trainer::new(Course { plan: &plan, items: &items, keep: None }, fresh()).expect("usable");
    let losses = run(&mut trainer, 2);
    assert_eq!(losses.len(), 18);
    assert!(losses[17] < 0.7 * losses[0], "{losses:?}");
}

#[test]
fn an_adapter_learns_and_leaves_its_base_alone() {
    let (plan, items) = (plan(), items());
    let lora = LoraConfig::new(4, 8.0, &Projection::ALL);
    let base = fresh();
    let adapter = Adapter::initial(&lora, base.config(), 2).expect("an adapter");
    let model = Model::adapted(base.weights().clone(), adapter);
    let mut trainer = Trainer::new(Course { plan: &plan, items: &items, keep: None }, model).expect("usable");
    let losses = run(&mut trainer, 1);
    assert!(losses[17] < losses[0] - 0.01, "{losses:?}");
    assert_eq!(values(&Model::new(trainer.model().weights().clone())), values(&base));
}

#[test]
fn one_thread_and_three_give_the_same_bytes() {
    let (plan, items) = (plan(), items());
    let course = Course { plan: &plan, items: &items, keep: None };
    let trained = |threads| {
        let mut trainer = Trainer::new(course, fresh()).expect("usable");
        run(&mut trainer, threads);
        values(trainer.model())
    };
    assert_eq!(trained(1), trained(3));
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_bytes() {
    let (plan, items) = (plan(), items());
    let course = Course { plan: &plan, items: &items, keep: None };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.safetensors");
    let job = Job::from(Threads::new(2));
    let mut whole = Trainer::new(course, fresh()).expect("usable");
    let mut stopped = Trainer::new(course, fresh()).expect("usable");
    for _ in 0..7 {
        stopped.next(&job).expect("a step");
    }
    stopped.save(&path).expect("saved");
    drop(stopped);
    let mut again = Trainer::new(course, fresh()).expect("usable");
    assert!(again.resume(&path).expect("of this training"));
    assert_eq!(again.done(), 7);
    run(&mut again, 1);
    run(&mut whole, 2);
    assert_eq!(values(again.model()), values(whole.model()));
}

#[test]
fn the_checkpoint_of_another_training_is_refused() {
    let (plan, items) = (plan(), items());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.safetensors");
    Trainer::new(Course { plan: &plan, items: &items, keep: None }, fresh())
        .expect("usable")
        .save(&path)
        .expect("saved");
    let fewer = Course { plan: &plan, items: &items[1..], keep: None };
    let refused = Trainer::new(fewer, fresh()).expect("usable").resume(&path);
    assert!(matches!(refused, Err(CheckpointError::Other(_))), "{refused:?}");
}

#[test]
fn the_checkpoint_of_a_training_that_began_elsewhere_is_refused() {
    let (plan, items) = (plan(), items());
    let course = Course { plan: &plan, items: &items, keep: None };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.safetensors");
    Trainer::new(course, fresh()).expect("usable").save(&path).expect("saved");
    let elsewhere = Model::new(Weights::initial(&small::config(true), 2).expect("a model"));
    let refused = Trainer::new(course, elsewhere).expect("usable").resume(&path);
    assert!(matches!(refused, Err(CheckpointError::Other(_))), "{refused:?}");
}

#[test]
fn notes_come_back_with_the_step_that_they_were_made_at() {
    let (plan, items) = (plan(), items());
    let course = Course { plan: &plan, items: &items, keep: None };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("checkpoint.safetensors");
    assert!(Checkpoint::find(&path).expect("there is none").is_none());
    let mut trainer = Trainer::new(course, fresh()).expect("usable");
    for notes in [&b"before"[..], b"after"] {
        trainer.save_with(&path, notes).expect("saved");
        let found = Checkpoint::find(&path).expect("it can be read").expect("it is there");
        assert_eq!(found.notes(), notes);
        trainer.go_on(&found).expect("of this training");
        trainer.next(&Job::from(Threads::new(1))).expect("a step");
    }
    assert_eq!(trainer.done(), 2);
    trainer.save(&path).expect("saved");
    assert_eq!(Checkpoint::find(&path).expect("it can be read").expect("it is there").notes(), b"");
}

#[test]
fn items_that_are_left_out_have_no_part_in_the_model() {
    let (plan, items) = (plan(), items());
    let keep: Vec<bool> = (0..items.len()).map(|index| index % 3 > 0).collect();
    let trained = |items: &[TokenItem]| {
        let mut trainer = Trainer::new(Course { plan: &plan, items, keep: Some(&keep) }, fresh()).expect("usable");
        run(&mut trainer, 1);
        values(trainer.model())
    };
    let mut others = items.clone();
    others.iter_mut().step_by(3).for_each(|item| item.tokens.reverse());
    assert_eq!(trained(&items), trained(&others));
    let none = vec![false; items.len()];
    let refused = Trainer::new(Course { plan: &plan, items: &items, keep: Some(&none) }, fresh());
    assert!(matches!(refused.err(), Some(TrainError::NoItems)));
}
