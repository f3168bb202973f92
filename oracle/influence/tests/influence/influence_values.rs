//! φ against its definition, solved by plain Gaussian elimination on finite-difference curvature and gradients.

use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::{TrainingManifest, TrainingPlan};
use influence::mlp::Mlp;
use influence::score::{ScoreError, precondition};

use crate::small;

const DAMPING: f64 = 0.02;
/// Relative to the largest φ: rows are stored in f32, whose rounding is 6e-8; differences add 1e-8 over the damping.
const TOLERANCE: f64 = 1e-6;

fn manifest(members: u64) -> TrainingManifest {
    let plan = TrainingPlan { layers: vec![4, 5, 6, 3], ..TrainingPlan::digits((0..members).collect()) };
    TrainingManifest::new(plan, DAMPING)
}

/// `(1/n) g_qᵀ (G + λI)⁻¹ g_i` for every query and item.
fn reference(model: &Mlp, items: &Examples, queries: &Examples) -> Vec<Vec<f64>> {
    let gradient = |examples: &Examples, index: usize| {
        small::reference_gradient(model, examples.row(index), examples.labels()[index])
    };
    let mut damped = small::reference_curvature(model, items);
    damped.iter_mut().enumerate().for_each(|(index, row)| row[index] += DAMPING);
    let items: Vec<Vec<f64>> = (0..items.len()).map(|item| gradient(items, item)).collect();
    let solved: Vec<Vec<f64>> = items.iter().map(|gradient| eliminate(damped.clone(), gradient.clone())).collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    (0..queries.len())
        .map(|query| {
            let gradient = gradient(queries, query);
            solved.iter().map(|solved| dot(&gradient, solved) / items.len() as f64).collect()
        })
        .collect()
}

/// Solves `A x = b` for a positive definite A, which needs no pivoting.
fn eliminate(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let pivot_row = matrix[pivot].clone();
        for row in pivot + 1..size {
            let factor = matrix[row][pivot] / pivot_row[pivot];
            matrix[row].iter_mut().zip(&pivot_row).for_each(|(value, above)| *value -= factor * above);
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[test]
fn influence_is_its_definition_averaged_over_members() {
    let (first, items) = small::network_and_examples();
    let half = first.weights().iter().map(|weight| weight * 0.5).collect();
    let second = Mlp::from_weights(first.architecture().clone(), half).expect("all weights");
    let mut queries = Examples::new(4);
    queries.push(&[0.3, -0.2, 0.9, 0.1], 2).expect("4 features");
    queries.push(&[-0.7, 0.5, 0.2, -0.4], 0).expect("4 features");
    let members = [first, second];
    let preconditioned = precondition(&manifest(2), &members, &items, Threads::new(2)).expect("they fit");
    let influence = preconditioned.influence(&queries, Threads::new(2)).expect("they fit");
    let references = members.each_ref().map(|member| reference(member, &items, &queries));
    let largest = references.iter().flatten().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    assert!(largest > 1e-3, "influence of nothing would prove nothing");
    let [first, second] = &references;
    for (query, (first, second)) in first.iter().zip(second).enumerate() {
        for (item, (first, second)) in first.iter().zip(second).enumerate() {
            let (found, expected) = (influence.row(query)[item], (first + second) / 2.0);
            assert!((found - expected).abs() < TOLERANCE * largest, "({query}, {item}): {found} {expected}");
        }
    }
}

#[test]
fn an_item_speaks_for_itself() {
    let (model, items) = small::network_and_examples();
    let preconditioned = precondition(&manifest(1), &[model], &items, Threads::new(1)).expect("they fit");
    let influence = preconditioned.influence(&items, Threads::new(1)).expect("they fit");
    for item in 0..items.len() {
        assert!(influence.row(item)[item] > 0.0, "positive means: made this label more likely");
    }
}

#[test]
fn members_that_are_not_the_manifests_are_refused() {
    let (model, items) = small::network_and_examples();
    let members = [model];
    let too_few = precondition(&manifest(2), &members, &items, Threads::new(1));
    assert!(matches!(too_few, Err(ScoreError::Members { found: 1, expected: 2 })));
    let mut other = manifest(1);
    other.plan.layers = vec![4, 3];
    let refused = precondition(&other, &members, &items, Threads::new(1));
    assert!(matches!(refused, Err(ScoreError::Architecture(0))));
    let none = precondition(&manifest(1), &members, &Examples::new(4), Threads::new(1));
    assert!(matches!(none, Err(ScoreError::NoItems)));
}
