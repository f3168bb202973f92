//! What methods left: a matrix each, and how it was computed; and how well each ranks what retraining showed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::task::{Name, Task};
use crate::export;

/// One matrix of influences.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// On which task.
    pub task: Name,
    /// "ours", or a library's name.
    pub peer: String,
    /// What was computed.
    pub method: String,
    /// The damping of this run; a method is run with several.
    pub damping: String,
    /// Whether it has the method's best score.
    pub best: bool,
    /// Mean over queries of Spearman's correlation over halves.
    pub lds: f64,
    /// Ends of its 95 % interval; of the best alone.
    pub low: Option<f64>,
    /// See `low`.
    pub high: Option<f64>,
    /// Wall seconds, imports and loading left out.
    pub seconds: f64,
    /// Processor seconds.
    pub cpu_seconds: f64,
    /// Peak of resident memory.
    pub peak_mib: u64,
    /// What is kept of an item between curvature and queries.
    pub bytes_per_item: u64,
    #[serde(skip)]
    influence: Vec<Vec<f64>>,
}

/// The file beside a matrix.
#[derive(Deserialize)]
struct About {
    peer: String,
    method: String,
    damping: Value,
    seconds: Seconds,
    cpu_seconds: f64,
    peak_mib: u64,
    bytes_per_item: u64,
}

#[derive(Deserialize)]
struct Seconds {
    total: f64,
}

/// Everything in a task's folder of scores, best first; the best of each method has its interval.
///
/// # Errors
/// Names the file that cannot be used.
pub fn all(task: &Task) -> Result<Vec<Outcome>> {
    let folder = task.scores();
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut outcomes = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.extension().is_some_and(|ending| ending == "npy") {
            outcomes.push(one(task, &path)?);
        }
    }
    outcomes.sort_by(|left, right| right.lds.total_cmp(&left.lds).then_with(|| left.damping.cmp(&right.damping)));
    mark_best(&mut outcomes);
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.best) {
        let score = task.measured.score(&outcome.influence);
        (outcome.low, outcome.high) = (Some(score.low), Some(score.high));
    }
    Ok(outcomes)
}

fn one(task: &Task, path: &Path) -> Result<Outcome> {
    let (shape, values) = export::read(path)?;
    let [queries, items] = [task.measured.losses[0][0].len(), task.measured.halves[0].len()];
    ensure!(shape == [queries, items], "{} is {shape:?}, not [{queries}, {items}]: remove it", path.display());
    let influence: Vec<Vec<f64>> =
        values.chunks_exact(items).map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect();
    let beside = path.with_extension("json");
    let bytes = fs::read(&beside).with_context(|| format!("cannot read {}", beside.display()))?;
    let about: About =
        serde_json::from_slice(&bytes).with_context(|| format!("{} cannot be used", beside.display()))?;
    Ok(Outcome {
        task: task.name,
        peer: about.peer,
        method: about.method,
        damping: shown(&about.damping),
        best: false,
        lds: task.measured.correlation(&influence),
        low: None,
        high: None,
        seconds: about.seconds.total,
        cpu_seconds: about.cpu_seconds,
        peak_mib: about.peak_mib,
        bytes_per_item: about.bytes_per_item,
        influence,
    })
}

fn shown(damping: &Value) -> String {
    match damping {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Marks the first of each method.
fn mark_best(sorted: &mut [Outcome]) {
    for index in 0..sorted.len() {
        let (before, rest) = sorted.split_at_mut(index);
        let own = &mut rest[0];
        own.best = before.iter().all(|other| (&other.peer, &other.method) != (&own.peer, &own.method));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{plot, table};
    use super::*;
    use crate::measured::Measured;

    /// Three items, of which each half keeps some; losses fall by 3, 2 and 1 for the items kept.
    fn task(folder: PathBuf) -> Task {
        let halves: Vec<Vec<bool>> =
            (1..7).map(|half: u32| (0..3).map(|item| half >> item & 1 == 1).collect()).collect();
        let loss = |half: &Vec<bool>| -> f64 {
            half.iter().zip([3.0, 2.0, 1.0]).map(|(kept, worth)| if *kept { -worth } else { 0.0 }).sum()
        };
        let losses = vec![halves.iter().map(|half| vec![loss(half)]).collect()];
        Task { name: Name::A, folder, measured: Measured { halves, losses }, training_speed: 1.0 }
    }

    fn leave(task: &Task, name: &str, damping: &str, influence: [f32; 3]) {
        fs::create_dir_all(task.scores()).expect("writable");
        export::array(&task.scores().join(format!("{name}.npy")), &[1, 3], influence.to_vec()).expect("writable");
        let seconds = r#"{"prepare": 1.0, "score": 0.5, "total": 1.5}"#;
        let about = format!(
            r#"{{"peer": "one", "method": "{}", "damping": {damping}, "seconds": {seconds}, "cpu_seconds": 2.0, "peak_mib": 7, "bytes_per_item": 4}}"#,
            &name[..1]
        );
        fs::write(task.scores().join(format!("{name}.json")), about).expect("writable");
    }

    #[test]
    fn the_best_damping_of_every_method_is_marked_and_has_its_interval() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let task = task(folder.path().to_path_buf());
        leave(&task, "a-right", "0.1", [3.0, 2.0, 1.0]);
        leave(&task, "a-wrong", "\"none\"", [-3.0, -2.0, -1.0]);
        leave(&task, "b-other", "null", [1.0, 2.0, 3.0]);
        let outcomes = all(&task).expect("they can be read");
        let said: Vec<(&str, &str, bool)> =
            outcomes.iter().map(|one| (one.method.as_str(), one.damping.as_str(), one.best)).collect();
        assert_eq!(said, [("a", "0.1", true), ("b", "–", true), ("a", "none", false)]);
        assert_eq!((outcomes[0].lds, outcomes[2].lds), (1.0, -1.0));
        assert!(outcomes[0].high == Some(1.0) && outcomes[2].low.is_none());
        let (shown, drawn) = (table::table(&outcomes), plot::draw(&outcomes, &[Name::A]).expect("it can be drawn"));
        assert!(shown.contains("1.000") && !shown.contains("none"), "{shown}");
        assert!(drawn.contains("one: a") && drawn.contains("one: b") && drawn.starts_with("<svg"));
    }

    #[test]
    fn a_matrix_of_other_items_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let task = task(folder.path().to_path_buf());
        leave(&task, "a", "1", [1.0; 3]);
        export::array(&task.scores().join("a.npy"), &[1, 2], vec![1f32; 2]).expect("writable");
        let error = all(&task).expect_err("two items are not three");
        assert!(error.to_string().contains("a.npy") && error.to_string().contains("[1, 2]"), "{error}");
    }
}
