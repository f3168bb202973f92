//! A stranger who recomputes every round from what is public, and counts what came out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use operator::{
    node::Engine,
    replay::{self, Revealed},
};
use protocol::{
    RoundId,
    attribution::{Outcome, Round},
};
use rules::score::Vector;

use super::{
    faults::{Fault, Role, Script},
    ledger,
    market::Market,
    world::{MODEL, World},
};

/// Every so many rounds the scores themselves are measured again.
const MEASURED_EVERY: u64 = 10;

/// What became of one fault.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// Rounds with it.
    pub rounds: u64,
    /// Of them settled at the first try.
    pub settled: u64,
    /// What did not come out as it must.
    pub violations: u64,
}

/// A round that settled nothing.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The round.
    pub round: RoundId,
    /// How it ended.
    pub outcome: String,
    /// Why.
    pub why: String,
    /// Last epoch of its range.
    pub last_epoch: u64,
    /// The round that covered it later.
    pub covered_by: Option<RoundId>,
}

/// What all rounds came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Rounds opened.
    pub rounds: u64,
    /// Of them settled.
    pub settled: u64,
    /// Rounds that settled nothing.
    pub unsettled: Vec<Unsettled>,
    /// By fault.
    pub fates: BTreeMap<Fault, Fate>,
    /// Differences between what was paid and what a stranger recomputes.
    pub wrong_payouts: Vec<String>,
    /// OPEN that is not where it should be.
    pub lost: Vec<String>,
    /// Bonds taken from operators who did nothing wrong.
    pub slashed: Vec<String>,
    /// Epochs with receipts that no round ever covered.
    pub uncovered: Vec<String>,
    /// Anything else that is not as it must be.
    pub others: Vec<String>,
    /// Rounds whose scores were measured again.
    pub measured: u64,
    /// Rounds that an honest operator missed.
    pub missed: u64,
    /// Events that are told beside the table.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Adds another world's.
    pub fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.settled += other.settled;
        self.measured += other.measured;
        self.missed += other.missed;
        self.unsettled.extend(other.unsettled);
        self.wrong_payouts.extend(other.wrong_payouts);
        self.lost.extend(other.lost);
        self.slashed.extend(other.slashed);
        self.uncovered.extend(other.uncovered);
        self.others.extend(other.others);
        for (fault, fate) in other.fates {
            let own = self.fates.entry(fault).or_default();
            own.rounds += fate.rounds;
            own.settled += fate.settled;
            own.violations += fate.violations;
        }
        for (name, count) in other.counts {
            self.count(name, count);
        }
    }

    /// Counts something.
    pub fn count(&mut self, name: &'static str, times: u64) {
        *self.counts.entry(name).or_default() += times;
    }

    /// Faults of which nothing came.
    pub fn without_effect(&self) -> Vec<Fault> {
        let has_none = |fault: &Fault| self.counts.get(fault.counted()).is_none_or(|count| *count == 0);
        self.fates.keys().copied().filter(has_none).collect()
    }

    /// Whether all that must hold holds.
    pub fn holds(&self) -> bool {
        self.violations().next().is_none()
    }

    /// All that does not hold.
    pub fn violations(&self) -> impl Iterator<Item = &String> {
        let all = [&self.wrong_payouts, &self.lost, &self.slashed, &self.uncovered, &self.others];
        all.into_iter().flatten()
    }
}

/// The stranger.
pub struct Auditor {
    world: Arc<World>,
    engine: Engine,
    supply: u128,
    /// What was found so far.
    pub tally: Tally,
}

impl Auditor {
    /// Begins with the supply as it is.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn new(world: Arc<World>) -> Result<Self> {
        let engine = world.engine(world.folder.join("auditor")).run_as(influence::Threads::new(1).into());
        let supply = world.contracts.open_supply().await?;
        Ok(Self { world, engine, supply, tally: Tally::default() })
    }

    /// Looks at a closed round.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn round(&mut self, id: RoundId, script: &Script, market: &Market) -> Result<()> {
        let round = self.world.contracts.round(MODEL, id).await?;
        let before = self.tally.violations().count();
        self.tally.rounds += 1;
        self.bonds(&round, script).await?;
        let settled = round.outcome == Some(Outcome::Settled);
        if settled {
            self.settled(&round, script, market).await?;
        } else {
            self.unsettled(&round, script);
        }
        let missing = ledger::missing(&self.world, self.supply).await?;
        self.tally.lost.extend(missing.into_iter().map(|sentence| format!("round {id}: {sentence}")));
        let violations = self.tally.violations().count() - before;
        for fault in &script.faults {
            let fate = self.tally.fates.entry(*fault).or_default();
            fate.rounds += 1;
            fate.settled += u64::from(settled);
            fate.violations += violations as u64;
        }
        Ok(())
    }

    /// Who was slashed, and whether that was right.
    async fn bonds(&mut self, round: &Round, script: &Script) -> Result<()> {
        let mute: BTreeSet<&str> =
            script.of_role(Role::Mute).map(|index| self.world.people.operators[index].address()).collect();
        let absent: BTreeSet<&str> =
            script.of_role(Role::Absent).map(|index| self.world.people.operators[index].address()).collect();
        for part in self.world.contracts.participations(MODEL, round.id).await? {
            let without = part.commitment.is_none() && absent.contains(part.operator.as_str());
            self.tally.count(Fault::Silent.counted(), u64::from(without));
            self.tally.count(Fault::InTurn.counted(), u64::from(part.slashed));
            let (operator, owes) = (part.operator.as_str(), part.commitment.is_some() && part.revealed.is_none());
            if part.slashed && !mute.contains(operator) {
                let (seed, who) = (self.world.people.seed, self.world.people.called(operator));
                let sentence = format!("seed {seed}, round {} ({}): {who} lost its bond", round.id, script.names());
                self.tally.slashed.push(sentence);
            }
            if !part.slashed && owes && mute.contains(operator) {
                self.tally.others.push(format!("round {}: {operator} did not reveal and kept its bond", round.id));
            }
        }
        Ok(())
    }

    async fn settled(&mut self, round: &Round, script: &Script, market: &Market) -> Result<()> {
        let id = round.id;
        self.tally.settled += 1;
        for unsettled in self.tally.unsettled.iter_mut().filter(|unsettled| unsettled.covered_by.is_none()) {
            if unsettled.last_epoch <= round.last_epoch.get() {
                unsettled.covered_by = Some(id);
            }
        }
        let replay = replay::replay(&self.world.contracts, MODEL, id).await?;
        let differences = replay.differences.iter().map(|difference| format!("round {id}: {difference}"));
        self.tally.wrong_payouts.extend(differences);
        let revealed = replay::revealed(&self.world.contracts, round).await?;
        self.honest(round, script, &revealed);
        self.unusable(round, market).await?;
        if id.get() % MEASURED_EVERY == 1 {
            self.measured(round, &revealed).await?;
        }
        Ok(())
    }

    /// Honest operators compute the same, and the median is what they computed.
    fn honest(&mut self, round: &Round, script: &Script, revealed: &[Revealed]) {
        let vectors: Vec<&Vector> = revealed.iter().map(|revealed| &revealed.vector).collect();
        let operators: BTreeSet<&str> = revealed.iter().map(|revealed| revealed.operator.as_str()).collect();
        if operators.len() != revealed.len() {
            self.tally.others.push(format!("round {}: an operator revealed twice", round.id));
        }
        let lies = self.of_roles(&[Role::Copying, Role::Lying], script, revealed).len();
        self.tally.count(Fault::Lying.counted(), lies as u64);
        let honest = self.of_roles(&[Role::Honest], script, revealed);
        self.tally.missed += (script.of_role(Role::Honest).count() - honest.len()) as u64;
        let Some(first) = honest.first() else { return };
        let differ =
            honest.iter().any(|vector| vector.entries != first.entries || vector.unresolved != first.unresolved);
        if differ && script.has(Fault::Withheld) {
            // Some looked before the receipts came and some after: what most of them saw holds.
            self.tally.count("rounds whose late receipts not all waited for", 1);
            return;
        }
        if differ {
            self.tally.others.push(format!("round {} ({}): honest vectors differ", round.id, script.names()));
        }
        let median = replay::aggregate(&vectors, round.redemptions as usize);
        if median.is_none_or(|median| median.entries != first.entries || median.unresolved != first.unresolved) {
            let sentence = format!("round {} ({}): the median is not the honest vector", round.id, script.names());
            self.tally.wrong_payouts.push(sentence);
        }
    }

    fn of_roles<'a>(&self, roles: &[Role], script: &Script, revealed: &'a [Revealed]) -> Vec<&'a Vector> {
        let indices = roles.iter().flat_map(|role| script.of_role(*role));
        let addresses: BTreeSet<&str> = indices.map(|index| self.world.people.operators[index].address()).collect();
        let own = revealed.iter().filter(|revealed| addresses.contains(revealed.operator.as_str()));
        own.map(|revealed| &revealed.vector).collect()
    }

    /// The money without usable receipts left the pool, and no more than that.
    async fn unusable(&mut self, round: &Round, market: &Market) -> Result<()> {
        let expected = market.unusable(round.first_epoch, round.last_epoch).await?;
        let most = expected + market.tardy(round.first_epoch, round.last_epoch).await?;
        let settled = self.world.contracts.settled_rounds(MODEL).await?;
        let settled = settled.iter().find(|settled| settled.round == round.id).context("a settled round is listed")?;
        if !(expected..=most).contains(&settled.unresolved.u128()) {
            let (id, found) = (round.id, settled.unresolved);
            self.tally
                .wrong_payouts
                .push(format!("round {id}: {found} uopen left the pool, {expected} had no receipts"));
        }
        Ok(())
    }

    async fn measured(&mut self, round: &Round, revealed: &[Revealed]) -> Result<()> {
        let vectors: Vec<&Vector> = revealed.iter().map(|revealed| &revealed.vector).collect();
        let median = replay::aggregate(&vectors, round.redemptions as usize).context("a settled round has vectors")?;
        let distance = replay::influence(&self.engine, &median, MODEL, round.id).await?;
        self.tally.measured += 1;
        if !distance.holds() {
            self.tally.wrong_payouts.push(format!("round {}: measured again, {distance:?}", round.id));
        }
        Ok(())
    }

    fn unsettled(&mut self, round: &Round, script: &Script) {
        self.tally.unsettled.push(Unsettled {
            round: round.id,
            outcome: ended_as(round),
            why: why(round, script),
            last_epoch: round.last_epoch.get(),
            covered_by: None,
        });
    }

    /// At the end: whether every epoch with fees was covered.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn finish(mut self, market: &Market) -> Result<Tally> {
        for book in self.world.contracts.books(MODEL).await? {
            let unusable = market.unusable(book.epoch, book.epoch).await?;
            if book.settled_by.is_none() && unusable < book.gross.u128() {
                self.tally.uncovered.push(format!("epoch {} of {} uopen was never settled", book.epoch, book.gross));
            }
        }
        self.tally.others.extend(market.violations.iter().cloned());
        self.tally.count(Fault::ChannelClosed.counted(), market.closed);
        self.tally.count(Fault::HiddenHead.counted(), market.misused);
        self.tally.count(Fault::Withheld.counted(), market.shown_late);
        self.tally.count("vouchers that a halt outlasted", market.expired);
        Ok(self.tally)
    }
}

fn ended_as(round: &Round) -> String {
    round.outcome.map_or_else(|| "open".to_owned(), |outcome| format!("{outcome:?}"))
}

/// The one reason where it is known, else all that went wrong.
fn why(round: &Round, script: &Script) -> String {
    if script.has(Fault::TwoAbsent) {
        return Fault::TwoAbsent.name().to_owned();
    }
    if round.too_few > 0 || round.outcome == Some(Outcome::NothingMeasured) {
        return "too few usable receipts".to_owned();
    }
    let Round { committed, vectors, .. } = round;
    format!("{}: of {}, {committed} committed, {vectors} revealed", script.names(), round.operators.len())
}
