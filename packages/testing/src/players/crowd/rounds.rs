//! Rounds: whoever is next does what is next.

use cosmwasm_std::{Addr, Binary};
use protocol::attribution::{ExecuteMsg, Participation, Phase, QueryMsg, Round};
use protocol::settlement::{self, Openable};
use protocol::{Hash32, ModelId, RoundId};
use rules::bitmap::Bitmap;
use rules::score::{Report, SCALE, ScoreEntry, Vector, report_commitment};

use super::{Action, Chance, Crowd, Moves, Table};
use crate::scenario::report_message;

/// The position that mostly does harm, where there are as many.
const HARMFUL: usize = 1;

pub const MOVES: &Moves = &[
    (260, Crowd::next_step_of_a_round),
    (16, Crowd::open),
    (6, Crowd::open_valuation),
    (5, Crowd::step_out_of_turn),
    (1, Crowd::report_to_settlement),
];

impl Crowd {
    fn open(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        if table.open_round(model).is_some() && !self.chance.once_in(10) {
            return None;
        }
        let openable: Openable = table.ask(&table.world.at.settlement, &settlement::QueryMsg::Openable { model })?;
        if !matches!(openable, Openable::Range(_)) && !self.chance.once_in(20) {
            return None;
        }
        Some(Action::message(&self.anyone(), &table.world.at.attribution, &ExecuteMsg::Open { model }))
    }

    fn open_valuation(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let valuation: settlement::Valuation =
            table.ask(&table.world.at.settlement, &settlement::QueryMsg::Valuation { model })?;
        if valuation.epoch < valuation.not_before && !self.chance.once_in(10) {
            return None;
        }
        Some(Action::message(&self.anyone(), &table.world.at.attribution, &ExecuteMsg::OpenValuation { model }))
    }

    fn next_step_of_a_round(&mut self, table: &Table) -> Option<Action> {
        let open: Vec<Round> = table.models().iter().filter_map(|model| table.open_round(model.id)).collect();
        let round = self.one(&open)?;
        match round.phase {
            Phase::Commit => self.commit_step(table, &round),
            Phase::Reveal => self.reveal_step(table, &round),
            Phase::Aggregate | Phase::Advance => Some(self.count_step(table, &round)),
            Phase::Closed => None,
        }
    }

    /// The next operator commits; when all have, or one is late, the window ends.
    fn commit_step(&mut self, table: &Table, round: &Round) -> Option<Action> {
        let missing = table.participations(round).into_iter().find(|one| one.commitment.is_none());
        match missing.filter(|_| self.in_time(table, round)) {
            Some(participation) => self.commit(table, round, &participation.operator),
            None => {
                let end = ExecuteMsg::EndCommits { model: round.model, round: round.id };
                let end = Action::message(&self.anyone(), &table.world.at.attribution, &end);
                Some(self.after_window(table, round, end))
            }
        }
    }

    /// Mostly nobody is late.
    fn in_time(&mut self, table: &Table, round: &Round) -> bool {
        let late = table.world.chain.time() >= round.window_ends_at.get();
        self.chance.once_in(25) == late
    }

    fn commit(&mut self, table: &Table, round: &Round, operator: &Addr) -> Option<Action> {
        let (report, salt) = (self.report(round), self.chance.bytes());
        let domain = table.world.domain(&table.world.at.attribution);
        let commitment = report_commitment(&domain, round.inputs.bytes(), operator.as_str(), &report, &salt);
        self.reports.insert((round.model, round.id, operator.clone()), (report, salt));
        let commit = ExecuteMsg::Commit { model: round.model, round: round.id, commitment: Hash32(commitment) };
        let sender = self.mostly(operator);
        Some(Action::message(&sender, &table.world.at.attribution, &commit))
    }

    fn reveal_step(&mut self, table: &Table, round: &Round) -> Option<Action> {
        let silent = |one: &Participation| one.commitment.is_some() && one.revealed.is_none();
        let missing = table.participations(round).into_iter().find(silent);
        match missing.filter(|_| self.in_time(table, round)) {
            Some(participation) => self.reveal(table, round, &participation.operator),
            None => {
                let first = self.count_step(table, round);
                Some(self.after_window(table, round, first))
            }
        }
    }

    fn reveal(&mut self, table: &Table, round: &Round, operator: &Addr) -> Option<Action> {
        let (report, salt) = self.reports.get(&(round.model, round.id, operator.clone()))?.clone();
        let (report, salt) = (report_message(&report), Hash32(salt));
        let reveal = ExecuteMsg::Reveal { model: round.model, round: round.id, report, salt };
        let sender = self.mostly(operator);
        Some(Action::message(&sender, &table.world.at.attribution, &reveal))
    }

    /// Aggregates or advances, some positions or all.
    fn count_step(&mut self, table: &Table, round: &Round) -> Action {
        let limit = self.one(&[None, None, Some(1), Some(64), Some(0), Some(u32::MAX)]).flatten();
        let Round { model, id: round, phase, .. } = *round;
        let msg = match phase {
            Phase::Advance => ExecuteMsg::Advance { model, round, limit },
            _ => ExecuteMsg::Aggregate { model, round, limit },
        };
        Action::message(&self.anyone(), &table.world.at.attribution, &msg)
    }

    /// Waits for the end of the round's window, sometimes not quite.
    fn after_window(&mut self, table: &Table, round: &Round, action: Action) -> Action {
        let early = if self.chance.once_in(5) { 1 } else { 0 };
        let seconds = round.window_ends_at.get().saturating_sub(table.world.chain.time()).saturating_sub(early);
        self.queue.push_back(action);
        Action::Pass { seconds, blocks: self.chance.below(4).saturating_add(2) }
    }

    /// Anything of a round at any time.
    fn step_out_of_turn(&mut self, table: &Table) -> Option<Action> {
        let model = self.some_model(table)?.id;
        let round = table.open_round(model).map_or(RoundId(1), |round| round.id);
        let limit = None;
        let msg = match self.chance.below(4) {
            0 => ExecuteMsg::EndCommits { model, round },
            1 => ExecuteMsg::Aggregate { model, round, limit },
            2 => ExecuteMsg::Advance { model, round, limit },
            _ => ExecuteMsg::Commit { model, round, commitment: Hash32(self.chance.bytes()) },
        };
        Some(Action::message(&self.anyone(), &table.world.at.attribution, &msg))
    }

    /// What `attribution`, `datanet` and `model` alone may.
    fn report_to_settlement(&mut self, table: &Table) -> Option<Action> {
        let (model, round) = (self.some_model(table)?.id, RoundId(1));
        let entries = Binary::from([0; 8]);
        let msg = match self.chance.below(3) {
            0 => settlement::ExecuteMsg::SyncContributions { updates: vec![] },
            1 => settlement::ExecuteMsg::TakePositions { model, first_position: 0, contributions: vec![] },
            _ => settlement::ExecuteMsg::Advance { model, round, begin: None, first_position: 0, entries },
        };
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &msg))
    }

    /// What all operators measure, or nearly; some see too little, some lie.
    fn report(&mut self, round: &Round) -> Report {
        let mut truth = Chance::new(round.id.get().saturating_mul(1_000).saturating_add(round.model.get()));
        let mut vector = measured(&mut truth, round);
        match self.chance.below(100) {
            0 => return Report::TooFew,
            1 => vector.reach = u64::MAX,
            2 => vector.entries.reverse(),
            3 => vector.entries.iter_mut().for_each(|entry| {
                entry.score = self.chance.pick(&[SCALE, -SCALE, i32::MIN]).copied().unwrap_or_default()
            }),
            4 => vector.entries.iter_mut().for_each(|entry| entry.error = u32::MAX),
            5 => vector.entries.iter_mut().for_each(|entry| *entry = ScoreEntry { score: 0, error: 0 }),
            6..30 => vector
                .entries
                .iter_mut()
                .for_each(|entry| entry.error = entry.error.saturating_add(self.chance.below(1_000) as u32)),
            _ => (),
        }
        Report::Vector(vector)
    }
}

/// The truth of a round.
fn measured(truth: &mut Chance, round: &Round) -> Vector {
    let positions = u64::from(round.positions);
    let most = 900_000_000u64.checked_div(positions).unwrap_or_default();
    let entries: Vec<ScoreEntry> = (0..positions).map(|position| entry(truth, position, most)).collect();
    let positive: u64 = entries.iter().filter_map(|entry| u64::try_from(entry.score).ok()).sum();
    let mut unresolved = Bitmap::new(round.redemptions as usize);
    for redemption in 0..round.redemptions as usize {
        if truth.once_in(15) {
            let _ = unresolved.set(redemption);
        }
    }
    let more = if round.redemptions == 0 { 0 } else { truth.below(50_000_000) };
    Vector { entries, reach: positive.saturating_add(more).min(SCALE.unsigned_abs().into()), unresolved }
}

fn entry(truth: &mut Chance, position: u64, most: u64) -> ScoreEntry {
    let error = if truth.once_in(3) { truth.below(100_000_000) } else { 0 } as u32;
    if position == HARMFUL as u64 && !truth.once_in(5) {
        return ScoreEntry { score: -(most as i32), error: 0 };
    }
    let score = truth.below(most) as i32;
    ScoreEntry { score: if truth.once_in(5) { -score } else { score }, error }
}

impl Table {
    pub(super) fn has_open_round(&self) -> bool {
        self.models().iter().any(|model| self.open_round(model.id).is_some())
    }

    fn open_round(&self, model: ModelId) -> Option<Round> {
        self.ask::<Option<Round>>(&self.world.at.attribution, &QueryMsg::OpenRound { model }).flatten()
    }

    fn participations(&self, round: &Round) -> Vec<Participation> {
        let query = QueryMsg::Participations { model: round.model, round: round.id };
        self.ask(&self.world.at.attribution, &query).unwrap_or_default()
    }
}
