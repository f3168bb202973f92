//! What a person sees while long steps run: one line per step, with a bar where the end is known.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use report::data::Timing;
use std::sync::Mutex;

/// Shows steps and remembers how long they took.
pub struct Progress {
    visible: bool,
    timings: Mutex<Vec<Timing>>,
}

impl Progress {
    /// Shows steps on the terminal.
    pub fn visible() -> Self {
        Self { visible: true, timings: Mutex::new(Vec::new()) }
    }

    /// Shows nothing.
    pub fn hidden() -> Self {
        Self { visible: false, timings: Mutex::new(Vec::new()) }
    }

    /// Begins a step; `total` 0 means that the end is not known.
    pub fn step(&self, name: &str, total: u64) -> Step<'_> {
        let bar = match (self.visible, total) {
            (false, _) => ProgressBar::hidden(),
            (true, 0) => ProgressBar::new_spinner().with_style(spinner()),
            (true, total) => ProgressBar::new(total).with_style(bar()),
        };
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Step { progress: self, bar, name: name.to_owned(), began: Instant::now(), kept: false }
    }

    /// What the steps took.
    pub fn timings(&self) -> Vec<Timing> {
        self.timings.lock().map(|timings| timings.clone()).unwrap_or_default()
    }
}

/// A step that is running; it ends when dropped.
pub struct Step<'a> {
    progress: &'a Progress,
    bar: ProgressBar,
    name: String,
    began: Instant,
    kept: bool,
}

impl Step<'_> {
    /// Sets how far it is.
    pub fn at(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// One more is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// Its result was kept from an earlier run.
    pub fn kept(&mut self) {
        self.kept = true;
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        if self.progress.visible {
            let note = if self.kept { " (kept)" } else { "" };
            eprintln!("  {:<58} {seconds:>7.1} s{note}", self.name);
        }
        if let Ok(mut timings) = self.progress.timings.lock() {
            timings.push(Timing { step: self.name.clone(), seconds, kept: self.kept });
        }
    }
}

fn bar() -> ProgressStyle {
    ProgressStyle::with_template("  {msg:<58} {bar:30} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("  {msg:<58} {spinner} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}
