//! The training itself: steps, looks at what is held out, checkpoints. Killed at any time and begun again, it comes to the same bytes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use compute::Job;
use lm::{
    evaluate::{self, Layout},
    model::Model,
    pack::TokenItem,
    train::{Checkpoint, Course, Trainer},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    curve::{Curve, HeldOut},
    folder::Folder,
    recipe::Recipe,
    watch::Watch,
};

/// A kill costs no more work than this, however long steps take: when a checkpoint is written changes no byte of the result.
const LONGEST_UNSAVED: Duration = Duration::from_secs(60);
/// Steps over which the shown loss is taken.
const RECENT: usize = 20;

/// All that is learned, and how.
pub struct Lesson {
    /// The model to begin with.
    pub model: Model,
    /// The items.
    pub items: Vec<TokenItem>,
    /// What is held out.
    pub validation: Vec<TokenItem>,
    /// How.
    pub recipe: Recipe,
}

/// How it is done; none of it changes a result.
#[derive(Clone, Debug)]
pub struct Conduct {
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
    /// Threads and control.
    pub job: Job,
    /// Whether a person watches.
    pub is_visible: bool,
}

/// A model that has learned.
pub struct Taught {
    /// The model.
    pub model: Model,
    /// How it went.
    pub curve: Curve,
    /// What this run had to do.
    pub effort: Effort,
}

/// What a run had to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Effort {
    /// Steps that an earlier run had done.
    pub steps_before: usize,
    /// Time of training, seconds.
    pub seconds: f64,
    /// Tokens learned per second.
    pub tokens_per_second: f64,
}

/// What stands in a checkpoint beside the training itself.
#[derive(Serialize, Deserialize)]
struct Notes {
    recipe: Value,
    curve: Curve,
}

impl Lesson {
    /// Trains, from the checkpoint if there is one.
    ///
    /// # Errors
    /// If the checkpoint is of another recipe: says what differs. If training fails or is stopped; a stopped one goes on when the same
    /// is begun again.
    pub fn teach(&self, begun: Option<&Checkpoint>, folder: &Folder, conduct: &Conduct) -> Result<Taught> {
        let course = Course { plan: &self.recipe.plan, items: &self.items, keep: None };
        let trainer = Trainer::new(course, self.model.clone())?;
        let mut run = Run { lesson: self, trainer, curve: Curve::default(), folder, conduct };
        begun.map(|checkpoint| run.go_on(checkpoint)).transpose()?;
        let steps_before = run.trainer.done();
        let mut watch = Watch::begin(conduct.is_visible, steps_before, run.trainer.steps());
        run.learn_the_rest(&mut watch)?;
        let effort = Effort { steps_before, seconds: watch.seconds(), tokens_per_second: watch.tokens_per_second() };
        Ok(Taught { model: run.trainer.model().clone(), curve: run.curve, effort })
    }

    /// Steps of a pass over the items.
    fn steps_per_pass(&self) -> usize {
        self.items.len().div_ceil(self.recipe.plan.items_per_step)
    }
}

/// A training on its way.
struct Run<'a> {
    lesson: &'a Lesson,
    trainer: Trainer<'a>,
    curve: Curve,
    folder: &'a Folder,
    conduct: &'a Conduct,
}

impl Run<'_> {
    fn go_on(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let path = self.folder.path().display();
        let notes: Notes = serde_json::from_slice(&checkpoint.notes()).with_context(|| {
            format!("the checkpoint in {path} is not of this command: name another folder with --out")
        })?;
        if let Some(differences) = self.lesson.recipe.differences(&notes.recipe) {
            bail!(
                "{path} holds a checkpoint of another training ({differences}): give the same command to go on with that one, \
                 or name another folder with --out"
            )
        }
        self.trainer.go_on(checkpoint)?;
        self.curve = notes.curve;
        Ok(())
    }

    /// All steps that are left. Who stops it finds the last whole step in the checkpoint.
    fn learn_the_rest(&mut self, watch: &mut Watch) -> Result<()> {
        let walked = self.walk(watch);
        self.save()?;
        if walked.is_err() && self.conduct.job.control.is_cancelled() {
            let (done, steps) = (self.trainer.done(), self.trainer.steps());
            bail!("stopped after step {done} of {steps}: the same command goes on from there")
        }
        walked
    }

    fn walk(&mut self, watch: &mut Watch) -> Result<()> {
        let mut saved = Instant::now();
        loop {
            if self.is_between_passes() {
                self.look_at_what_is_held_out(watch)?;
            }
            let Some(step) = self.trainer.next(&self.conduct.job)? else { return Ok(()) };
            self.curve.add(&step);
            watch.step(step.tokens, self.curve.recent(RECENT).unwrap_or(step.loss));
            let is_due = self.trainer.done().is_multiple_of(self.conduct.checkpoint_every);
            if is_due || saved.elapsed() > LONGEST_UNSAVED {
                self.save()?;
                saved = Instant::now();
            }
        }
    }

    fn is_between_passes(&self) -> bool {
        self.trainer.done().is_multiple_of(self.lesson.steps_per_pass()) && !self.curve.is_looked_at()
    }

    fn look_at_what_is_held_out(&mut self, watch: &Watch) -> Result<()> {
        let held_out = if self.lesson.validation.is_empty() { None } else { Some(self.loss_of_what_is_held_out()?) };
        let step = self.trainer.done();
        self.curve.validation.extend(held_out.map(|loss| HeldOut { step, loss }));
        let per_pass = self.lesson.steps_per_pass();
        let loss = self.curve.recent(per_pass).map_or(String::new(), |loss| format!(" loss {loss:.4}"));
        let held_out = held_out.map_or(String::new(), |loss| format!(" held out {loss:.4}"));
        if !(loss.is_empty() && held_out.is_empty()) {
            watch.say(&format!("pass {} of {}:{loss}{held_out}", step / per_pass, self.lesson.recipe.plan.epochs));
        }
        Ok(())
    }

    /// Mean loss of the predictions of what is held out, nats.
    fn loss_of_what_is_held_out(&self) -> Result<f64> {
        let plan = &self.lesson.recipe.plan;
        let layout = Layout { block_length: plan.block_length, blocks_at_once: plan.blocks_at_once };
        let items = &self.lesson.validation;
        let losses = evaluate::losses(self.trainer.model(), items, layout, &self.conduct.job)?;
        let predictions: f64 = items.iter().map(TokenItem::weight).sum();
        Ok(losses.iter().sum::<f64>() / predictions)
    }

    fn save(&self) -> Result<()> {
        let recipe = serde_json::to_value(&self.lesson.recipe).context("a recipe is plain")?;
        let notes = serde_json::to_vec(&Notes { recipe, curve: self.curve.clone() }).context("notes are plain")?;
        Ok(self.trainer.save_with(&self.folder.checkpoint(), &notes)?)
    }
}
