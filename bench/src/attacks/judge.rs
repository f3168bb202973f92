//! What attacks came to, beside what their accounts would have had otherwise; means over seeds.

use anyhow::{Context, Result};

use super::OPEN;
use super::attack::{Attack, Cluster, Honest, Instead, Nobody};
use super::cast::VICTIM;
use super::course::{Plan, Played, play};
use super::ground::Ground;
use super::models::Models;
use crate::pay::summary::Mean;
use crate::record::Record;

/// The most that copies may change what a cluster is paid, up or down.
pub const CLUSTER_CHANGE: f64 = 0.05;

/// The worlds of a seed without an attack.
pub struct Baselines {
    nobody: Played,
    honest: Played,
}

impl Baselines {
    /// Plays both.
    ///
    /// # Errors
    /// As [`play`].
    pub fn play(plan: &Plan, ground: &Ground, models: &mut Models) -> Result<Self> {
        let nobody = play(plan, ground, models, &Nobody)?;
        Ok(Self { nobody, honest: play(plan, ground, models, &Honest)? })
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
        let paid = control > 0.0 && honest > 0 && self.nobody.accounts.income(VICTIM) > 0;
        paid.then_some(()).context("the honest are paid nothing: play more epochs or queries")?;
        Ok(Outcome {
            income_ratio: income / control,
            profit: (played.balance() - instead) as f64,
            of_honest: (played.balance() - instead) as f64 / honest as f64,
            cluster_change: attack.cluster().map(|cluster| after(cluster) / before(cluster) - 1.0),
            loss_change: played.loss / self.nobody.loss - 1.0,
            played,
        })
    }
}

/// What an attack came to under one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The attacker's income over that of an honest contributor of its size.
    pub income_ratio: f64,
    /// What its accounts have more than otherwise, in uopen, after fees and bonds.
    pub profit: f64,
    /// The same, as a part of what honest data bring in its place.
    pub of_honest: f64,
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
            .text("of honest, %", self.mean(|outcome| outcome.of_honest).per_cent())
            .text("cluster, %", self.cluster_change().map_or_else(|| "–".to_owned(), |change| change.per_cent()))
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

    fn triggered(&self) -> String {
        let triggered: Vec<f64> = self.outcomes.iter().filter_map(|outcome| outcome.played.triggered).collect();
        if triggered.is_empty() { "–".to_owned() } else { Mean::of(&triggered).per_cent() }
    }
}
