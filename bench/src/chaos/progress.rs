//! What the driver knows of a round in progress on the embedded chain.

use std::time::Instant;

use protocol::attribution::{Participation, Phase, Round};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    faults::{Fault, Role, Script},
    people::OPERATORS,
};

/// What the driver knows of a round in progress.
pub struct Progress {
    /// Turns of the driver before a halt.
    pub halt_in: Option<u32>,
    /// Turns before the disk is full, and turns until there is space again.
    pub disk: Option<(u32, u32)>,
    /// Kills that are still to come, by operator.
    pub kills: [u32; OPERATORS],
    /// Turns for which an operator stays dead.
    pub dead: [u32; OPERATORS],
    /// Turns since the round opened.
    pub turn: u32,
    /// Turns before withheld receipts are shown.
    pub show_in: u32,
    /// Whether half of the commit window is let pass before anybody measures.
    pub skips_patience: bool,
    /// Whether receipts of its range will never come, so that they are waited for until half of the commit window has passed.
    pub lacks: bool,
    /// Since when nothing has moved.
    pub still_since: Instant,
    /// The round, once it is open.
    pub round: Option<Round>,
    /// Operators' parts in it.
    pub parts: Vec<Participation>,
}

impl Progress {
    /// Draws when what happens.
    pub fn draw(script: &Script, chance: &mut ChaCha8Rng) -> Self {
        let mut kills = [0; OPERATORS];
        if script.has(Fault::OperatorKilled) {
            let honest: Vec<usize> = script.of_role(Role::Honest).collect();
            for _ in 0..chance.random_range(1..=6) {
                kills[honest[chance.random_range(0..honest.len())]] += 1;
            }
        }
        let full = chance.random_range(0..if script.early { 2 } else { 10 });
        Progress {
            halt_in: script.has(Fault::Halted).then(|| chance.random_range(1..if script.early { 3 } else { 12 })),
            disk: script.has(Fault::DiskFull).then(|| (full, full + chance.random_range(1..25))),
            kills,
            dead: [0; OPERATORS],
            turn: 0,
            show_in: chance.random_range(0..6),
            skips_patience: chance.random_bool(0.8),
            lacks: false,
            still_since: Instant::now(),
            round: None,
            parts: Vec::new(),
        }
    }

    /// The round's phase, the end of its window, and the middle of its commit window of such a length, once it is open.
    pub fn window(&self, length: u64) -> Option<(Phase, u64, u64)> {
        let round = self.round.as_ref()?;
        Some((round.phase, round.window_ends_at.get(), round.opened_at.get() + length / 2))
    }

    /// Whether the small disk is full.
    pub fn is_full(&self) -> bool {
        self.disk.is_some_and(|(full, free)| (full + 1..=free).contains(&self.turn))
    }

    /// Whether an operator has committed.
    pub fn has_committed(&self, operator: &str) -> bool {
        self.parts.iter().any(|part| part.operator.as_str() == operator && part.commitment.is_some())
    }

    /// Whether an operator has committed and not revealed.
    pub fn owes_reveal(&self, operator: &str) -> bool {
        let owes = |part: &Participation| part.commitment.is_some() && part.revealed.is_none();
        self.parts.iter().any(|part| part.operator.as_str() == operator && owes(part))
    }
}
