//! Positions of the model: honest contributors, and those that an attacker can take.

use std::ops::Range;

/// Images of an attacker's batch, and of each contributor that it is compared with.
pub const SIZE: usize = 60;
/// Images of other honest contributors.
const OTHERS: [usize; 3] = [40, 80, 120];
/// Honest contributors of the attacker's size.
const CONTROLS: usize = 3;
/// Positions that an attacker can take; those without items score 0.
const SLOTS: usize = 10;

/// Whose images are copied: honest, and of the attacker's size.
pub const VICTIM: usize = OTHERS.len() + CONTROLS;
/// All positions.
pub const POSITIONS: usize = VICTIM + 1 + SLOTS;

/// Images of every honest contributor, by position.
pub fn honest() -> Vec<usize> {
    OTHERS.into_iter().chain([SIZE; CONTROLS + 1]).collect()
}

/// The honest contributors that an attacker is compared with.
pub fn controls() -> Range<usize> {
    OTHERS.len()..VICTIM
}

/// The position of an attacker's contribution.
pub fn slot(contribution: usize) -> usize {
    VICTIM + 1 + contribution
}

/// All positions of an attacker.
pub fn slots() -> Range<usize> {
    VICTIM + 1..POSITIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_victim_are_of_the_attackers_size_and_positions_do_not_overlap() {
        let honest = honest();
        assert_eq!(honest.len(), VICTIM + 1);
        assert!(controls().chain([VICTIM]).all(|position| honest[position] == SIZE));
        assert_eq!((slot(0), slots().end), (honest.len(), POSITIONS));
    }
}
