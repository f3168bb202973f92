//! Task A: digits, a small network, and what retraining on random halves of its training items shows.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use influence::Threads;
use influence::dataset::{Examples, LabelledImage, load_digits};
use influence::hex;
use influence::manifest::{Schedule, TrainingPlan};
use influence::mlp::Mlp;
use influence::train::{Run, train};
use sha2::{Digest, Sha256};

use crate::torch::Generator;

/// Training items.
pub const TRAINING: usize = 1000;
/// Test examples.
pub const TESTS: usize = 200;
/// Random halves of the training items.
pub const SUBSETS: usize = 100;
/// Models trained on each subset.
pub const SEEDS: usize = 5;
/// The first of their seeds; no method trains with one of them.
const FIRST_SEED: u64 = 1000;
/// torch's seed of the subsets.
const SUBSETS_SEED: u32 = 1;

/// What trains the models of the truth: when it changes, so does the truth.
const TRAINER: [&str; 5] = [
    include_str!("../../../oracle/influence/src/mlp.rs"),
    include_str!("../../../oracle/influence/src/network.rs"),
    include_str!("../../../oracle/compute/src/random.rs"),
    include_str!("../../../oracle/influence/src/sgd.rs"),
    include_str!("../../../oracle/influence/src/train.rs"),
];

/// The task's data.
pub struct Task {
    /// Training items.
    pub items: Examples,
    /// What the models are asked.
    pub tests: Examples,
    /// The items of each subset, in order.
    pub subsets: Vec<Vec<u32>>,
}

impl Task {
    /// The digits in the order of `torch.randperm(1797)` under `split_seed`, 0 in Task A: the first 1,000 to train on, the next 200 to test with. Subset `k`
    /// is the first half of the `k`th `torch.randperm(1000)` under seed 1.
    ///
    /// # Errors
    /// If the file cannot be read or has too few images.
    pub fn load(digits: &Path, split_seed: u32) -> Result<Self> {
        let images = load_digits(digits)?;
        ensure!(images.len() >= TRAINING + TESTS, "{} holds only {} images", digits.display(), images.len());
        let order = Generator::new(split_seed).permutation(u32::try_from(images.len())?);
        let (training, rest) = order.split_at(TRAINING);
        let examples = |order: &[u32]| -> Result<Examples> {
            let images: Vec<&LabelledImage> = order.iter().map(|&index| &images[index as usize]).collect();
            Ok(Examples::from_images(images)?)
        };
        let mut generator = Generator::new(SUBSETS_SEED);
        let subset = |_| {
            let mut half = generator.permutation(TRAINING as u32);
            half.truncate(TRAINING / 2);
            half.sort_unstable();
            half
        };
        let subsets = (0..SUBSETS).map(subset).collect();
        Ok(Self { items: examples(training)?, tests: examples(&rest[..TESTS])?, subsets })
    }

    /// The training that the task prescribes, for models of these seeds: a constant step size of 0.1.
    pub fn plan(seeds: Vec<u64>) -> TrainingPlan {
        TrainingPlan { schedule: Schedule::Constant, ..TrainingPlan::digits(seeds) }
    }

    /// Which items a subset keeps.
    pub fn keep(&self, subset: usize) -> Vec<bool> {
        let mut keep = vec![false; self.items.len()];
        self.subsets[subset].iter().for_each(|&item| keep[item as usize] = true);
        keep
    }

    fn subset_items(&self, subset: usize) -> Result<Examples> {
        let mut items = Examples::new(self.items.width());
        for &item in &self.subsets[subset] {
            items.push(self.items.row(item as usize), self.items.labels()[item as usize])?;
        }
        Ok(items)
    }

    /// Names the truth: data, subsets, plan, seeds, and the source of the trainer.
    fn key(&self) -> String {
        let mut hash = Sha256::new();
        for examples in [&self.items, &self.tests] {
            examples.features().iter().for_each(|feature| hash.update(feature.to_le_bytes()));
            examples.labels().iter().for_each(|label| hash.update(label.to_le_bytes()));
        }
        self.subsets.iter().flatten().for_each(|item| hash.update(item.to_le_bytes()));
        hash.update(Self::plan(seeds()).hash());
        TRAINER.iter().for_each(|source| hash.update(Sha256::digest(source)));
        let digest: [u8; 32] = hash.finalize().into();
        hex(&digest)
    }
}

fn seeds() -> Vec<u64> {
    (FIRST_SEED..FIRST_SEED + SEEDS as u64).collect()
}

/// Losses of the retrained models.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// `[subset][seed][test]`, in nats.
    losses: Vec<Vec<Vec<f64>>>,
}

impl Truth {
    /// The truth of `task`, from the file that an earlier run left in `folder`, else by 500 trainings.
    ///
    /// # Errors
    /// If a training fails or the folder cannot be written.
    pub fn load_or_train(task: &Task, folder: &Path, threads: Threads) -> Result<Self> {
        let path = folder.join(format!("truth-{}.f64", &task.key()[..32]));
        if let Some(truth) = std::fs::read(&path).ok().and_then(|bytes| Self::decode(&bytes)) {
            return Ok(truth);
        }
        let truth = Self::train(task, threads)?;
        truth.store(&path).with_context(|| format!("cannot keep the truth at {}", path.display()))?;
        Ok(truth)
    }

    /// The losses in a file of somebody else's trainings: `[subset][seed][test]`, little-endian f64.
    ///
    /// # Errors
    /// If the file cannot be read or has not that many numbers.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the truth at {}", path.display()))?;
        let size = SUBSETS * SEEDS * TESTS * size_of::<f64>();
        Self::decode(&bytes).with_context(|| format!("{} is not {size} bytes of finite losses", path.display()))
    }

    /// Trains on every subset as if it were all there is: 500 items in batches of 50.
    fn train(task: &Task, threads: Threads) -> Result<Self> {
        let runs: Vec<Run> = seeds().into_iter().map(Run::full).collect();
        let plan = Task::plan(seeds());
        let of_subset = |subset: usize| -> Result<Vec<Vec<f64>>> {
            let models = train(&plan, &task.subset_items(subset)?, &runs, Threads::new(1), &|_| ())?;
            models.iter().map(|model| losses(model, &task.tests)).collect()
        };
        Ok(Self { losses: spread(threads, SUBSETS, of_subset)? })
    }

    /// Mean over seeds of each test's loss: `[subset][test]`.
    pub fn mean_losses(&self) -> Vec<Vec<f64>> {
        let mean = |seeds: &Vec<Vec<f64>>| {
            (0..TESTS).map(|test| seeds.iter().map(|losses| losses[test]).sum::<f64>() / SEEDS as f64).collect()
        };
        self.losses.iter().map(mean).collect()
    }

    /// The losses of one seed: `[subset][test]`.
    pub fn of_seed(&self, seed: usize) -> Vec<Vec<f64>> {
        self.losses.iter().map(|seeds| seeds[seed].clone()).collect()
    }

    fn store(&self, path: &PathBuf) -> std::io::Result<()> {
        let bytes: Vec<u8> = self.losses.iter().flatten().flatten().flat_map(|loss| loss.to_le_bytes()).collect();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let partial = path.with_extension("partial");
        std::fs::write(&partial, bytes)?;
        std::fs::rename(partial, path)
    }

    /// `None` for another number of losses, or one that is not finite.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        if numbers.len() != SUBSETS * SEEDS * TESTS || !rest.is_empty() {
            return None;
        }
        let flat: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        if flat.iter().any(|loss| !loss.is_finite()) {
            return None;
        }
        let seeds = |subset: &[f64]| subset.chunks_exact(TESTS).map(<[f64]>::to_vec).collect();
        Some(Self { losses: flat.chunks_exact(SEEDS * TESTS).map(seeds).collect() })
    }
}

/// `−log p(label)` of each example.
fn losses(model: &Mlp, examples: &Examples) -> Result<Vec<f64>> {
    let log_probabilities = model.log_probabilities(examples)?;
    let rows = log_probabilities.chunks_exact(model.architecture().labels());
    Ok(rows.zip(examples.labels()).map(|(row, &label)| -f64::from(row[usize::from(label)])).collect())
}

/// `task(0), …` over threads, in order.
fn spread<T: Send>(threads: Threads, tasks: usize, task: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(tasks));
    std::thread::scope(|scope| {
        for _ in 0..threads.count().min(tasks) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= tasks {
                        break;
                    }
                    let result = task(index);
                    done.lock().expect("a panicking task ends the scope").push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all threads have ended");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/digits.csv.gz")
    }

    #[test]
    fn the_split_and_the_halves_are_torchs() {
        // bench/reference/torch_truth.py, torch 2.15.0: the first images of the order, and of the unsorted halves 0 and 99.
        let order = Generator::new(0).permutation(1797);
        assert_eq!(order[..8], [362, 1568, 1440, 1761, 815, 1792, 508, 660]);
        assert_eq!(order[1793..], [464, 1504, 80, 317]);
        let task = Task::load(&digits(), 0).expect("the committed digits");
        assert_eq!((task.items.len(), task.tests.len(), task.subsets.len()), (TRAINING, TESTS, SUBSETS));
        let images = load_digits(&digits()).expect("the committed digits");
        assert_eq!(task.items.row(1), images[1568].features());
        for (half, first) in [(0, [845, 303, 66, 436, 239]), (99, [939, 415, 65, 379, 149])] {
            let half = &task.subsets[half];
            assert_eq!(half.len(), TRAINING / 2);
            assert!(half.is_sorted() && first.iter().all(|item| half.binary_search(item).is_ok()));
        }
    }

    #[test]
    fn a_truth_is_read_back_and_a_damaged_one_is_not_believed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/truth.f64");
        let loss = |subset: usize, seed: usize, test: usize| (subset * 7 + seed * 3 + test) as f64 / 8.0;
        let seed = |subset: usize, seed: usize| (0..TESTS).map(|test| loss(subset, seed, test)).collect();
        let of_subset = |subset: usize| (0..SEEDS).map(|number| seed(subset, number)).collect();
        let truth = Truth { losses: (0..SUBSETS).map(of_subset).collect() };
        truth.store(&path).expect("writable");
        assert_eq!(Truth::load(&path).expect("as written"), truth);
        assert_eq!(truth.mean_losses()[1][2], (7.0 + 6.0 + 2.0) / 8.0);
        let mut bytes = std::fs::read(&path).expect("written");
        bytes[..8].copy_from_slice(&f64::NAN.to_le_bytes());
        std::fs::write(&path, &bytes).expect("writable");
        assert!(Truth::load(&path).is_err());
        std::fs::write(&path, &bytes[8..]).expect("writable");
        assert!(Truth::load(&path).is_err());
    }
}
