//! The Gauss-Newton matrix against its definition with finite-difference Jacobians.

use influence::{Threads, ggn};

use crate::small;

/// Central differences with step 1e-5 in f64 are good to about 1e-10.
const TOLERANCE: f64 = 1e-8;

#[test]
fn every_entry_is_the_definitions() {
    let (model, examples) = small::network_and_examples();
    let curvature = ggn::curvature(&model, &examples, Threads::new(2)).expect("they fit");
    let reference = small::reference_curvature(&model, &examples);
    let mut largest: f64 = 0.0;
    for (row, expected) in reference.iter().enumerate() {
        for (column, expected) in expected[..=row].iter().enumerate() {
            let found = curvature[(row, column)];
            assert!((found - expected).abs() < TOLERANCE, "({row}, {column}): {found} {expected}");
            largest = largest.max(expected.abs());
        }
    }
    assert!(largest > 0.01, "a matrix of zeros would prove nothing");
}

#[test]
fn one_thread_and_two_give_the_same_bits() {
    let (model, examples) = small::network_and_examples();
    let one = ggn::curvature(&model, &examples, Threads::new(1)).expect("they fit");
    assert_eq!(one, ggn::curvature(&model, &examples, Threads::new(2)).expect("they fit"));
}
