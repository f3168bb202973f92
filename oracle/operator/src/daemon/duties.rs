//! What is due: decided from what the chain says and nothing else, so that a restart at any line decides the same again.
//!
//! All times are the chain's. The local clock may be wrong by minutes without consequence.

use chain::Status;
use cosmwasm_std::Uint128;
use protocol::{
    attribution::{Operator, Participation, Phase, Round},
    settlement::OpenRange,
};
use rules::clock::{Clock, Window};

/// Something that an operator has to send, or might.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Due {
    /// A round, over the epochs that wait.
    Open,
    /// A valuation round.
    OpenValuation,
    /// The commitment to its report.
    Commit,
    /// The end of a commit window in which it has nothing to reveal.
    EndCommits,
    /// Its report.
    Reveal,
    /// A chunk of the first pass.
    Aggregate,
    /// A chunk of the second pass.
    Advance,
    /// Its rewards.
    Withdraw,
}

impl Due {
    /// Name for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenValuation => "open_valuation",
            Self::Commit => "commit",
            Self::EndCommits => "end_commits",
            Self::Reveal => "reveal",
            Self::Aggregate => "aggregate",
            Self::Advance => "advance",
            Self::Withdraw => "withdraw",
        }
    }

    /// Whether anybody may do it, so that being late costs nothing.
    pub fn is_anybodys(self) -> bool {
        !matches!(self, Self::Commit | Self::Reveal | Self::Withdraw)
    }
}

/// How an operator shares the duties that are anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Seconds between the operators' turns.
    pub stagger: u64,
}

/// What is due in an open round for the operator `me` whose part is `part`.
pub fn due(round: &Round, part: Option<&Participation>, me: &str, now: &Status, turns: Turns) -> Option<Due> {
    let ended = window(round, turns.min_blocks).ended(now.time, now.height);
    let mine = is_turn(round, me, now, turns);
    let committed = part.is_some_and(|part| part.commitment.is_some());
    let revealed = part.is_some_and(|part| part.revealed.is_some());
    match round.phase {
        Phase::Commit if !ended => (is_in(round, me) && !committed).then_some(Due::Commit),
        // The first reveal begins the window.
        Phase::Commit if committed => Some(Due::Reveal),
        Phase::Commit => mine.then_some(Due::EndCommits),
        Phase::Reveal if !ended => (committed && !revealed).then_some(Due::Reveal),
        Phase::Reveal | Phase::Aggregate => mine.then_some(Due::Aggregate),
        Phase::Advance => mine.then_some(Due::Advance),
        Phase::Closed => None,
    }
}

/// From which second on the chain lets a range be opened, `None` if never: the end of its redemption period, and where a round over any of
/// it failed, whose last one was `last`, the epoch after that round was opened.
pub fn openable_from(range: &OpenRange, last: Option<&Round>, clock: &Clock) -> Option<u64> {
    let redeemed = clock.redemption_end(range.last_epoch.get())?;
    let Some(failed) = last.filter(|last| range.first_epoch <= last.last_epoch) else { return Some(redeemed) };
    let next = clock.end_of(clock.epoch_at(failed.opened_at.get())?)?;
    Some(next.max(redeemed))
}

/// Whether a round that opened now would have an operator in its set: active, not left, bonded in whole.
pub fn is_seated(operator: &Operator, bond: Uint128, time: u64) -> bool {
    let stays = operator.leaves_at.is_none_or(|leaves_at| leaves_at.get() > time);
    operator.active_from.get() <= time && stays && operator.bond >= bond
}

/// Whether an operator is in a round's set.
pub fn is_in(round: &Round, me: &str) -> bool {
    round.operators.iter().any(|operator| operator.as_str() == me)
}

/// The current window of a round.
pub fn window(round: &Round, min_blocks: u64) -> Window {
    Window { ends_at: round.window_ends_at.get(), began_height: round.window_began_height.u64(), min_blocks }
}

/// Whether it is an operator's turn to do what is anybody's: `rank · stagger` seconds after the window's end.
fn is_turn(round: &Round, me: &str, now: &Status, turns: Turns) -> bool {
    let late = now.time.saturating_sub(round.window_ends_at.get());
    let operators: Vec<&str> = round.operators.iter().map(|operator| operator.as_str()).collect();
    late >= rank(&operators, me, round.id.get()).saturating_mul(turns.stagger)
}

/// Whether it is an operator's turn at what is due from no moment that all know: turns never end, each lasts as long as operators are apart.
pub fn is_turn_now(operators: &[&str], me: &str, time: u64, stagger: u64) -> bool {
    time.checked_div(stagger).is_none_or(|turn| rank(operators, me, turn) == 0)
}

/// Place of an operator in the order of turns: the set's order, rotated by a number, and strangers last.
pub fn rank(operators: &[&str], me: &str, rotated_by: u64) -> u64 {
    let count = operators.len() as u64;
    let place = operators.iter().position(|operator| *operator == me);
    match place {
        Some(place) => (place as u64 + count - rotated_by % count) % count,
        None => count,
    }
}
