//! Rounds, played by all operators.

use cosmwasm_std::{Addr, Binary, Uint64};
use protocol::attribution::{ExecuteMsg, Operator, Participation, Phase, QueryMsg, ReportMsg, Round};
use protocol::{Hash32, RoundId};
use rules::{
    bitmap::Bitmap,
    hash::Hash,
    score::{Report, ScoreEntry, Vector, pack_entries, report_commitment},
};

use super::{World, id_of};
use crate::{ChainError, TxOutcome};

/// What an operator does in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Commits and reveals.
    Reports(Report),
    /// Commits and stays silent.
    Silent,
    /// Does nothing.
    Absent,
}

/// A vector of `(score, error)` by position; every redemption resolved.
pub fn report(entries: &[(i32, u32)], reach: u64, redemptions: u32) -> Report {
    Report::Vector(Vector {
        entries: entries.iter().map(|&(score, error)| ScoreEntry { score, error }).collect(),
        reach,
        unresolved: Bitmap::new(redemptions as usize),
    })
}

/// The reach of a valuation: Σ max(score, 0).
pub fn positive_sum(entries: &[(i32, u32)]) -> u64 {
    entries.iter().filter_map(|&(score, _)| u64::try_from(score).ok()).sum()
}

/// A report as it is revealed.
pub fn report_message(report: &Report) -> ReportMsg {
    match report {
        Report::TooFew => ReportMsg::TooFew {},
        Report::Vector(vector) => ReportMsg::Vector {
            entries: Binary::from(pack_entries(&vector.entries)),
            reach: Uint64::new(vector.reach),
            unresolved: Binary::from(vector.unresolved.as_bytes()),
        },
    }
}

fn salt(operator: &Addr, round: RoundId) -> Hash {
    rules::hash::digest("test-report-salt/v1", &[operator.as_bytes(), &round.get().to_be_bytes()])
}

impl World {
    /// Opens a round, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn open_round(&mut self) -> Result<Round, ChainError> {
        let outcome = self.attribute_as(&self.accounts.stranger.clone(), &ExecuteMsg::Open { model: self.model })?;
        Ok(self.round(RoundId(id_of(&outcome, "round_opened", "round"))))
    }

    /// Opens a valuation round, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn open_valuation(&mut self) -> Result<Round, ChainError> {
        let open = ExecuteMsg::OpenValuation { model: self.model };
        let outcome = self.attribute_as(&self.accounts.stranger.clone(), &open)?;
        Ok(self.round(RoundId(id_of(&outcome, "round_opened", "round"))))
    }

    /// Opens a valuation round and settles it with all operators reporting the same utility.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn value(&mut self, entries: &[(i32, u32)]) -> Result<Round, ChainError> {
        self.value_owing(entries, positive_sum(entries))
    }

    /// Plays a valuation in which every operator reports the same scores and the same reach.
    ///
    /// # Errors
    /// If the contract refuses the opening.
    pub fn value_owing(&mut self, entries: &[(i32, u32)], reach: u64) -> Result<Round, ChainError> {
        let round = self.open_valuation()?;
        let same = Part::Reports(report(entries, reach, 0));
        let parts = vec![same; self.accounts.operators.len()];
        self.play_opened(&round, &parts)
    }

    /// Leaves as an operator.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn unbond(&mut self, operator: &Addr) -> Result<TxOutcome, ChainError> {
        self.attribute_as(operator, &ExecuteMsg::Unbond { method: self.method })
    }

    /// Takes back the bond of an operator who has left.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn withdraw_bond(&mut self, operator: &Addr) -> Result<TxOutcome, ChainError> {
        self.attribute_as(operator, &ExecuteMsg::WithdrawBond { method: self.method })
    }

    /// Commits a report as an operator.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn commit_report(&mut self, operator: &Addr, round: &Round, report: &Report) -> Result<TxOutcome, ChainError> {
        let domain = self.domain(&self.at.attribution);
        let salt = salt(operator, round.id);
        let commitment = report_commitment(&domain, round.inputs.bytes(), operator.as_str(), report, &salt);
        self.attribute_as(
            operator,
            &ExecuteMsg::Commit { model: round.model, round: round.id, commitment: Hash32(commitment) },
        )
    }

    /// Reveals a report as an operator.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn reveal_report(&mut self, operator: &Addr, round: &Round, report: &Report) -> Result<TxOutcome, ChainError> {
        let salt = Hash32(salt(operator, round.id));
        let reveal = ExecuteMsg::Reveal { model: round.model, round: round.id, report: report_message(report), salt };
        self.attribute_as(operator, &reveal)
    }

    /// Lets the round's current window end.
    pub fn pass_window(&mut self, round: RoundId) {
        let round = self.round(round);
        let time = round.window_ends_at.get().max(self.chain.time());
        self.chain.set_time(time).expect("the end of a window is ahead, or now");
        let config: protocol::attribution::Config = self.attribution(&QueryMsg::Config {});
        let wanted = round.window_began_height.u64().saturating_add(config.min_blocks.u64());
        self.chain.pass_blocks(wanted.saturating_sub(self.chain.height()));
    }

    /// Begins the reveal window.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn end_commits(&mut self, round: RoundId) -> Result<TxOutcome, ChainError> {
        self.attribute_as(&self.accounts.stranger.clone(), &ExecuteMsg::EndCommits { model: self.model, round })
    }

    /// Aggregates a chunk.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn aggregate(&mut self, round: RoundId, limit: Option<u32>) -> Result<TxOutcome, ChainError> {
        self.attribute_as(&self.accounts.stranger.clone(), &ExecuteMsg::Aggregate { model: self.model, round, limit })
    }

    /// Advances a chunk.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn advance(&mut self, round: RoundId, limit: Option<u32>) -> Result<TxOutcome, ChainError> {
        self.attribute_as(&self.accounts.stranger.clone(), &ExecuteMsg::Advance { model: self.model, round, limit })
    }

    /// Opens a round and plays it to the end; `parts` are the operators', in order.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn play_round(&mut self, parts: &[Part]) -> Result<Round, ChainError> {
        let round = self.open_round()?;
        self.play_opened(&round, parts)
    }

    /// Plays an opened round to the end.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn play_opened(&mut self, round: &Round, parts: &[Part]) -> Result<Round, ChainError> {
        let operators = self.accounts.operators.clone();
        for (operator, part) in operators.iter().zip(parts) {
            match part {
                Part::Reports(report) => drop(self.commit_report(operator, round, report)?),
                Part::Silent => drop(self.commit_report(operator, round, &Report::TooFew)?),
                Part::Absent => (),
            }
        }
        self.pass_window(round.id);
        self.end_commits(round.id)?;
        for (operator, part) in operators.iter().zip(parts) {
            if let Part::Reports(report) = part {
                self.reveal_report(operator, round, report)?;
            }
        }
        self.pass_window(round.id);
        self.finish_round(round.id)
    }

    /// Aggregates and advances until the round is closed.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn finish_round(&mut self, round: RoundId) -> Result<Round, ChainError> {
        loop {
            match self.round(round).phase {
                Phase::Commit | Phase::Reveal | Phase::Aggregate => self.aggregate(round, None)?,
                Phase::Advance => self.advance(round, None)?,
                Phase::Closed => return Ok(self.round(round)),
            };
        }
    }

    /// Pays a fee, lets its epoch pass, and settles it with all operators reporting the same.
    ///
    /// # Errors
    /// If the contract refuses a step.
    pub fn settle(&mut self, fee: u128, entries: &[(i32, u32)], reach: u64) -> Result<Round, ChainError> {
        self.pay(fee)?;
        self.finish_epoch();
        let round = self.open_round()?;
        let same = Part::Reports(report(entries, reach, round.redemptions));
        let parts = vec![same; self.accounts.operators.len()];
        self.play_opened(&round, &parts)
    }

    /// Sends a message to `attribution`.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn attribute_as(&mut self, sender: &Addr, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.chain.execute(sender, &self.at.attribution, msg, &[])
    }

    /// Asks `attribution`.
    pub fn attribution<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.chain.query(&self.at.attribution, query).expect("attribution answers")
    }

    /// A round as it stands.
    pub fn round(&self, round: RoundId) -> Round {
        self.attribution(&QueryMsg::Round { model: self.model, round })
    }

    /// Operators' parts in a round.
    pub fn participations(&self, round: RoundId) -> Vec<Participation> {
        self.attribution(&QueryMsg::Participations { model: self.model, round })
    }

    /// An operator as it stands.
    pub fn operator(&self, account: &Addr) -> Operator {
        self.attribution(&QueryMsg::Operator { method: self.method, account: account.to_string() })
    }
}
