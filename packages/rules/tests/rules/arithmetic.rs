//! Division through 256 bits and roots, against their definitions.

use ethnum::U256;
use proptest::prelude::*;
use rules::math::{ceil_sqrt, mul_div_ceil, mul_div_floor};

fn wide(number: u128) -> U256 {
    U256::from(number)
}

proptest! {
    #[test]
    fn quotients_are_the_largest_and_smallest_that_fit(a: u128, b: u128, c in 1..=u128::MAX) {
        let product = wide(a) * wide(b);
        match mul_div_floor(a, b, c) {
            Some(floor) => {
                prop_assert!(wide(floor) * wide(c) <= product);
                prop_assert!(product - wide(floor) * wide(c) < wide(c));
                let exact = wide(floor) * wide(c) == product;
                let ceil = if exact { Some(floor) } else { floor.checked_add(1) };
                prop_assert_eq!(mul_div_ceil(a, b, c), ceil);
            }
            None => prop_assert!(product >= wide(c) << 128),
        }
    }

    #[test]
    fn small_products_divide_as_in_128_bits(a: u64, b: u64, c in 1..=u64::MAX) {
        let (a, b, c) = (u128::from(a), u128::from(b), u128::from(c));
        prop_assert_eq!(mul_div_floor(a, b, c), Some(a * b / c));
        prop_assert_eq!(mul_div_ceil(a, b, c), Some((a * b).div_ceil(c)));
    }

    #[test]
    fn a_root_is_the_smallest_whose_square_is_no_less(x: u128) {
        let root = wide(ceil_sqrt(x));
        prop_assert!(root * root >= wide(x));
        prop_assert!(x == 0 || (root - 1) * (root - 1) < wide(x));
    }

    #[test]
    fn roots_of_squares_are_exact(root in 1..=u64::MAX) {
        let square = u128::from(root) * u128::from(root);
        prop_assert_eq!(ceil_sqrt(square), u128::from(root));
        prop_assert_eq!(ceil_sqrt(square + 1), u128::from(root) + 1);
        prop_assert_eq!(ceil_sqrt(square - 1), u128::from(root - u64::from(root == 1)));
    }
}
