//! The damping of a perceptron's curvature, where its user gave none.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use influence::{
    Job,
    damping::{self, Candidate},
    dataset::Examples,
    ggn,
    manifest::TrainingPlan,
    mlp::Mlp,
    train,
};

use super::super::summary::Damping;
use super::config::Config;

/// Fewer items say too little about halves of them.
const FEWEST_ITEMS: usize = 100;
/// Most multiplications that judging may take, 64 trainings of 3 products each: some minutes on two cores.
const MOST_WORK: f64 = 2e12;
/// Trainings that judge, and matrix products of each step of them.
const TRAININGS: usize = 64;
const PRODUCTS: usize = 3;
/// Least quality that is told from nothing.
const LEAST_QUALITY: f64 = 0.1;
/// Items at which the mean curvature is measured.
const MEASURED_ITEMS: usize = 256;
/// Part of the mean curvature.
const PART: f64 = 0.1;

/// The given damping; else the one of best quality by the written procedure, where the items allow it; else the weight decay, with which the
/// damped curvature is that of the regularised loss; without weight decay a tenth of the mean curvature.
pub(super) fn of(
    given: Option<f64>,
    config: &Config,
    plan: &TrainingPlan,
    (model, items): (&Mlp, &Examples),
    job: &Job,
) -> Result<Damping> {
    if let Some(value) = given {
        return Ok(Damping { value, from: "given".to_owned() });
    }
    if let Some(best) = judged(plan, model, items, job) {
        let from = format!("best of the procedure {}: quality {:.3}", damping::PROCEDURE, best.quality);
        return Ok(Damping { value: best.damping, from });
    }
    if config.weight_decay > 0.0 {
        return Ok(Damping { value: config.weight_decay, from: "the weight decay".to_owned() });
    }
    Ok(Damping { value: PART * mean_curvature(model, items)?, from: format!("{PART} of the mean curvature") })
}

/// The best candidate of the procedure with the first member; `None` if the items are too few or too many, cannot be trained on by this plan, or no
/// candidate predicts what training on halves shows.
fn judged(plan: &TrainingPlan, model: &Mlp, items: &Examples, job: &Job) -> Option<Candidate> {
    let steps = (TRAININGS * plan.epochs * items.len() / 2) as f64;
    let work = steps * (PRODUCTS * model.weights().len()) as f64;
    if items.len() < FEWEST_ITEMS || work > MOST_WORK {
        return None;
    }
    let members = std::slice::from_ref(model);
    let told = Told::new(job);
    let choice = damping::choose(plan, members, items, job.threads, &|progress| told.tell(progress)).ok()?;
    let best = choice.candidates.into_iter().max_by(|left, right| left.quality.total_cmp(&right.quality))?;
    (best.quality >= LEAST_QUALITY).then_some(best)
}

/// Mean eigenvalue of the Gauss-Newton matrix at the first items: `(1/np) Σ_i Σ_y p_i(y) |∇ log p_i(y)|²`.
fn mean_curvature(model: &Mlp, items: &Examples) -> Result<f64> {
    let count = items.len().min(MEASURED_ITEMS);
    let labels = model.architecture().labels();
    let mut sum = 0.0;
    for label in 0..labels {
        let mut asked = Examples::new(items.width());
        (0..count).try_for_each(|item| asked.push(items.row(item), label as u16))?;
        let (gradients, chances) = (ggn::gradients(model, &asked)?, model.log_probabilities(&asked)?);
        for item in 0..count {
            let square: f64 = gradients.col_as_slice(item).iter().map(|value| value * value).sum();
            sum += f64::from(chances[item * labels + label]).exp() * square;
        }
    }
    Ok(sum / (count * model.weights().len()) as f64)
}

/// Tells a job's control what the procedure's trainings tell.
struct Told<'a> {
    job: &'a Job,
    begun: AtomicUsize,
    done: AtomicUsize,
}

impl<'a> Told<'a> {
    fn new(job: &'a Job) -> Self {
        Self { job, begun: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    fn tell(&self, progress: train::Progress) {
        let news = |last: &AtomicUsize, now: usize| now.saturating_sub(last.fetch_max(now, Ordering::AcqRel));
        self.job.control.begin(news(&self.begun, progress.total));
        self.job.control.advance(news(&self.done, progress.done));
    }
}
