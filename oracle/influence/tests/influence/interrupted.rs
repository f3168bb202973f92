//! A computation that is cancelled or killed goes on where it was, and comes to the same bytes.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use influence::cache::{CacheError, Origin, load_or_compute, path};
use influence::dataset::Examples;
use influence::job::Progress;
use influence::manifest::{TrainingManifest, TrainingPlan};
use influence::mlp::{Architecture, Mlp};
use influence::report::{Evidence, Ownership, Receipt, ReportError, Thresholds, VersionEvidence, report, valuation};
use influence::score::{Preconditioned, ScoreError, key, precondition};
use influence::{Cancelled, Control, Job, Threads};
use rules::bitmap::Bitmap;

use crate::small;

const LAYERS: [usize; 4] = [4, 5, 6, 3];
const MEMBERS: usize = 3;
/// Two blocks of at most 1,024, the second of two pieces of 64.
const ITEMS: usize = 1100;
const BLOCKS: usize = 2 * MEMBERS;
/// Units of the curvature, and one panel of the factor.
const PREPARATION: u64 = 5 + 6 + 3 + 1;
/// Pieces of 64 items, and storing the block.
const FIRST_BLOCK: u64 = 16 + 1;
const SECOND_BLOCK: u64 = 2 + 1;
const MEMBER: u64 = PREPARATION + FIRST_BLOCK + SECOND_BLOCK;
const TOTAL: u64 = MEMBERS as u64 * MEMBER;

/// Tells a copy of this program where to compute, and after which step to die.
const CHILD: &str = "INFLUENCE_TEST_DIES_IN";

struct Version {
    manifest: TrainingManifest,
    members: Vec<Mlp>,
    items: Examples,
}

impl Version {
    fn new() -> Self {
        let seeds: Vec<u64> = (0..MEMBERS as u64).collect();
        let architecture = Architecture::new(&LAYERS).expect("a network");
        let members = seeds.iter().map(|&seed| Mlp::initial(architecture.clone(), seed)).collect();
        let plan = TrainingPlan { layers: LAYERS.to_vec(), ..TrainingPlan::digits(seeds) };
        Self { manifest: TrainingManifest::new(plan, 0.02), members, items: small::examples(ITEMS) }
    }

    fn load(&self, folder: &Path, job: &Job) -> Result<(Preconditioned, Origin), CacheError> {
        load_or_compute(folder, &self.manifest, &self.members, &self.items, job)
    }

    fn precondition(&self, job: &Job) -> Result<Preconditioned, ScoreError> {
        precondition(&self.manifest, &self.members, &self.items, job)
    }

    fn file(&self, folder: &Path, member: usize, block: usize) -> std::path::PathBuf {
        path(folder, &key(&self.manifest, &self.members, &self.items), member, block)
    }
}

fn job(threads: usize, control: &Control) -> Job {
    Job { threads: Threads::new(threads), control: control.clone() }
}

/// A control that cancels itself after a step.
fn cancelled_after(step: u64) -> Control {
    let handle: Arc<OnceLock<Control>> = Arc::default();
    let own = handle.clone();
    let control = Control::watched(move |progress| {
        if progress.done >= step {
            own.get().expect("set before the work begins").cancel();
        }
    });
    handle.set(control.clone()).expect("set once");
    control
}

/// Names and bytes of all files.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    let name = |path: &Path| path.file_name().expect("a file").to_string_lossy().into_owned();
    let mut files: Vec<_> = entries.map(|path| (name(&path), std::fs::read(&path).expect("readable"))).collect();
    files.sort();
    files
}

/// Folder and result of a computation that nobody disturbed.
fn undisturbed(version: &Version) -> (tempfile::TempDir, Preconditioned) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (result, origin) = version.load(folder.path(), &job(2, &Control::default())).expect("they fit");
    assert_eq!(origin, Origin::Computed { now: BLOCKS, before: 0 });
    (folder, result)
}

#[test]
fn cancelled_at_any_step_it_goes_on_from_there_to_the_same_bytes() {
    let version = Version::new();
    let (whole, expected) = undisturbed(&version);
    for (step, threads) in (0..TOTAL).step_by(5).zip([1, 2, 3].into_iter().cycle()) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let control = cancelled_after(step);
        let cancelled = version.load(folder.path(), &job(threads, &control));
        assert!(matches!(cancelled, Err(CacheError::Cancelled(Cancelled))), "step {step}: {cancelled:?}");
        let done = control.progress().done;
        assert!(done <= step.max(1) + threads as u64, "{done} steps were done though it was cancelled after {step}");
        let finished = files(folder.path()).len();
        let (result, origin) = version.load(folder.path(), &job(threads, &Control::default())).expect("they fit");
        assert_eq!(origin, Origin::Computed { now: BLOCKS - finished, before: finished }, "step {step}");
        assert!(finished >= 2 * (done / MEMBER) as usize, "what was finished is kept");
        assert_eq!(result, expected);
        assert_eq!(files(folder.path()), files(whole.path()));
    }
}

#[test]
fn cancelled_before_it_begins_it_does_nothing() {
    let version = Version::new();
    let control = Control::default();
    control.cancel();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let job = job(2, &control);
    assert!(matches!(version.load(folder.path(), &job), Err(CacheError::Cancelled(_))));
    assert!(matches!(version.precondition(&job), Err(ScoreError::Cancelled(_))));
    assert_eq!(control.progress().done, 0);
    assert!(files(folder.path()).is_empty());
}

/// After the first member, after a block of the second one, after the first step of the third, and all but at the end.
#[test]
fn killed_at_any_step_only_the_rest_is_computed() {
    let version = Version::new();
    if let Some(place) = std::env::var_os(CHILD) {
        let place = place.into_string().expect("UTF-8");
        let (step, folder) = place.split_once(' ').expect("step and folder");
        die_after(step.parse().expect("a number"), &version, Path::new(folder));
    }
    let (whole, expected) = undisturbed(&version);
    let in_second = MEMBER + PREPARATION + FIRST_BLOCK;
    for (step, before) in [(MEMBER, 2), (in_second, 3), (2 * MEMBER + 1, 4), (TOTAL - 1, 5)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = "interrupted::killed_at_any_step_only_the_rest_is_computed";
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args([own, "--exact"])
            .env(CHILD, format!("{step} {}", folder.path().display()))
            .output()
            .expect("it can be started");
        assert_eq!(child.status.code(), None, "it ended by itself: {child:?}");
        let (result, origin) = version.load(folder.path(), &job(1, &Control::default())).expect("they fit");
        assert_eq!(origin, Origin::Computed { now: BLOCKS - before, before }, "killed after step {step}");
        assert_eq!(result, expected);
        assert_eq!(files(folder.path()), files(whole.path()));
    }
}

/// Computes on one thread, and dies as by `kill -9` after a step: nothing is unwound or flushed.
fn die_after(step: u64, version: &Version, folder: &Path) -> ! {
    let control = Control::watched(move |progress| {
        if progress.done == step {
            std::process::abort();
        }
    });
    let result = version.load(folder, &job(1, &control));
    panic!("it should have died, and came to {:?}", result.map(|(_, origin)| origin))
}

#[test]
fn a_damaged_block_alone_is_computed_again() {
    let version = Version::new();
    let (folder, expected) = undisturbed(&version);
    let before = files(folder.path());
    let [damaged, other] = [(1, 1), (1, 0)].map(|(member, block)| version.file(folder.path(), member, block));
    let mut bytes = std::fs::read(&damaged).expect("just written");
    bytes[500] ^= 1;
    for damage in [bytes, Vec::new(), std::fs::read(&other).expect("just written")] {
        std::fs::write(&damaged, damage).expect("writable");
        let (result, origin) = version.load(folder.path(), &job(2, &Control::default())).expect("they fit");
        assert_eq!(origin, Origin::Computed { now: 1, before: BLOCKS - 1 });
        assert_eq!(result, expected);
        assert_eq!(files(folder.path()), before, "repaired");
    }
}

#[test]
fn progress_counts_up_to_the_total_and_never_beyond() {
    let version = Version::new();
    for threads in [1, 3] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for what in ["computed", "loaded", "one block missing"] {
            let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
            let heard = told.clone();
            let control = Control::watched(move |progress| heard.lock().expect("whole").push(progress));
            version.load(folder.path(), &job(threads, &control)).expect("they fit");
            assert_eq!(control.progress(), Progress { done: TOTAL, total: TOTAL }, "{what}");
            let mut told = told.lock().expect("whole").clone();
            told.sort_by_key(|progress| progress.done);
            assert!(told.windows(2).all(|pair| pair[0].done < pair[1].done), "{what}: each step is told once");
            assert!(told.iter().all(|progress| progress.total == TOTAL), "{what}");
            assert_eq!(told.last().map(|progress| progress.done), Some(TOTAL), "{what}");
            if what == "loaded" {
                std::fs::remove_file(version.file(folder.path(), 2, 0)).expect("it is there");
            }
        }
        let control = Control::default();
        version.precondition(&job(threads, &control)).expect("they fit");
        let unstored = TOTAL - BLOCKS as u64;
        assert_eq!(control.progress(), Progress { done: unstored, total: unstored });
    }
}

#[test]
fn a_report_can_be_watched_and_cancelled_at_any_step() {
    let version = Version::new();
    let preconditioned = version.precondition(&job(2, &Control::default())).expect("they fit");
    let ownership = Ownership { item_positions: (0..ITEMS as u32).map(|item| item % 4).collect(), positions: 4 };
    let queries = small::examples(80);
    let receipt = |query: usize| Receipt {
        net_fee_uopen: 5,
        prompt: [query as u8; 32],
        features: queries.row(query).to_vec(),
        served_label: queries.labels()[query],
    };
    let receipts: Vec<Receipt> = (0..queries.len()).map(receipt).collect();
    let versions = [VersionEvidence { preconditioned: &preconditioned, ownership: &ownership, receipts: &receipts }];
    let evidence = Evidence { versions: &versions, validation: &queries, strata: &[0; 80] };
    let thresholds = Thresholds { effective_prompts: 1.0, validation_examples: 1 };
    let run = |valued: bool, control: &Control| match valued {
        true => valuation(&evidence, thresholds, job(2, control)),
        false => report(&evidence, thresholds, Bitmap::new(0), job(2, control)),
    };
    for valued in [false, true] {
        let control = Control::default();
        let expected = run(valued, &control).expect("they fit");
        let Progress { done, total } = control.progress();
        assert!(done == total && done > 0);
        for step in 0..total {
            let control = cancelled_after(step);
            if step == 0 {
                control.cancel();
            }
            assert!(matches!(run(valued, &control), Err(ReportError::Cancelled(Cancelled))), "step {step}");
        }
        assert_eq!(run(valued, &Control::default()).expect("they fit"), expected);
    }
}
