//! Sketches as 8-bit integers with a power of two.
//!
//! A row `x` becomes integers `v` from −127 to 127 and one exponent `e` with `x ≈ v · 2^e`: `e` is the least at which the largest entry still
//! fits. An entry is off by at most half of `2^e`, a 128th to a 254th of the largest. Entries of sketches are nearly normal, so that the
//! largest of a few thousand is about four deviations: nothing is gained by clipping.

/// The largest magnitude of a value.
pub const LARGEST: i8 = 127;

/// A sketch has an entry that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} of the sketch is no finite number: is a weight of the model?")]
pub struct NotFinite {
    /// Which entry.
    pub entry: usize,
}

/// Writes a row as integers and returns its exponent, that of zeros being −128.
///
/// # Units
/// `row[j] ≈ values[j] · 2^exponent`; what is below `2^-129` becomes 0.
///
/// # Errors
/// If an entry is infinite or no number.
pub fn quantize(row: &[f32], values: &mut [i8]) -> Result<i8, NotFinite> {
    if let Some(entry) = row.iter().position(|value| !value.is_finite()) {
        return Err(NotFinite { entry });
    }
    let largest = row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let exponent = exponent(largest);
    let unit = power_of_two(-i32::from(exponent));
    for (value, own) in values.iter_mut().zip(row) {
        *value = (f64::from(*own) * unit).round() as i8;
    }
    Ok(exponent)
}

/// The least `e` for which `largest / 2^e` rounds to at most 127.
fn exponent(largest: f32) -> i8 {
    if largest == 0.0 {
        return i8::MIN;
    }
    // Every 32-bit float is a normal 64-bit one: largest = part · 2^scale with part from 1 to 2.
    let bits = f64::from(largest).to_bits();
    let scale = (bits >> 52 & 0x7ff) as i32 - 1_023;
    let part = f64::from(largest) * power_of_two(-scale);
    let least = if part * 64.0 < f64::from(LARGEST) + 0.5 { scale - 6 } else { scale - 5 };
    // At most 127 − 5; small rows lose digits instead.
    least.max(i32::from(i8::MIN)) as i8
}

/// `2^exponent`, exactly; the exponent is from −1022 to 1023.
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1_023 + exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantized(row: &[f32]) -> (i8, Vec<i8>) {
        let mut values = vec![0; row.len()];
        (quantize(row, &mut values).expect("finite"), values)
    }

    #[test]
    fn the_largest_entry_uses_the_range() {
        assert_eq!(quantized(&[1.0, -0.5, 0.0]), (-6, vec![64, -32, 0]));
        assert_eq!(quantized(&[127.0, -1.0]), (0, vec![127, -1]));
        assert_eq!(quantized(&[127.4]), (0, vec![127]));
        assert_eq!(quantized(&[127.5]), (1, vec![64]));
        assert_eq!(quantized(&[-128.0, 3.0]), (1, vec![-64, 2]));
    }

    #[test]
    fn no_entry_is_off_by_more_than_half_a_unit() {
        for scale in -60..60 {
            let row: Vec<f32> = (0..200).map(|place| (place as f32 * 1.7).sin() * (scale as f32).exp2()).collect();
            let (exponent, values) = quantized(&row);
            let unit = power_of_two(i32::from(exponent));
            for (value, own) in values.iter().zip(&row) {
                assert!((f64::from(*value) * unit - f64::from(*own)).abs() <= unit / 2.0);
            }
            assert!(values.iter().any(|value| value.unsigned_abs() >= 64));
        }
    }

    #[test]
    fn rows_at_the_ends_of_what_floats_can_be_still_fit() {
        assert_eq!(quantized(&[0.0, -0.0]), (i8::MIN, vec![0, 0]));
        assert_eq!(quantized(&[f32::MAX]).0, 122);
        assert_eq!(quantized(&[f32::from_bits(1)]), (i8::MIN, vec![0]));
        assert_eq!(quantize(&[0.0, f32::NAN], &mut [0; 2]), Err(NotFinite { entry: 1 }));
    }
}
