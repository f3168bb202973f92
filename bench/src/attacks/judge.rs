//! What attacks came to, beside what their accounts would have had otherwise; means over seeds.

use anyhow::{Context, Result};

use super::OPEN;
use super::attack::{Attack, Cluster, Honest, Instead, Nobody};
use super::care::Precaution;
use super::cast::{POSITIONS, VICTIM};
use super::chance::certainties;
use super::course::{Plan, Played, TRIAL_IMAGES, play};
use super::ground::Ground;
use super::models::Models;
use super::training::{Batch, Screening, Training};
use super::trial::Verdict;
use crate::pay::summary::Mean;
use crate::record::Record;

/// The most that copies may change what a cluster is paid, up or down.
pub const CLUSTER_CHANGE: f64 = 0.05;

/// The worlds of a seed without an attack.
pub struct Baselines {
    nobody: Played,
    honest: Played,
    /// What trials would have said of the honest, by position, each as if it had come last; nothing where nobody is tried.
    pub tried: Vec<Verdict>,
    /// The sum of their items' influence in standard errors over items, of the honest, by position; nothing where nobody is measured.
    pub certainties: Vec<f64>,
}

impl Baselines {
    /// Plays both.
    ///
    /// # Errors
    /// As [`play`].
    pub fn play(plan: &Plan, ground: &Ground, models: &mut Models) -> Result<Self> {
        let nobody = play(plan, ground, models, &Nobody)?;
        let honest = play(plan, ground, models, &Honest)?;
        let tried = if plan.care.takes(Precaution::Trial) { try_honest(plan, ground, models)? } else { Vec::new() };
        let measured = plan.care.takes(Precaution::Chance);
        let certainties = if measured { measure_honest(plan, ground, models)? } else { Vec::new() };
        Ok(Self { nobody, honest, tried, certainties })
    }

    /// What the controls are paid, in the mean, where nobody attacks, in uopen.
    pub fn control(&self) -> f64 {
        self.nobody.control()
    }

    /// Items of honest contributors that are left out of training, and all of them.
    pub fn left_out(&self) -> (u64, u64) {
        let found = &self.nobody.honest_found;
        (found.iter().map(|found| found.left_out).sum(), found.iter().map(|found| found.items).sum())
    }

    /// The honest world, judged like an attack.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn honest(&self) -> Result<Outcome> {
        self.judge(&Honest, self.honest.clone())
    }

    /// What an attack came to.
    ///
    /// # Errors
    /// If nobody honest is paid, so that there is nothing to compare with.
    pub fn judge(&self, attack: &dyn Attack, played: Played) -> Result<Outcome> {
        let (income, control) = (played.income() as f64, played.control());
        let honest = self.honest.balance();
        let instead = match attack.instead() {
            Instead::Nothing => 0,
            Instead::Honest => honest,
        };
        let before = |cluster| match cluster {
            Cluster::VictimAndAttacker => self.nobody.accounts.income(VICTIM) as f64,
            Cluster::Identities => self.honest.income() as f64,
        };
        let after = |cluster| match cluster {
            Cluster::VictimAndAttacker => played.accounts.income(VICTIM) as f64 + income,
            Cluster::Identities => income,
        };
        let paid = control > 0.0 && self.control() > 0.0 && self.nobody.accounts.income(VICTIM) > 0;
        paid.then_some(()).context("the honest are paid nothing: play more epochs or queries")?;
        Ok(Outcome {
            income_ratio: income / control,
            profit: (played.balance() - instead) as f64,
            of_control: (played.balance() - instead) as f64 / self.control(),
            cluster_change: attack.cluster().map(|cluster| after(cluster) / before(cluster) - 1.0),
            loss_change: played.loss / self.nobody.loss - 1.0,
            played,
        })
    }
}

/// What is trained on where nobody attacks.
fn honest_training(plan: &Plan, ground: &Ground) -> Result<Training> {
    let batches: Vec<Batch<'_>> = ground.honest.iter().map(Vec::as_slice).enumerate().collect();
    Training::resolve(&batches, POSITIONS, &Screening::new(plan.care))
}

/// Leaves out each honest contribution in turn.
fn try_honest(plan: &Plan, ground: &Ground, models: &mut Models) -> Result<Vec<Verdict>> {
    let training = honest_training(plan, ground)?;
    let images = ground.trial_images(TRIAL_IMAGES)?;
    let mut verdicts = Vec::with_capacity(ground.honest.len());
    for position in 0..ground.honest.len() {
        verdicts.extend(models.verdicts(&training, &[position], &images)?);
    }
    Ok(verdicts)
}

/// Asks of each honest contribution how its items agree.
fn measure_honest(plan: &Plan, ground: &Ground, models: &mut Models) -> Result<Vec<f64>> {
    let training = honest_training(plan, ground)?;
    let engine = models.of(&training.items)?;
    let images = ground.trial_images(TRIAL_IMAGES)?;
    let mut certainties = certainties(engine.as_ref(), &training.ownership, &images)?;
    certainties.truncate(ground.honest.len());
    Ok(certainties)
}

/// What an attack came to under one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The attacker's income over that of an honest contributor of its size.
    pub income_ratio: f64,
    /// What its accounts have more than otherwise, in uopen, after fees and bonds.
    pub profit: f64,
    /// The same, as a part of what a control is paid where nobody attacks.
    pub of_control: f64,
    /// By how much the pay of a cluster changes; none where that is not the question.
    pub cluster_change: Option<f64>,
    /// By how much the last version's loss on validation images differs from that of a version without the attacker, by retraining: below 0,
    /// what it contributed was of use.
    pub loss_change: f64,
    /// All the rest.
    pub played: Played,
}

/// An attack under all seeds.
pub struct Judged {
    /// As tables name it.
    pub name: String,
    /// Why it can pay nevertheless.
    pub why: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Whose pay together is looked at.
    cluster: Option<Cluster>,
    /// By seed, at least one.
    pub outcomes: Vec<Outcome>,
}

impl Judged {
    /// An attack with what it came to.
    pub fn new(attack: &dyn Attack, outcomes: Vec<Outcome>) -> Self {
        Self { name: attack.name(), why: attack.if_it_pays(), does: attack.does(), cluster: attack.cluster(), outcomes }
    }

    /// Over seeds.
    pub fn mean(&self, of: impl Fn(&Outcome) -> f64) -> Mean {
        Mean::of(&self.outcomes.iter().map(of).collect::<Vec<_>>())
    }

    /// The mean change of the cluster's pay; none where that is not the question.
    pub fn cluster_change(&self) -> Option<Mean> {
        self.outcomes[0].cluster_change?;
        Some(self.mean(|outcome| outcome.cluster_change.unwrap_or(f64::NAN)))
    }

    /// The fee of each of the attacker's queries, in uopen.
    pub fn fee(&self) -> u128 {
        self.outcomes[0].played.fee
    }

    /// Whether the attack brings more than doing otherwise, in the mean.
    pub fn pays(&self) -> bool {
        self.mean(|outcome| outcome.profit).value > 0.0
    }

    /// Whether copies change what their cluster is paid by more than they may, in the mean. Who splits itself may only lose by it, which
    /// [`Self::pays`] tells.
    pub fn moves_cluster(&self) -> bool {
        let change = self.cluster_change().filter(|_| self.cluster == Some(Cluster::VictimAndAttacker));
        change.is_some_and(|change| change.value.abs() > CLUSTER_CHANGE)
    }

    /// The record for machines: `price` and `profit` in uopen.
    pub fn record(&self) -> Record {
        Record::new()
            .text("attack", self.name.clone())
            .count("price", self.fee() as u64)
            .number("income_ratio", self.mean(|outcome| outcome.income_ratio).value, 3)
            .number("profit", self.mean(|outcome| outcome.profit).value.round(), 0)
            .number("cluster_change", self.cluster_change().map_or(f64::NAN, |change| change.value), 4)
    }

    /// A row of a table for people, amounts in OPEN.
    pub fn row(&self) -> Record {
        let open = |of: &dyn Fn(&Outcome) -> f64| self.mean(of).value / OPEN as f64;
        Record::new()
            .text("attack", self.name.clone())
            .number("price", self.fee() as f64 / OPEN as f64, 1)
            .text("left out", self.left_out())
            .number("fees", open(&|outcome| outcome.played.fees as f64), 0)
            .number("bonds lost", open(&|outcome| outcome.played.bonds_taken() as f64), 1)
            .number("income", open(&|outcome| outcome.played.income() as f64), 1)
            .number("income ratio", self.mean(|outcome| outcome.income_ratio).value, 3)
            .number("profit", open(&|outcome| outcome.profit), 1)
            .text("of a control's, %", self.mean(|outcome| outcome.of_control).per_cent())
            .text("cluster, %", self.cluster_change().map_or_else(|| "–".to_owned(), |change| change.per_cent()))
            .text("taken on trial; use, %", self.tried())
            .text("items agree, σ", self.agreement())
            .text("loss, %", self.mean(|outcome| outcome.loss_change).per_cent())
            .text("trigger works, %", self.triggered())
            .text("goal", if self.pays() || self.moves_cluster() { "MISSED" } else { "reached" })
    }

    /// Items that were left out of training, of all that the attacker contributed.
    fn left_out(&self) -> String {
        let found = || self.outcomes.iter().flat_map(|outcome| &outcome.played.found);
        let (left_out, items): (u64, u64) =
            (found().map(|found| found.left_out).sum(), found().map(|found| found.items).sum());
        format!("{left_out} of {items}")
    }

    /// How many contributions were taken of those tried; and by how much they lower the loss each, with its standard error, in per cent.
    fn tried(&self) -> String {
        let verdicts: Vec<&Verdict> = self.outcomes.iter().flat_map(|outcome| &outcome.played.verdicts).collect();
        if verdicts.is_empty() {
            return "–".to_owned();
        }
        let taken = verdicts.iter().filter(|verdict| verdict.is_of_use()).count();
        let mean = |of: &dyn Fn(&Verdict) -> f64| {
            100.0 * Mean::of(&verdicts.iter().map(|verdict| of(verdict)).collect::<Vec<_>>()).value
        };
        let (usefulness, error) = (mean(&Verdict::of_loss), mean(&|verdict| verdict.error_nats / verdict.loss_without));
        format!("{taken} of {}, {usefulness:.1} ± {error:.1}", verdicts.len())
    }

    fn agreement(&self) -> String {
        let all: Vec<f64> = self.outcomes.iter().flat_map(|outcome| &outcome.played.certainties).copied().collect();
        if all.is_empty() { "–".to_owned() } else { format!("{:.1}", Mean::of(&all).value) }
    }

    fn triggered(&self) -> String {
        let triggered: Vec<f64> = self.outcomes.iter().filter_map(|outcome| outcome.played.triggered).collect();
        if triggered.is_empty() { "–".to_owned() } else { Mean::of(&triggered).per_cent() }
    }
}
