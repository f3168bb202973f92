//! What whoever runs the model does before training on a contribution. Nothing of it is a rule of the contracts: they pay for the influence
//! of what is trained on, and what that is, the model's owner decides.

use clap::ValueEnum;

/// One thing that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precaution {
    /// None.
    Nothing,
    /// Looks for copies that were shifted, too, and not only for images that are alike at rest.
    Shifts,
    /// Looks for items that repeat what the model answered before they were committed, at a fee.
    Receipts,
    /// Leaves all of a contribution out of which a fifth repeats others, or the model's answers.
    Refusal,
    /// Trains on every image shifted to each side as well, as queries come.
    Augment,
    /// Takes a newcomer only if the influence of its items on true answers adds up to more than chance.
    Chance,
    /// Trains with and without a newcomer, and takes it only if the loss is certain to fall.
    Trial,
}

/// All that is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Care(u8);

impl Care {
    /// No precaution.
    pub const NONE: Self = Self(0);

    /// These; [`Precaution::Nothing`] adds nothing.
    pub fn new(all: impl IntoIterator<Item = Precaution>) -> Self {
        Self(all.into_iter().fold(0, |bits, precaution| bits | bit(precaution)))
    }

    /// Whether it is done.
    pub fn takes(self, precaution: Precaution) -> bool {
        self.0 & bit(precaution) > 0
    }

    /// As tables name it.
    pub fn name(self) -> String {
        let taken = Precaution::value_variants().iter().filter(|&&precaution| self.takes(precaution));
        let names: Vec<String> = taken.map(|precaution| format!("{precaution:?}").to_lowercase()).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

fn bit(precaution: Precaution) -> u8 {
    // The first, nothing, has no bit.
    (1 << precaution as u8) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_precaution_and_each_counts_once() {
        let care = Care::new([Precaution::Trial, Precaution::Nothing, Precaution::Shifts, Precaution::Trial]);
        assert_eq!(care.name(), "shifts, trial");
        assert!(care.takes(Precaution::Shifts) && !care.takes(Precaution::Nothing));
        assert_eq!(Care::new([Precaution::Nothing]), Care::NONE);
        assert_eq!(Care::NONE.name(), "nothing");
    }
}
