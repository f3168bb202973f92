//! From a long failure to a short one.

use super::{Action, Failure, Fault, replay};

/// The most replays that shortening takes.
const MAX_REPLAYS: usize = 400;

/// A failure with as few actions as were found to do.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The failure.
    pub failure: Failure,
    /// Replays that it took.
    pub replays: usize,
}

/// Leaves out halves, quarters, … single actions of a failure as long as the same kind of fault comes of the rest.
pub fn shrink(failure: &Failure) -> Shrunk {
    let mut shrunk = Shrunk { failure: failure.clone(), replays: 0 };
    let mut size = failure.actions.len().div_ceil(2);
    while size > 0 && shrunk.replays < MAX_REPLAYS {
        let mut start = 0;
        while start < shrunk.failure.actions.len() && shrunk.replays < MAX_REPLAYS {
            if !shrunk.leaves_out(start, size) {
                start = start.saturating_add(size);
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    shrunk
}

impl Shrunk {
    /// Whether it fails alike without these actions; then they are gone.
    fn leaves_out(&mut self, start: usize, size: usize) -> bool {
        let end = start.saturating_add(size);
        let kept = self.failure.actions.iter().enumerate().filter(|(index, _)| !(start..end).contains(index));
        let mut actions: Vec<Action> = kept.map(|(_, action)| action.clone()).collect();
        self.replays = self.replays.saturating_add(1);
        match replay(self.failure.seed, &actions) {
            Some((last, fault)) if alike(&fault, &self.failure.fault) => {
                actions.truncate(last.saturating_add(1));
                (self.failure.actions, self.failure.fault) = (actions, fault);
                true
            }
            _ => false,
        }
    }
}

/// The same in other numbers.
fn alike(one: &Fault, other: &Fault) -> bool {
    let words = |fault: &Fault| fault.to_string().replace(|letter: char| letter.is_ascii_digit(), "");
    words(one) == words(other)
}
