//! What a person sees while a model learns: a bar with loss and tokens per second, and a line per pass.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often the bar is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Shows a training, or nothing.
pub struct Watch {
    bar: ProgressBar,
    is_visible: bool,
    began: Instant,
    learned: f64,
}

impl Watch {
    /// Watches from step `done` of `steps`.
    pub fn begin(is_visible: bool, done: usize, steps: usize) -> Self {
        let bar = if is_visible { ProgressBar::new(steps as u64).with_style(style()) } else { ProgressBar::hidden() };
        bar.set_position(done as u64);
        bar.reset_eta();
        bar.set_message("train");
        bar.enable_steady_tick(TICK);
        Self { bar, is_visible, began: Instant::now(), learned: 0.0 }
    }

    /// One more step is done.
    pub fn step(&mut self, tokens: f64, loss: f64) {
        self.learned += tokens;
        self.bar.inc(1);
        self.bar.set_message(format!("train: loss {loss:.3}, {} tokens/s", self.tokens_per_second().round()));
    }

    /// Writes a line above the bar, also where there is no terminal for one.
    pub fn say(&self, line: &str) {
        if self.is_visible {
            self.bar.suspend(|| eprintln!("  {line}"));
        }
    }

    /// Since it began, seconds.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Tokens learned per second since it began.
    pub fn tokens_per_second(&self) -> f64 {
        self.learned / self.seconds().max(f64::EPSILON)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("  {msg:<58} {bar:30} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
