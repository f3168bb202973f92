//! The model of one seed, and what the influence engine says of it.

use anyhow::{Context, Result};
use influence::Threads;
use influence::damping::{self, Candidate, DampingChoice};
use influence::dataset::Examples;
use influence::manifest::{Schedule, TrainingManifest, TrainingPlan};
use influence::mlp::{Mlp, served_labels};
use influence::report::{Evidence, Outcome, Ownership, Receipt, Thresholds, VersionEvidence, report};
use influence::score::{Influence, Preconditioned, precondition};
use influence::train::train_members;
use rules::bitmap::Bitmap;
use rules::split::protocol_part;

use super::scene::{Asked, Fresh};

/// Seeds of members that belong to one seed of data.
const SEEDS_APART: u64 = 1_000;
/// Redemptions of an epoch: one voucher stands for all of its calls.
const REDEMPTIONS: usize = 1;

/// How damping is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Damping {
    /// This; the task's is 0.003.
    Fixed(f64),
    /// By the written procedure, as operators do: the smallest that keeps three quarters of the best quality.
    Procedure,
    /// The one of best quality by the same procedure.
    Best,
}

impl std::str::FromStr for Damping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "procedure" => Ok(Self::Procedure),
            "best" => Ok(Self::Best),
            number => match number.parse() {
                Ok(damping) if damping > 0.0 => Ok(Self::Fixed(damping)),
                _ => Err(format!("`{text}` is no damping: use `procedure`, `best` or a positive number")),
            },
        }
    }
}

/// How the model is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Making {
    /// Models that are averaged.
    pub members: u64,
    /// How the step size moves.
    pub schedule: Schedule,
    /// How the damping is chosen.
    pub damping: Damping,
}

/// A trained model, ready to score.
pub struct Engine {
    members: Vec<Mlp>,
    preconditioned: Preconditioned,
    threads: Threads,
    /// The damping taken.
    pub damping: f64,
}

impl Engine {
    /// Trains the model on the items and preconditions their gradients, once for all epochs.
    ///
    /// # Errors
    /// If training fails or the curvature cannot be inverted.
    pub fn prepare(items: &Examples, seed: u64, making: Making, threads: Threads) -> Result<Self> {
        let seeds = (0..making.members).map(|member| seed * SEEDS_APART + member).collect();
        let plan = TrainingPlan { schedule: making.schedule, ..TrainingPlan::digits(seeds) };
        let members = train_members(&plan, items, threads, &|_| ())?;
        let choose = || damping::choose(&plan, &members, items, threads, &|_| ());
        let damping = match making.damping {
            Damping::Procedure => choose()?.damping,
            Damping::Best => best(&choose()?)?.damping,
            Damping::Fixed(damping) => damping,
        };
        let manifest = TrainingManifest::new(plan, damping);
        let preconditioned = precondition(&manifest, &members, items, threads)?;
        Ok(Self { members, preconditioned, threads, damping })
    }

    /// What an operator reports of an epoch, where the items are owned so. `protocol_bps` is the protocol's share, which no influence
    /// explains.
    ///
    /// # Errors
    /// If ownership, queries or validation images do not fit the model.
    pub fn measure(&self, ownership: &Ownership, asked: &Asked, fresh: &Fresh, protocol_bps: u16) -> Result<Outcome> {
        let receipts = self.answer(asked, protocol_bps)?;
        let preconditioned = &self.preconditioned;
        let version = VersionEvidence { preconditioned, ownership, receipts: &receipts };
        let evidence = Evidence { versions: &[version], validation: &fresh.examples, strata: &fresh.strata };
        let usual = Thresholds::default();
        let thresholds = Thresholds { validation_examples: usual.validation_examples.min(fresh.strata.len()), ..usual };
        Ok(report(&evidence, thresholds, Bitmap::new(REDEMPTIONS), self.threads)?)
    }

    /// A receipt for every query, with the label that the members serve.
    fn answer(&self, asked: &Asked, protocol_bps: u16) -> Result<Vec<Receipt>> {
        let served = served_labels(&self.members, &asked.examples)?;
        let receipt = |(query, (&fee, served_label)): (usize, (&u128, u16))| {
            let mut prompt = [0; 32];
            prompt[..8].copy_from_slice(&(query as u64).to_be_bytes());
            let features = asked.examples.row(query).to_vec();
            Ok(Receipt { net_fee_uopen: fee - protocol_part(fee, protocol_bps)?, prompt, features, served_label })
        };
        asked.fees.iter().zip(served).enumerate().map(receipt).collect()
    }

    /// The models that are averaged.
    pub fn members(&self) -> &[Mlp] {
        &self.members
    }

    /// The influence of every item on every query, as [`Preconditioned::influence`].
    ///
    /// # Errors
    /// If the queries do not fit the model.
    pub fn influence(&self, queries: &Examples) -> Result<Influence> {
        Ok(self.preconditioned.influence(queries, self.threads)?)
    }

    /// The mean of the members' mean losses at the examples' labels, in nats.
    ///
    /// # Errors
    /// If the examples do not fit the model.
    pub fn loss(&self, examples: &Examples) -> Result<f64> {
        let losses = self.members.iter().map(|member| member.mean_loss(examples));
        Ok(losses.sum::<Result<f64, _>>()? / self.members.len() as f64)
    }

    /// Part of the queries that are answered rightly.
    ///
    /// # Errors
    /// If the queries do not fit the model.
    pub fn accuracy(&self, asked: &Asked) -> Result<f64> {
        let served = served_labels(&self.members, &asked.examples)?;
        let right = served.iter().zip(asked.examples.labels()).filter(|(served, label)| served == label).count();
        Ok(right as f64 / served.len() as f64)
    }
}

fn best(choice: &DampingChoice) -> Result<Candidate> {
    let better = |left: &&Candidate, right: &&Candidate| left.quality.total_cmp(&right.quality);
    choice.candidates.iter().max_by(better).copied().context("the grid of dampings is empty")
}
