//! From sums over draws to score entries, in integers (DESIGN section 5).
//!
//! For draws of one kind and stratum with weights `w` and shares `s`, `W = Σ w` and `Q = Σ w²`:
//!
//! - mean `m = Σ w s / W`, towards zero
//! - squared standard error `Σ w² (s − m)² / W² · n_eff / (n_eff − 1) = (Σ w² s² − 2 m Σ w² s + m² Q) / (W² − Q)`, since `n_eff = W² / Q`; of a
//!   single draw it is 1
//!
//! Over strata `h`, with `F_h` what was paid in each (the number of examples where nothing was paid) and `F = Σ F_h`: value `Σ F_h m_h / F`, squared
//! error `Σ F_h² e_h² / F²`. Net influence is that of receipts, utility that of examples.

use ethnum::{I256, U256};
use rules::bitmap::Bitmap;
use rules::score::{Report, ScoreEntry, Vector};
use serde::{Deserialize, Serialize};

use super::IndexError;
use super::asked::{Asked, Group, Kind, Thresholds};
use super::shares::{ONE, Sums};

/// Share units in one score unit: shares are in 10^-12, scores in 10^-9.
const PER_SCORE_UNIT: i64 = 1_000;

/// A mean and its standard error, in 10^-12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The mean, from −10^12 to 10^12.
    pub value: i64,
    /// Its standard error, at most 10^12; that where fewer than two draws say nothing of it.
    pub error: i64,
}

/// What was found of one contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionScore {
    /// Its position in the model's list of used contributions.
    pub position: u32,
    /// Net influence on what was served.
    pub net: Estimate,
    /// Net influence on what is true.
    pub utility: Estimate,
}

/// What a scoring job ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// Number of positions of the model.
    pub positions: u32,
    /// Whether there was enough evidence.
    pub enough: bool,
    /// Paid prompts.
    pub prompts: u64,
    /// Validation examples.
    pub validation_examples: u64,
    /// `Σ_c max(net_c, 0)`, in 10^-12.
    pub reach: i64,
    /// In the order of the index.
    pub contributions: Vec<ContributionScore>,
}

impl Scores {
    /// Scores of contributions from their sums per group.
    ///
    /// # Errors
    /// [`IndexError::Overflow`] if the sums are not those of shares.
    pub(super) fn new(
        positions: u32,
        asked: &Asked,
        thresholds: Thresholds,
        sums: impl Iterator<Item = (u32, Vec<Sums>)>,
    ) -> Result<Self, IndexError> {
        let weights = StratumWeights::of(&asked.groups);
        let score = |(position, sums): (u32, Vec<Sums>)| {
            let estimate = |kind| weights.estimate(&asked.groups, kind, &sums).ok_or(IndexError::Overflow);
            Ok(ContributionScore { position, net: estimate(Kind::Paid)?, utility: estimate(Kind::True)? })
        };
        let contributions = sums.map(score).collect::<Result<Vec<_>, IndexError>>()?;
        let draws = |kind| asked.groups.iter().filter(|group| group.kind == kind).map(|group| group.draws).sum();
        let (prompts, validation_examples) = (draws(Kind::Paid), draws(Kind::True));
        Ok(Self {
            positions,
            enough: has_enough(&asked.groups, thresholds)
                && validation_examples >= thresholds.validation_examples.into(),
            prompts,
            validation_examples,
            reach: contributions.iter().map(|own| own.net.value.max(0)).sum(),
            contributions,
        })
    }

    /// Canonical bytes: JSON without spaces, fields in their order.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain structs always serialise")
    }

    /// The report of a round; `unresolved` marks the redemptions whose receipts could not be had. Values and errors are rounded towards zero.
    pub fn report(&self, unresolved: Bitmap) -> Report {
        if !self.enough {
            return Report::TooFew;
        }
        let mut entries = vec![ScoreEntry::default(); self.positions as usize];
        for own in &self.contributions {
            entries[own.position as usize] = entry(decide(own.net, own.utility));
        }
        let reach = (self.reach / PER_SCORE_UNIT).unsigned_abs();
        Report::Vector(Vector { entries, reach, unresolved })
    }
}

/// Harm is taken as it is; otherwise the smaller of influence and usefulness, never below 0, with its own error. Of equals the influence decides.
fn decide(net: Estimate, utility: Estimate) -> Estimate {
    if utility.value < 0 {
        return utility;
    }
    let deciding = if net.value <= utility.value { net } else { utility };
    Estimate { value: deciding.value.max(0), error: deciding.error }
}

fn entry(score: Estimate) -> ScoreEntry {
    // Shares are at most 10^12, so that both fit.
    ScoreEntry { score: (score.value / PER_SCORE_UNIT) as i32, error: (score.error / PER_SCORE_UNIT) as u32 }
}

/// `(Σ w)² / Σ w² ≥ n` over all paid draws.
fn has_enough(groups: &[Group], thresholds: Thresholds) -> bool {
    let paid = || groups.iter().filter(|group| group.kind == Kind::Paid);
    let weight: u128 = paid().map(|group| group.weight).sum();
    let squares: U256 = paid().map(|group| U256::from(group.squares)).sum();
    U256::from(weight) * U256::from(weight) >= squares * U256::from(thresholds.effective_prompts) && weight > 0
}

/// What strata weigh.
struct StratumWeights(Vec<(u16, u128)>);

impl StratumWeights {
    /// What was paid in each; the number of examples where nothing was paid.
    fn of(groups: &[Group]) -> Self {
        let of_kind = |kind| -> Vec<(u16, u128)> {
            let own = groups.iter().filter(|group| group.kind == kind);
            own.map(|group| (group.stratum, group.weight)).collect()
        };
        let paid = of_kind(Kind::Paid);
        Self(if paid.is_empty() { of_kind(Kind::True) } else { paid })
    }

    fn of_stratum(&self, stratum: u16) -> u128 {
        self.0.iter().find(|(own, _)| *own == stratum).map_or(0, |(_, weight)| *weight)
    }

    /// Value and error over the strata of a kind.
    fn estimate(&self, groups: &[Group], kind: Kind, sums: &[Sums]) -> Option<Estimate> {
        let (mut total, mut value, mut square) = (0i128, 0i128, U256::ZERO);
        for (group, sums) in groups.iter().zip(sums).filter(|(group, _)| group.kind == kind) {
            let weight = i128::try_from(self.of_stratum(group.stratum)).ok()?;
            let (mean, squared_error) = of_group(group, sums)?;
            total = total.checked_add(weight)?;
            value = value.checked_add(weight.checked_mul(mean)?)?;
            let part = U256::from(weight.unsigned_abs()).checked_mul(U256::from(weight.unsigned_abs()))?;
            square = square.checked_add(part.checked_mul(squared_error)?)?;
        }
        if total == 0 {
            return Some(Estimate { value: 0, error: ONE });
        }
        let total = total.unsigned_abs();
        let variance = square / (U256::from(total) * U256::from(total));
        let error = u128::try_from(variance).ok()?.isqrt().min(ONE.unsigned_abs().into());
        Some(Estimate { value: i64::try_from(value / total as i128).ok()?, error: error as i64 })
    }
}

/// Mean in 10^-12 and squared standard error in 10^-24.
fn of_group(group: &Group, sums: &Sums) -> Option<(i128, U256)> {
    let most = U256::from(u128::from(ONE.unsigned_abs()).pow(2));
    let mean = sums.weighted / i128::try_from(group.weight).ok()?;
    let apart = (U256::from(group.weight) * U256::from(group.weight)).checked_sub(U256::from(group.squares))?;
    if group.draws < 2 || apart == U256::ZERO {
        return Some((mean, most));
    }
    let wide = I256::from(mean);
    let linear = sums.linear.checked_mul(wide)?.checked_mul(I256::from(2))?;
    let constant = (wide * wide).checked_mul(I256::from(group.squares))?;
    let spread = sums.square.checked_sub(linear)?.checked_add(constant)?;
    let spread = (spread >= I256::ZERO).then(|| spread.unsigned_abs())?;
    Some((mean, (spread / apart).min(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(kind: Kind, stratum: u16, weights: &[u64]) -> Group {
        let wide = || weights.iter().map(|weight| u128::from(*weight));
        Group {
            kind,
            stratum,
            draws: weights.len() as u64,
            weight: wide().sum(),
            squares: wide().map(|weight| weight * weight).sum(),
        }
    }

    fn sums(draws: &[(u64, i64)]) -> Sums {
        let wide = |weight: u64, share: i64| (i128::from(weight), i128::from(share));
        let products = || draws.iter().map(move |(weight, share)| wide(*weight, *share));
        Sums {
            weighted: products().map(|(weight, share)| weight * share).sum(),
            linear: products().map(|(weight, share)| I256::from(weight * weight) * I256::from(share)).sum(),
            square: products().map(|(weight, share)| I256::from(weight * share).pow(2)).sum(),
        }
    }

    fn estimate(groups: &[(Group, Sums)], kind: Kind) -> Estimate {
        let (groups, sums): (Vec<Group>, Vec<Sums>) = groups.iter().cloned().unzip();
        StratumWeights::of(&groups).estimate(&groups, kind, &sums).expect("sums of shares")
    }

    const TENTH: i64 = ONE / 10;

    #[test]
    fn equal_weights_give_the_textbook_standard_error() {
        // Sample 0.1, 0.2, 0.6: mean 0.3, sample variance 0.07, standard error √(0.07 / 3) = 0.152 752 523 165 19…
        let draws = [(2, TENTH), (2, 2 * TENTH), (2, 6 * TENTH)];
        let found = estimate(&[(group(Kind::Paid, 0, &[2, 2, 2]), sums(&draws))], Kind::Paid);
        assert_eq!(found, Estimate { value: 3 * TENTH, error: 152_752_523_165 });
    }

    #[test]
    fn unequal_weights_follow_the_effective_number() {
        // Weights 1 and 3, shares 0 and 1: mean 0.75, squared error 2 · 0.75² / 16 · 1.6 / 0.6 = 0.1875.
        let found = estimate(&[(group(Kind::Paid, 0, &[1, 3]), sums(&[(1, 0), (3, ONE)]))], Kind::Paid);
        assert_eq!(found, Estimate { value: 750_000_000_000, error: 433_012_701_892 });
    }

    #[test]
    fn one_draw_or_none_says_nothing_of_its_error() {
        let one = estimate(&[(group(Kind::Paid, 0, &[5]), sums(&[(5, 4 * TENTH)]))], Kind::Paid);
        assert_eq!(one, Estimate { value: 4 * TENTH, error: ONE });
        assert_eq!(estimate(&[], Kind::True), Estimate { value: 0, error: ONE });
    }

    #[test]
    fn utility_is_weighted_by_what_was_paid_in_each_stratum() {
        // Strata of utility 0.2 and 0.6 with squared errors 0.01 and 0.04, paid 3 to 1.
        let near = (group(Kind::True, 0, &[1, 1]), sums(&[(1, TENTH), (1, 3 * TENTH)]));
        let far = (group(Kind::True, 1, &[1, 1]), sums(&[(1, 4 * TENTH), (1, 8 * TENTH)]));
        let paid = |stratum, fee| (group(Kind::Paid, stratum, &[fee]), sums(&[(fee, 0)]));
        let found = estimate(&[paid(0, 300), paid(1, 100), near, far], Kind::True);
        assert_eq!(found, Estimate { value: 3 * TENTH, error: 90_138_781_886 });
    }

    #[test]
    fn the_largest_sums_of_money_fit() {
        let half = u64::MAX / 2;
        let draws = [(half, ONE), (half, -ONE)];
        let found = estimate(&[(group(Kind::Paid, 0, &[half, half]), sums(&draws))], Kind::Paid);
        assert_eq!(found, Estimate { value: 0, error: ONE });
    }

    #[test]
    fn harm_is_scored_as_harm_and_pay_is_for_what_is_both() {
        let of = |value| Estimate { value, error: value.abs() / 3 };
        assert_eq!(decide(of(9 * TENTH), of(-TENTH)), of(-TENTH));
        assert_eq!(decide(of(TENTH), of(3 * TENTH)), of(TENTH));
        assert_eq!(decide(of(3 * TENTH), of(TENTH)), of(TENTH));
        assert_eq!(decide(of(-3 * TENTH), of(TENTH)), Estimate { value: 0, error: TENTH });
        assert_eq!(entry(of(-ONE)), ScoreEntry { score: -1_000_000_000, error: 333_333_333 });
    }

    #[test]
    fn few_prompts_are_too_few_however_much_one_pays() {
        let thresholds = Thresholds { effective_prompts: 2, validation_examples: 0 };
        assert!(has_enough(&[group(Kind::Paid, 0, &[5, 5])], thresholds));
        assert!(!has_enough(&[group(Kind::Paid, 0, &[5, 4])], thresholds));
        assert!(!has_enough(&[group(Kind::True, 0, &[1, 1])], thresholds));
    }
}
