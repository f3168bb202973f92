//! The cache's folder keeps within its limit, and loses what was used least recently.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use influence::cache::{Origin, Pruned, load_or_compute, path, prune};
use influence::manifest::{TrainingManifest, TrainingPlan};
use influence::{Digest, Threads};

use crate::small;

/// Bytes of one version: two members of one block of 12 items and 82 parameters.
const VERSION_BYTES: u64 = 2 * (16 + 32 + 32 + 4 * 12 * 82 + 32);

/// A version that differs from others by its damping; its key, and whether it was loaded.
fn load(folder: &Path, number: u32) -> (Digest, Origin) {
    let (model, items) = small::network_and_examples();
    let plan = TrainingPlan { layers: vec![4, 5, 6, 3], ..TrainingPlan::digits(vec![1, 2]) };
    let manifest = TrainingManifest::new(plan, 0.01 * f64::from(number + 1));
    let (preconditioned, origin) =
        load_or_compute(folder, &manifest, &[model.clone(), model], &items, Threads::new(1)).expect("they fit");
    (*preconditioned.key(), origin)
}

/// Versions 0 to 3, last used an hour apart, the last one an hour ago.
fn four(folder: &Path) -> [Digest; 4] {
    [0, 1, 2, 3].map(|number| {
        let (key, _) = load(folder, number);
        let used = SystemTime::now() - Duration::from_secs(3600 * u64::from(4 - number));
        for member in [0, 1] {
            let file = File::options().append(true).open(path(folder, &key, member, 0)).expect("just written");
            file.set_modified(used).expect("it is ours");
        }
        key
    })
}

/// Which of the versions are still there.
fn left(folder: &Path, keys: &[Digest]) -> Vec<usize> {
    let is_there = |version: &usize| path(folder, &keys[*version], 0, 0).exists();
    (0..keys.len()).filter(is_there).collect()
}

#[test]
fn within_its_limit_nothing_is_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = four(folder.path());
    let bytes = 4 * VERSION_BYTES;
    let pruned = prune(folder.path(), bytes, &[]).expect("it can be read");
    assert_eq!(pruned, Pruned { files: 0, bytes: 0, left: bytes });
    assert_eq!(left(folder.path(), &keys), [0, 1, 2, 3]);
}

#[test]
fn what_was_used_least_recently_goes_first_and_as_a_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = four(folder.path());
    assert_eq!(load(folder.path(), 0).1, Origin::Loaded, "which counts as a use");
    let pruned = prune(folder.path(), 3 * VERSION_BYTES - 1, &[]).expect("it can be read");
    assert_eq!(pruned, Pruned { files: 4, bytes: 2 * VERSION_BYTES, left: 2 * VERSION_BYTES });
    assert_eq!(left(folder.path(), &keys), [0, 3]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 4);
}

#[test]
fn what_is_in_use_stays_whatever_it_takes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = four(folder.path());
    let pruned = prune(folder.path(), VERSION_BYTES, &[keys[0], keys[2]]).expect("it can be read");
    assert_eq!(pruned.left, 2 * VERSION_BYTES);
    assert_eq!(left(folder.path(), &keys), [0, 2]);
}

#[test]
fn what_a_killed_process_left_half_written_goes_too_but_other_files_stay() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = four(folder.path());
    let block = path(folder.path(), &keys[3], 0, 1);
    let name = block.file_name().expect("a file").to_string_lossy();
    let half_written = folder.path().join(format!("{name}.0-7.partial"));
    let foreign = folder.path().join("truth.json");
    for file in [&half_written, &foreign] {
        std::fs::write(file, [1; 100]).expect("writable");
    }
    let pruned = prune(folder.path(), VERSION_BYTES, &[keys[3]]).expect("it can be read");
    assert_eq!(pruned.left, VERSION_BYTES);
    assert_eq!(left(folder.path(), &keys), [3]);
    assert!(!half_written.exists() && foreign.exists());
}

#[test]
fn a_folder_that_does_not_exist_is_empty() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pruned = prune(&folder.path().join("none"), 0, &[]).expect("nothing to remove");
    assert_eq!(pruned, Pruned::default());
}
