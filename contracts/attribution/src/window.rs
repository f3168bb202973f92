//! Phases and their windows: half open, and never shorter than the minimum number of blocks.

use cosmwasm_std::{Env, Uint64};
use protocol::Seconds;
use protocol::attribution::{Phase, Round};
use rules::clock::Window;

use crate::ContractError;

/// The current block, and how many blocks a window lasts.
#[derive(Clone, Copy)]
pub struct Now {
    /// Block time, in seconds.
    pub time: u64,
    /// Height.
    pub height: u64,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
}

impl Now {
    /// The block that carries the message.
    pub fn of(env: &Env, min_blocks: u64) -> Self {
        Self { time: env.block.time.seconds(), height: env.block.height, min_blocks }
    }

    /// Whether the round's current window has ended.
    pub fn has_ended(&self, round: &Round) -> bool {
        self.window(round).ended(self.time, self.height)
    }

    /// Refuses to act once the window has ended.
    pub fn require_running(&self, round: &Round) -> Result<(), ContractError> {
        if self.has_ended(round) {
            let ended_at = round.window_ends_at;
            return Err(ContractError::WindowEnded { ended_at });
        }
        Ok(())
    }

    /// Refuses to advance while the window runs.
    pub fn require_ended(&self, round: &Round) -> Result<(), ContractError> {
        if self.has_ended(round) {
            return Ok(());
        }
        let last = round.window_began_height.u64().saturating_add(self.min_blocks);
        Err(ContractError::WindowOpen { until: round.window_ends_at, blocks_left: last.saturating_sub(self.height) })
    }

    /// Block time.
    pub const fn seconds(&self) -> Seconds {
        Seconds(self.time)
    }

    /// The earliest end of a window that begins now.
    pub fn end_after(&self, period: Seconds) -> Result<Seconds, ContractError> {
        later(self.seconds(), period)
    }

    /// Begins a phase and its window now.
    pub fn begin(&self, round: &mut Round, phase: Phase, period: Seconds) -> Result<(), ContractError> {
        round.phase = phase;
        round.window_ends_at = self.end_after(period)?;
        round.window_began_height = Uint64::new(self.height);
        Ok(())
    }

    fn window(&self, round: &Round) -> Window {
        Window {
            ends_at: round.window_ends_at.get(),
            began_height: round.window_began_height.u64(),
            min_blocks: self.min_blocks,
        }
    }
}

/// The time that lies a period after another.
pub fn later(time: Seconds, period: Seconds) -> Result<Seconds, ContractError> {
    let sum = time.get().checked_add(period.get());
    sum.map(Seconds).ok_or(ContractError::Overflow)
}

/// Refuses a message that belongs to another phase.
pub fn require_phase(round: &Round, expected: Phase) -> Result<(), ContractError> {
    let phase = round.phase;
    if phase != expected {
        return Err(ContractError::WrongPhase { phase, expected });
    }
    Ok(())
}
