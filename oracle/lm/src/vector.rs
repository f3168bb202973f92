//! Loops compiled for the vector units of the machine at hand, which is found out while the program runs.
//!
//! # Determinism
//! The same operations in the same order, however many numbers a unit takes at a time: products and sums are rounded one by one on every machine, never as one operation, so
//! that a result has the same bytes on all of them.

/// Does work whose loops are to be vector code: for units of 256 bits where there are some. What it calls must be inlined into it to become such. Wider units were measured to be
/// slower here: sums in eight lanes do not fill them.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    match pulp::x86::V3::try_new() {
        Some(units) => units.vectorize(work),
        None => work(),
    }
    #[cfg(not(target_arch = "x86_64"))]
    work()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Real, dot, sum};

    #[test]
    fn bytes_are_those_of_a_machine_without_vector_units() {
        let left: Vec<f32> = (0..1_003).map(|place| (place as f32 * 0.7).sin()).collect();
        let right: Vec<f32> = (0..1_003).map(|place| (place as f32 * 1.3).cos()).collect();
        assert_eq!(vectorised(|| dot(&left, &right)).to_bits(), dot(&left, &right).to_bits());
        assert_eq!(vectorised(|| sum(&left)).to_bits(), sum(&left).to_bits());
        let powers = |values: &[f32]| values.iter().map(|value| Real::exp(*value).to_bits()).collect::<Vec<_>>();
        assert_eq!(vectorised(|| powers(&left)), powers(&left));
    }
}
