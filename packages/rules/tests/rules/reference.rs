//! `advance` written a second time, from DESIGN and in 256-bit integers, sharing nothing with the
//! crate but its types.

use ethnum::I256;
use rules::ledger::{Entry, RoundTerms};
use rules::score::ScoreEntry;

pub fn advance(entry: &Entry, score: ScoreEntry, round: &RoundTerms) -> Entry {
    let pool = I256::from(round.pool);
    let denominator = I256::from(round.denominator);
    let gain = floor(pool * I256::from(score.score), denominator).max(-pool);
    let doubt = ceil(pool * I256::from(score.error), denominator).min(pool);
    let accrued = (I256::from(entry.accrued) + gain).min(I256::from(round.cap)).max(I256::from(i64::MIN));
    let variance = (I256::from(entry.variance) + doubt * doubt).min(I256::from(u128::MAX));
    let z = I256::from(round.z_tenths);
    let held = ceil(z * ceil_root(variance), I256::from(10)).min(I256::from(u64::MAX));
    let earned = (accrued - held).max(I256::ZERO);
    let payable = I256::from(entry.payable);
    let beyond = (earned - payable).max(I256::ZERO);
    let release = I256::from(round.release_bps);
    let released = floor(beyond * release, I256::from(10_000));
    Entry {
        accrued: i64::try_from(accrued).unwrap(),
        payable: u64::try_from(payable + released).unwrap(),
        variance: u128::try_from(variance).unwrap(),
        last_score: score.score,
    }
}

/// Towards minus infinity, for a positive divisor.
fn floor(dividend: I256, divisor: I256) -> I256 {
    let quotient = dividend / divisor;
    if quotient * divisor > dividend { quotient - I256::ONE } else { quotient }
}

fn ceil(dividend: I256, divisor: I256) -> I256 {
    -floor(-dividend, divisor)
}

/// The smallest r with r² ≥ x, by bisection.
fn ceil_root(x: I256) -> I256 {
    let (mut low, mut high) = (I256::ZERO, I256::ONE << 64);
    while low < high {
        let middle = (low + high) >> 1;
        if middle * middle >= x {
            high = middle;
        } else {
            low = middle + I256::ONE;
        }
    }
    low
}
