//! The cache gives back what was computed, or computes again; it never gives anything else.

use std::path::Path;

use influence::Threads;
use influence::cache::{Origin, load_or_compute, path};
use influence::dataset::Examples;
use influence::manifest::{TrainingManifest, TrainingPlan};
use influence::mlp::Mlp;
use influence::score::{Preconditioned, key, precondition};

use crate::small;

/// One member of few items is one block.
const COMPUTED: Origin = Origin::Computed { now: 1, before: 0 };

fn manifest() -> TrainingManifest {
    let plan = TrainingPlan { layers: vec![4, 5, 6, 3], ..TrainingPlan::digits(vec![1]) };
    TrainingManifest::new(plan, 0.02)
}

fn load(folder: &Path, model: &Mlp, items: &Examples) -> (Preconditioned, Origin) {
    load_or_compute(folder, &manifest(), std::slice::from_ref(model), items, Threads::new(1)).expect("they fit")
}

#[test]
fn the_second_time_is_loaded_and_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path().join("made when needed");
    let (model, items) = small::network_and_examples();
    let (computed, first) = load(&folder, &model, &items);
    let (loaded, second) = load(&folder, &model, &items);
    assert_eq!((first, second), (COMPUTED, Origin::Loaded));
    assert_eq!(loaded, computed);
    let direct = precondition(&manifest(), &[model], &items, Threads::new(2)).expect("they fit");
    assert_eq!(loaded, direct);
}

#[test]
fn any_damaged_byte_or_length_is_noticed_and_repaired() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (model, items) = small::network_and_examples();
    let (computed, _) = load(folder.path(), &model, &items);
    let file = path(folder.path(), &key(&manifest(), std::slice::from_ref(&model), &items), 0, 0);
    let bytes = std::fs::read(&file).expect("just written");
    let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), bytes[..40].to_vec(), bytes[..bytes.len() - 1].to_vec()];
    damaged.push([bytes.as_slice(), &[0]].concat());
    for position in [0, 20, 50, 60, 68, 76, 100, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        damaged.push(changed);
    }
    for damaged in damaged {
        std::fs::write(&file, &damaged).expect("writable");
        let (again, origin) = load(folder.path(), &model, &items);
        assert_eq!(origin, COMPUTED, "a file of {} bytes was believed", damaged.len());
        assert_eq!(again, computed);
        assert_eq!(std::fs::read(&file).expect("repaired"), bytes);
    }
}

#[test]
fn another_versions_file_is_not_taken_for_this_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (model, items) = small::network_and_examples();
    load(folder.path(), &model, &items);
    let mut weights = model.weights().to_vec();
    weights[0] += 0.25;
    let other = Mlp::from_weights(model.architecture().clone(), weights).expect("all weights");
    let [of_model, of_other] =
        [&model, &other].map(|model| path(folder.path(), &key(&manifest(), std::slice::from_ref(model), &items), 0, 0));
    std::fs::rename(of_model, of_other).expect("writable");
    assert_eq!(load(folder.path(), &other, &items).1, COMPUTED);
}
