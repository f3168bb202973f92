//! Exact integer arithmetic: products divide through 256 bits, roots round up.
//!
//! # Source
//! DESIGN section 5: "every division rounds down unless said; multiplication before division in
//! 256 bits".

use ethnum::U256;

/// `floor(a · b / c)`. `None` if `c` is 0 or the result exceeds 128 bits.
pub fn mul_div_floor(a: u128, b: u128, c: u128) -> Option<u128> {
    let (quotient, _) = mul_div(a, b, c)?;
    u128::try_from(quotient).ok()
}

/// `ceil(a · b / c)`. `None` if `c` is 0 or the result exceeds 128 bits.
pub fn mul_div_ceil(a: u128, b: u128, c: u128) -> Option<u128> {
    let (quotient, remainder) = mul_div(a, b, c)?;
    let floor = u128::try_from(quotient).ok()?;
    floor.checked_add(u128::from(remainder != U256::ZERO))
}

fn mul_div(a: u128, b: u128, c: u128) -> Option<(U256, U256)> {
    let product = U256::from(a).checked_mul(U256::from(b))?;
    let divisor = U256::from(c);
    Some((product.checked_div(divisor)?, product.checked_rem(divisor)?))
}

/// `ceil(sqrt(x))`, exact; at most 2^64.
pub fn ceil_sqrt(x: u128) -> u128 {
    let root = x.isqrt();
    // root ≤ 2^64 - 1, so neither the square nor the sum can saturate.
    root.saturating_add(u128::from(root.saturating_mul(root) < x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_128_bits_divide_exactly() {
        assert_eq!(mul_div_floor(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
        assert_eq!(mul_div_floor(u128::MAX, 3, 4), Some(u128::MAX / 4 * 3 + 2));
        assert_eq!(mul_div_ceil(7, 3, 4), Some(6));
        assert_eq!(mul_div_ceil(8, 3, 4), Some(6));
    }

    #[test]
    fn what_does_not_fit_is_none() {
        assert_eq!(mul_div_floor(1, 1, 0), None);
        assert_eq!(mul_div_ceil(1, 1, 0), None);
        assert_eq!(mul_div_floor(u128::MAX, 2, 1), None);
        // floor is u128::MAX, the ceiling is one more
        let (a, b, c) = (u128::MAX, u128::MAX - 1, u128::MAX - 2);
        assert_eq!(mul_div_ceil(a, b, c), None);
    }

    #[test]
    fn roots_round_up_at_the_edges() {
        let edges = [(0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (u128::MAX, 1 << 64)];
        for (x, root) in edges {
            assert_eq!(ceil_sqrt(x), root, "x = {x}");
        }
        let largest = u128::from(u64::MAX);
        assert_eq!(ceil_sqrt(largest * largest), largest);
        assert_eq!(ceil_sqrt(largest * largest + 1), largest + 1);
    }
}
