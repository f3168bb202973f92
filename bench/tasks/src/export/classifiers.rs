//! Task A as files: networks, items, queries, halves.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::TrainingPlan;
use influence::mlp::{Architecture, Mlp};
use influence::train::train_members;
use serde_json::json;

use super::array;
use crate::digits::Task;

/// The folder of all networks, as `oracle score` and the peers read it.
pub fn models(folder: &Path) -> PathBuf {
    folder.join("model")
}

/// The folder of the first network alone.
pub fn first(folder: &Path) -> PathBuf {
    folder.join("model-first")
}

/// Writes networks trained as the task prescribes, one per seed from 0; what is there is not trained again.
///
/// # Errors
/// If training fails or the folder cannot be written.
pub fn write(task: &Task, count: u64, folder: &Path, threads: Threads) -> Result<()> {
    let plan = Task::plan((0..count).collect());
    let networks = networks(task, &plan, folder, threads)?;
    configuration(&plan, &models(folder))?;
    configuration(&plan, &first(folder))?;
    networks[0].save(&first(folder).join("model-0.safetensors"))?;
    examples(folder, &task.items, ["items", "labels"])?;
    examples(folder, &task.tests, ["queries", "query_labels"])?;
    let keep: Vec<u8> = (0..task.subsets.len()).flat_map(|subset| task.keep(subset)).map(u8::from).collect();
    array(&folder.join("keep.npy"), &[task.subsets.len(), task.items.len()], keep)?;
    log_probabilities(task, &networks, folder)
}

fn networks(task: &Task, plan: &TrainingPlan, folder: &Path, threads: Threads) -> Result<Vec<Mlp>> {
    let path = |seed: &u64| models(folder).join(format!("model-{seed}.safetensors"));
    let architecture = Architecture::new(&plan.layers)?;
    let kept: Result<Vec<Mlp>, _> =
        plan.seeds.iter().map(|seed| Mlp::load(architecture.clone(), &path(seed))).collect();
    if let Ok(kept) = kept {
        return Ok(kept);
    }
    let folder = models(folder);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
    let trained = train_members(plan, &task.items, threads, &|_| ())?;
    for (seed, network) in plan.seeds.iter().zip(&trained) {
        network.save(&path(seed))?;
    }
    Ok(trained)
}

fn configuration(plan: &TrainingPlan, folder: &Path) -> Result<()> {
    let config = json!({
        "model_type": "mlp",
        "layers": plan.layers,
        "activation": "relu",
        "weight_decay": plan.weight_decay,
        "training": {
            "epochs": plan.epochs,
            "batch": plan.batch,
            "learning_rate": plan.learning_rate,
            "schedule": plan.schedule,
            "momentum": plan.momentum,
        },
    });
    std::fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    let path = folder.join("config.json");
    std::fs::write(&path, format!("{config:#}\n")).with_context(|| format!("cannot write {}", path.display()))
}

fn examples(folder: &Path, examples: &Examples, [features, labels]: [&str; 2]) -> Result<()> {
    let path = |name: &str| folder.join(format!("{name}.npy"));
    array(&path(features), &[examples.len(), examples.width()], examples.features().to_vec())?;
    let values: Vec<i64> = examples.labels().iter().map(|label| i64::from(*label)).collect();
    array(&path(labels), &[examples.len()], values)
}

/// What the networks say of the queries: `log_probabilities.npy`, `[models, queries, labels]`.
fn log_probabilities(task: &Task, networks: &[Mlp], folder: &Path) -> Result<()> {
    let said = networks.iter().map(|network| network.log_probabilities(&task.tests)).collect::<Result<Vec<_>, _>>()?;
    let shape = [networks.len(), task.tests.len(), networks[0].architecture().labels()];
    array(&folder.join("log_probabilities.npy"), &shape, said.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::read;

    #[test]
    fn a_task_is_written_once_and_its_networks_are_not_trained_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/digits.csv.gz");
        let task = Task::load(&digits, 0).expect("the committed digits");
        let write = || write(&task, 2, folder.path(), Threads::new(2)).expect("it can be written");
        let weights = || std::fs::read(models(folder.path()).join("model-1.safetensors")).expect("it was written");
        write();
        let (shape, values) = read(&folder.path().join("items.npy")).expect("it was written");
        assert_eq!((shape, values.as_slice()), (vec![1000, 64], task.items.features()));
        let (shape, _) = read(&folder.path().join("log_probabilities.npy")).expect("it was written");
        assert_eq!(shape, [2, 200, 10]);
        let changed = Mlp::initial(Architecture::new(&[64, 32, 10]).expect("a network"), 9);
        changed.save(&models(folder.path()).join("model-1.safetensors")).expect("writable");
        let own = weights();
        write();
        assert_eq!(own, weights(), "what is there stays");
    }
}
