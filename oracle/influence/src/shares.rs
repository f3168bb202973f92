//! What every contribution has in one answer.

use crate::evidence::Ownership;

/// Which of the items' influences are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All, with their signs.
    Net,
    /// The positive ones.
    Positive,
}

/// Per position `Σ_{i∈c} φ_i / Σ_i |φ_i|`; all 0 if no item has any influence. `influence` is as long as `ownership` has items.
pub fn shares(influence: &[f64], ownership: &Ownership, part: Part) -> Vec<f64> {
    let total: f64 = influence.iter().map(|value| value.abs()).sum();
    let mut shares = vec![0.0; ownership.positions];
    if total > 0.0 {
        for (&value, &position) in influence.iter().zip(&ownership.item_positions) {
            shares[position as usize] += match part {
                Part::Net => value / total,
                Part::Positive => value.max(0.0) / total,
            };
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_signed_parts_of_the_total() {
        let ownership = Ownership { item_positions: vec![0, 2, 0, 2], positions: 3 };
        let influence = [1.0, -2.0, 3.0, -2.0];
        assert_eq!(shares(&influence, &ownership, Part::Net), [0.5, 0.0, -0.5]);
        assert_eq!(shares(&influence, &ownership, Part::Positive), [0.5, 0.0, 0.0]);
        assert_eq!(shares(&[0.0; 4], &ownership, Part::Net), [0.0; 3]);
    }
}
