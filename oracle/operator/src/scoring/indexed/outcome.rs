//! What an index took and came to, for people and programs.

use std::time::Duration;

use comfy_table::Table;
use influence::{Threads, index::IndexManifest};
use serde::Serialize;

use super::super::{
    language::Language,
    matrix::Total,
    summary::{Damping, Size, totals_table},
};

/// A job and the commitment to all its outputs, in hexadecimal.
#[derive(Clone, Debug, Serialize)]
pub struct Root {
    pub(super) job: String,
    pub(super) root: String,
}

/// What a step took.
#[derive(Clone, Debug, Serialize)]
pub struct StepSpent {
    pub(super) step: &'static str,
    pub(super) tasks: u32,
    /// Tasks whose outputs were there before.
    pub(super) found: u32,
    /// Of the tasks that were done now, without reading and writing.
    pub(super) seconds: f64,
}

/// What was done with an index.
#[derive(Clone, Debug, Serialize)]
pub struct IndexSummary {
    #[serde(flatten)]
    size: Size,
    damping: f64,
    damping_from: String,
    threads: usize,
    /// Where it is kept.
    place: String,
    /// Numbers of a row.
    width: u32,
    index: Root,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<Root>,
    steps: Vec<StepSpent>,
    /// Of the items, for axes and rows together; where all rows were made now.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_per_second: Option<f64>,
    /// For the matrix, from rows that are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix_seconds: Option<f64>,
    contributions: Vec<Total>,
}

/// An index that is made.
pub(super) struct Made {
    place: String,
    width: u32,
    index: Root,
    scores: Option<Root>,
    steps: Vec<StepSpent>,
    matrix: Option<Duration>,
    totals: Vec<Total>,
}

impl Made {
    pub(super) fn new(place: &str, index: Root, manifest: &IndexManifest, steps: Vec<StepSpent>) -> Self {
        let width = manifest.row_width();
        Self { place: place.to_owned(), width, index, scores: None, steps, matrix: None, totals: Vec::new() }
    }

    /// With scores from it.
    pub(super) fn scored(self, scores: Root, matrix: Duration, totals: Vec<Total>) -> Self {
        Self { scores: Some(scores), matrix: Some(matrix), totals, ..self }
    }

    pub(super) fn summary(self, model: &Language, damping: Damping, threads: Threads) -> IndexSummary {
        let size = Size {
            items: model.items.len(),
            queries: model.queries.len(),
            tokens: Some(model.tokens()),
            members: None,
            weights: model.weights(),
            bytes_per_item: self.width as usize + 1,
        };
        IndexSummary {
            size,
            damping: damping.value,
            damping_from: damping.from,
            threads: threads.count(),
            tokens_per_second: speed(&self.steps, model.tokens()),
            place: self.place,
            width: self.width,
            index: self.index,
            scores: self.scores,
            steps: self.steps,
            matrix_seconds: self.matrix.map(|spent| spent.as_secs_f64()),
            contributions: self.totals,
        }
    }
}

/// Tokens a second over the steps that make rows, if all of those were done now.
fn speed(steps: &[StepSpent], tokens: usize) -> Option<f64> {
    let making = || steps.iter().filter(|spent| ["axes", "build"].contains(&spent.step));
    let seconds: f64 = making().map(|spent| spent.seconds).sum();
    (making().all(|spent| spent.found == 0) && seconds > 0.0).then(|| tokens as f64 / seconds)
}

impl IndexSummary {
    /// For people.
    pub fn table(&self) -> String {
        format!("{}{}\n{}", totals_table(&self.contributions), self.steps_table(), self.said())
    }

    fn steps_table(&self) -> Table {
        let mut table = Table::new();
        table.set_header(["step", "tasks", "found done", "seconds"]);
        for StepSpent { step, tasks, found, seconds } in &self.steps {
            table.add_row([(*step).to_owned(), tasks.to_string(), found.to_string(), format!("{seconds:.2}")]);
        }
        table
    }

    fn said(&self) -> String {
        let mut lines = vec![
            self.size.said(),
            format!("damping {:.6} ({})", self.damping, self.damping_from),
            format!("index in {}, root {}", self.place, self.index.root),
        ];
        lines.extend(self.scores.as_ref().map(|scores| format!("scores, root {}", scores.root)));
        let speed = self.tokens_per_second.map_or_else(String::new, |speed| format!(", {speed:.0} tokens/s"));
        let matrix = self.matrix_seconds.map_or_else(String::new, |seconds| format!(", matrix {seconds:.1} s"));
        let (bytes, threads) = (self.size.bytes_per_item, self.threads);
        lines.push(format!("{bytes} bytes per item{speed}{matrix} on {threads} threads"));
        lines.join("\n")
    }
}
