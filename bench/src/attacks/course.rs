//! One attack, played.

use std::rc::Rc;

use anyhow::{Context, Result, bail};
use influence::dataset::{Examples, LabelledImage};
use influence::mlp::served_labels;
use protocol::model::Terms;
use rules::score::{Report, Vector};
use rules::split::{FeeParts, SplitTerms, split_fee};
use testing::scenario::Setup;

use super::accounts::Accounts;
use super::attack::{Attack, Attacker, Back, Prepared};
use super::care::{Care, Precaution};
use super::cast::{POSITIONS, controls, slot, slots};
use super::chance::{certainties, is_certain};
use super::ground::Ground;
use super::models::{Measured, Models};
use super::poison::TARGET;
use super::receipts::{answers, bought};
use super::training::{Batch, Found, Screening, Training};
use super::trial::Verdict;
use crate::pay::engine::Engine;
use crate::pay::kinds::{Finder, Kinds};
use crate::pay::scene::{Asked, Fresh};

/// The protocol's share of fees, as contracts are deployed by default.
const PROTOCOL_BPS: u16 = 500;
/// Images that a trial is held beside.
pub const TRIAL_IMAGES: usize = 1_000;

/// How long and on how much evidence an attack is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many epochs.
    pub epochs: usize,
    /// Queries that honest payers pay for in each.
    pub queries: usize,
    /// Fresh validation images of each.
    pub validation: usize,
    /// What is done before training.
    pub care: Care,
}

/// What an attack came to. Money is in uopen.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The accounts at the end.
    pub accounts: Accounts,
    /// Fees that the attacker paid.
    pub fees: u128,
    /// What of them came back as parts of owner and stake.
    pub fees_back: u128,
    /// The fee of each of its queries.
    pub fee: u128,
    /// What was found of its contributions.
    pub found: Vec<Found>,
    /// What was found of the honest ones.
    pub honest_found: Vec<Found>,
    /// What trials said of its contributions, of those that were tried.
    pub verdicts: Vec<Verdict>,
    /// Of those that were measured, the sum of their items' influence in standard errors over items.
    pub certainties: Vec<f64>,
    /// After every epoch what the attacker, and what a control in the mean, was paid so far.
    pub paid: Vec<(u64, f64)>,
    /// Part of the attacker's queries that the last version answers with the trigger's label.
    pub triggered: Option<f64>,
    /// Kinds of validation images that the engine found.
    pub strata: usize,
    /// Loss of the last version on the validation images of the last epoch, in nats: the mean of its members'.
    pub loss: f64,
}

impl Played {
    /// What the attacker's accounts are paid.
    pub fn income(&self) -> u64 {
        slots().map(|position| self.accounts.income(position)).sum()
    }

    /// What a control is paid, in the mean.
    pub fn control(&self) -> f64 {
        controls().map(|position| self.accounts.income(position) as f64).sum::<f64>() / controls().len() as f64
    }

    /// What was taken from the attacker's bonds.
    pub fn bonds_taken(&self) -> u128 {
        slots().map(|position| self.accounts.taken(position)).sum()
    }

    /// Income and what came back of fees, less fees and bonds.
    pub fn balance(&self) -> i128 {
        let (gained, spent) = (u128::from(self.income()) + self.fees_back, self.fees + self.bonds_taken());
        gained as i128 - spent as i128
    }
}

/// Plays an attack. Honest queries and validation images are the same in every world of a seed.
///
/// # Errors
/// If training fails, or the rules refuse what is measured.
pub fn play(plan: &Plan, ground: &Ground, models: &mut Models, attack: &dyn Attack) -> Result<Played> {
    let prepared = attack.prepare(&mut Attacker { ground, models, plan: *plan })?;
    let mut world = World::new(ground, prepared, plan.care)?;
    let mut version = None;
    for epoch in 0..plan.epochs {
        if world.changes_at(epoch) {
            version = Some(world.train(epoch, models)?);
        }
        let version = version.as_ref().context("a version is trained before the first epoch")?;
        world
            .settle((plan, epoch), version, models)
            .with_context(|| format!("epoch {} of `{}` fails", epoch + 1, attack.name()))?;
    }
    let triggered = version.and_then(|version| world.triggered(&version).transpose()).transpose()?;
    let strata = world.finder.found().map_or(1, |found| found.count);
    Ok(Played { triggered, strata, ..world.played })
}

/// A model and whose its items are.
struct Version {
    engine: Rc<Engine>,
    training: Training,
}

/// The world of an attack, between two epochs.
struct World<'a> {
    ground: &'a Ground,
    draws: super::ground::Draws<'a>,
    prepared: Prepared,
    finder: Finder,
    terms: SplitTerms,
    screening: Screening,
    /// What the model answered so far, where newcomers are held against it.
    answered: Vec<LabelledImage>,
    played: Played,
}

impl<'a> World<'a> {
    fn new(ground: &'a Ground, prepared: Prepared, care: Care) -> Result<Self> {
        let played = Played {
            accounts: Accounts::new(POSITIONS),
            fees: prepared.paid_before_uopen,
            fees_back: 0,
            fee: prepared.fee_uopen,
            found: Vec::new(),
            honest_found: Vec::new(),
            verdicts: Vec::new(),
            certainties: Vec::new(),
            paid: Vec::new(),
            triggered: None,
            strata: 1,
            loss: f64::NAN,
        };
        let terms = usual_terms();
        terms.check()?;
        let (draws, finder) = (ground.draws(), Finder::new(Kinds::Pixels));
        let answered = prepared.answered_before.clone();
        Ok(Self { ground, draws, prepared, finder, terms, screening: Screening::new(care), answered, played })
    }

    /// Whether a version is made before this epoch.
    fn changes_at(&self, epoch: usize) -> bool {
        epoch == 0 || self.prepared.contributions.iter().any(|contribution| contribution.from == epoch)
    }

    /// The version of all that is contributed by now and not refused; who is new puts up a bond.
    fn train(&mut self, epoch: usize, models: &mut Models) -> Result<Version> {
        self.hold_against_receipts(epoch)?;
        let mut training = self.resolve(epoch)?;
        if self.try_newcomers(&training, epoch, models)? {
            training = self.resolve(epoch)?;
        }
        if self.doubt_newcomers(&training, epoch, models)? {
            training = self.resolve(epoch)?;
        }
        for found in self.new_ones(&training, epoch) {
            self.played.accounts.enter(&found)?;
            let own = slots().contains(&found.position);
            if own { &mut self.played.found } else { &mut self.played.honest_found }.push(found);
        }
        Ok(Version { engine: models.of(&training.items)?, training })
    }

    fn resolve(&self, epoch: usize) -> Result<Training> {
        let honest = self.ground.honest.iter().map(Vec::as_slice).enumerate();
        let contributions = self.prepared.contributions.iter().enumerate();
        let present = contributions.filter(|(_, contribution)| contribution.from <= epoch);
        let attackers = present.map(|(index, contribution)| (slot(index), contribution.items.as_slice()));
        let batches: Vec<Batch<'_>> = honest.chain(attackers).collect();
        Training::resolve(&batches, POSITIONS, &self.screening)
    }

    /// Positions of the attacker that come with this epoch.
    fn newcomers(&self, epoch: usize) -> Vec<usize> {
        let all = self.prepared.contributions.iter().enumerate();
        all.filter(|(_, contribution)| contribution.from == epoch).map(|(index, _)| slot(index)).collect()
    }

    fn hold_against_receipts(&mut self, epoch: usize) -> Result<()> {
        if !self.screening.care.takes(Precaution::Receipts) || self.answered.is_empty() {
            return Ok(());
        }
        for position in self.newcomers(epoch) {
            let items = &self.prepared.contributions[position - slots().start].items;
            let bought = bought(items, &self.answered, &self.screening.settings())?;
            self.screening.bought.extend(bought.into_iter().map(|item| (position, item)));
        }
        Ok(())
    }

    /// Tries those of whom anything is left; whether any is of no use.
    fn try_newcomers(&mut self, training: &Training, epoch: usize, models: &mut Models) -> Result<bool> {
        let newcomers = self.trained_newcomers(training, epoch);
        if newcomers.is_empty() || !self.screening.care.takes(Precaution::Trial) {
            return Ok(false);
        }
        let verdicts = models.verdicts(training, &newcomers, &self.ground.trial_images(TRIAL_IMAGES)?)?;
        let useless = newcomers.iter().zip(&verdicts).filter(|(_, verdict)| !verdict.is_of_use());
        let useless: Vec<usize> = useless.map(|(&position, _)| position).collect();
        self.played.verdicts.extend(verdicts);
        self.screening.useless.extend(&useless);
        Ok(!useless.is_empty())
    }

    /// Measures those of whom anything is left; whether what any of them gives could be chance.
    fn doubt_newcomers(&mut self, training: &Training, epoch: usize, models: &mut Models) -> Result<bool> {
        let newcomers = self.trained_newcomers(training, epoch);
        if newcomers.is_empty() || !self.screening.care.takes(Precaution::Chance) {
            return Ok(false);
        }
        let images = self.ground.trial_images(TRIAL_IMAGES)?;
        let certainties = certainties(models.of(&training.items)?.as_ref(), &training.ownership, &images)?;
        let doubtful = newcomers.iter().filter(|&&position| !is_certain(certainties[position]));
        let doubtful: Vec<usize> = doubtful.copied().collect();
        self.played.certainties.extend(newcomers.iter().map(|&position| certainties[position]));
        self.screening.useless.extend(&doubtful);
        Ok(!doubtful.is_empty())
    }

    fn trained_newcomers(&self, training: &Training, epoch: usize) -> Vec<usize> {
        self.newcomers(epoch).into_iter().filter(|&position| training.has(position)).collect()
    }

    fn new_ones(&self, training: &Training, epoch: usize) -> Vec<Found> {
        let from = |position: usize| {
            let index = position.checked_sub(slots().start);
            index.map_or(0, |index| self.prepared.contributions[index].from)
        };
        training.found.iter().filter(|found| from(found.position) == epoch).copied().collect()
    }

    fn settle(&mut self, (plan, epoch): (&Plan, usize), version: &Version, models: &mut Models) -> Result<()> {
        let mut asked = self.draws.asked(plan.queries)?;
        let mut pool = self.part(&asked.fees)?.influence;
        let (own, fees) = self.ask()?;
        let parts = self.part(&fees)?;
        pool += parts.influence;
        self.pay(&fees, &parts);
        let Training { items, ownership, .. } = version.training.clone();
        let key = Measured { epoch, items, ownership, asked: own.clone(), fee_uopen: self.prepared.fee_uopen };
        add(&own, &fees, &mut asked)?;
        self.note_answers(epoch, &asked, version)?;
        let fresh = self.finder.tell(self.draws.fresh(plan.validation)?, &version.engine)?;
        let vector = models.vector(key, || measure(version, &asked, &fresh))?;
        if epoch + 1 == plan.epochs {
            self.played.loss = version.engine.loss(&fresh.examples)?;
        }
        self.played.accounts.settle(u64::try_from(pool)?, &vector)?;
        self.played.paid.push((self.played.income(), self.played.control()));
        Ok(())
    }

    /// Keeps what is answered, if somebody is still to come who may sell it.
    fn note_answers(&mut self, epoch: usize, asked: &Asked, version: &Version) -> Result<()> {
        let to_come = self.prepared.contributions.iter().any(|contribution| contribution.from > epoch);
        if to_come && self.screening.care.takes(Precaution::Receipts) {
            let served = served_labels(version.engine.members(), &asked.examples)?;
            self.answered.extend(answers(&asked.examples, &served));
        }
        Ok(())
    }

    /// The attacker's queries, and what each costs.
    fn ask(&self) -> Result<(Examples, Vec<u128>)> {
        let images = self.prepared.questions.as_ref().map_or(&[][..], |questions| &questions.images);
        let mut own = Examples::new(self.ground.own[0].pixels.len());
        for image in images {
            own.push(&image.features(), image.label)?;
        }
        Ok((own, vec![self.prepared.fee_uopen; images.len()]))
    }

    /// The parts of fees that one voucher pays.
    fn part(&self, fees: &[u128]) -> Result<FeeParts> {
        Ok(split_fee(fees.iter().sum(), PROTOCOL_BPS, &self.terms)?)
    }

    fn pay(&mut self, fees: &[u128], parts: &FeeParts) {
        self.played.fees += fees.iter().sum::<u128>();
        if self.prepared.questions.as_ref().is_some_and(|questions| questions.back == Back::OwnerAndStake) {
            self.played.fees_back += parts.owner + parts.stake;
        }
    }

    fn triggered(&self, version: &Version) -> Result<Option<f64>> {
        let Some(images) = &self.prepared.trigger else { return Ok(None) };
        let examples = Examples::from_images(images)?;
        let served = served_labels(version.engine.members(), &examples)?;
        let hit = served.iter().filter(|&&label| label == TARGET).count();
        Ok(Some(hit as f64 / served.len() as f64))
    }
}

/// Adds an attacker's queries to those of others.
fn add(own: &Examples, fees: &[u128], to: &mut Asked) -> Result<()> {
    for (query, &label) in own.labels().iter().enumerate() {
        to.examples.push(own.row(query), label)?;
    }
    to.fees.extend(fees);
    Ok(())
}

/// What operators report of an epoch.
fn measure(version: &Version, asked: &Asked, fresh: &Fresh) -> Result<Vector> {
    let outcome = version.engine.measure(&version.training.ownership, asked, fresh, PROTOCOL_BPS)?;
    match outcome.report {
        Report::Vector(vector) => Ok(vector),
        Report::TooFew => {
            bail!("{} queries and {} images are too few to report on", asked.fees.len(), fresh.strata.len())
        }
    }
}

/// How the net fee is split on the chains of tests, and of [`crate::pay`].
fn usual_terms() -> SplitTerms {
    let Terms { owner, stake, influence, parents, .. } = Setup::default().terms;
    SplitTerms { owner_bps: owner.0, stake_bps: stake.0, influence_bps: influence.0, parents_bps: parents.0 }
}
