//! Whatever lies where an output should is found out.

use std::fs;
use std::path::PathBuf;

use compute::{Job, Threads};
use shards::seal::{self, SealError};
use shards::{JobId, RunError, Store, StoreError, TaskId, run, verify};

use super::arithmetic::{Arithmetic, JOB, plan};

fn task() -> TaskId {
    TaskId { job: JobId([3; 32]), step: "build".to_owned(), shard: 4 }
}

struct Folder {
    kept: tempfile::TempDir,
    store: Store,
}

impl Folder {
    fn new() -> Self {
        let kept = tempfile::tempdir().expect("a folder");
        let store = Store::in_folder(&kept.path().join("outputs")).expect("a store");
        Self { kept, store }
    }

    fn file(&self, task: &TaskId) -> PathBuf {
        self.kept.path().join("outputs").join(task.object())
    }

    /// Changes an output on the disk.
    fn tamper(&self, task: &TaskId, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.file(task)).expect("an output");
        change(&mut bytes);
        // Not in place: the file may be mapped.
        fs::remove_file(self.file(task)).expect("removable");
        fs::write(self.file(task), bytes).expect("writable");
    }

    fn found(&self) -> SealError {
        match self.store.get(&task()) {
            Err(StoreError::False { source, .. }) => source,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_output_is_read_back_and_written_once() {
    let folder = Folder::new();
    assert!(folder.store.get(&task()).expect("readable").is_none());
    let hash = folder.store.put(&task(), b"rows".to_vec()).expect("written");
    let there = folder.store.need(&task()).expect("there");
    assert_eq!((there.payload(), there.hash()), (&b"rows"[..], hash));
    assert_eq!(folder.store.put(&task(), b"rows".to_vec()).expect("the same"), hash);
}

#[test]
fn another_output_of_the_same_task_is_an_error_that_names_both() {
    let folder = Folder::new();
    folder.store.put(&task(), b"rows".to_vec()).expect("written");
    let error = folder.store.put(&task(), b"rowz".to_vec()).expect_err("different");
    let StoreError::Different { there, computed, .. } = error else { panic!("{error}") };
    let hex =
        |payload: &[u8]| seal::hash(&task(), payload).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!((there, computed), (hex(b"rows"), hex(b"rowz")));
    assert_eq!(folder.store.need(&task()).expect("there").payload(), b"rows");
}

#[test]
fn every_way_in_which_an_object_is_no_output_is_told() {
    let folder = Folder::new();
    let sealed = |change: fn(&mut Vec<u8>)| {
        let _ = fs::remove_file(folder.file(&task()));
        folder.store.put(&task(), b"some rows".to_vec()).expect("written");
        folder.tamper(&task(), change);
        folder.found()
    };
    assert_eq!(sealed(|bytes| bytes.clear()), SealError::Short { bytes: 0 });
    assert_eq!(sealed(|bytes| bytes.truncate(20)), SealError::Short { bytes: 20 });
    assert_eq!(sealed(|bytes| bytes[1] ^= 1), SealError::Magic);
    assert_eq!(sealed(|bytes| bytes[50] = 1), SealError::Reserved);
    assert_eq!(sealed(|bytes| bytes.truncate(70)), SealError::Length { found: 6, expected: 9 });
    assert_eq!(sealed(|bytes| bytes.push(0)), SealError::Length { found: 10, expected: 9 });
    assert!(matches!(sealed(|bytes| bytes[66] ^= 1), SealError::Hash { .. }));
    assert!(matches!(sealed(|bytes| bytes[20] ^= 1), SealError::Hash { .. }));
}

#[test]
fn an_output_under_another_tasks_name_is_found_out() {
    let folder = Folder::new();
    let other = TaskId { shard: 5, ..task() };
    folder.store.put(&task(), b"rows".to_vec()).expect("written");
    fs::copy(folder.file(&task()), folder.file(&other)).expect("copied");
    assert!(matches!(folder.store.get(&other), Err(StoreError::False { source: SealError::Hash { .. }, .. })));
}

#[test]
fn a_job_does_not_go_on_over_a_false_output() {
    let folder = Folder::new();
    let job = Job::from(Threads::new(2));
    run(&plan(), &Arithmetic::default(), &folder.store, &job).expect("finished");
    let sum = TaskId { job: JOB, step: "sum".to_owned(), shard: 0 };
    folder.tamper(&sum, |bytes| bytes[65] ^= 1);
    let error = run(&plan(), &Arithmetic::default(), &folder.store, &job).expect_err("false");
    assert!(matches!(error, RunError::Store(StoreError::False { object, .. }) if object == sum.object()));
}

#[test]
fn doing_all_tasks_again_finds_an_output_that_is_whole_and_wrong() {
    let folder = Folder::new();
    let job = Job::from(Threads::new(2));
    let finished = run(&plan(), &Arithmetic::default(), &folder.store, &job).expect("finished");
    assert_eq!(verify(&plan(), &Arithmetic::default(), &folder.store, &job).expect("right"), finished);
    let sum = TaskId { job: JOB, step: "sum".to_owned(), shard: 0 };
    fs::remove_file(folder.file(&sum)).expect("removable");
    folder.store.put(&sum, 34u64.to_le_bytes().to_vec()).expect("written");
    let error = verify(&plan(), &Arithmetic::default(), &folder.store, &job).expect_err("wrong");
    assert!(matches!(error, RunError::Store(StoreError::Different { object, .. }) if object == sum.object()));
}

#[test]
fn another_program_over_the_same_job_is_found_out() {
    let folder = Folder::new();
    let job = Job::from(Threads::new(1));
    run(&plan(), &Arithmetic::default(), &folder.store, &job).expect("finished");
    let other = Arithmetic { offset: 1, ..Arithmetic::default() };
    let error = verify(&plan(), &other, &folder.store, &job).expect_err("another program");
    assert!(matches!(error, RunError::Store(StoreError::Different { .. })));
}
