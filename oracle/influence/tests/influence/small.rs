//! Networks small enough to differentiate by brute force, in f64, sharing no code with the engine.

use influence::dataset::Examples;
use influence::mlp::{Architecture, Mlp};

/// Step of central differences: their error is of the order of its square, rounding of 1e-16 over it.
pub const STEP: f64 = 1e-5;

/// A trained-looking network with two hidden layers, and examples for it. Weights are larger than initial ones, so that
/// probabilities are far from uniform.
pub fn network_and_examples() -> (Mlp, Examples) {
    let architecture = Architecture::new(&[4, 5, 6, 3]).expect("a network");
    let weights = Mlp::initial(architecture.clone(), 11).weights().iter().map(|weight| weight * 2.0).collect();
    let model = Mlp::from_weights(architecture, weights).expect("all weights");
    (model, examples(12))
}

/// Examples for the network.
pub fn examples(count: usize) -> Examples {
    let mut examples = Examples::new(4);
    for example in 0..count {
        let features: Vec<f32> = (0..4).map(|input| (7.3 * (example * 4 + input) as f32).sin()).collect();
        examples.push(&features, (example % 3) as u16).expect("4 features");
    }
    examples
}

/// The network's logits, from weights in the documented flat order: a unit's input weights, then its bias.
pub fn logits(layers: &[usize], weights: &[f64], features: &[f32]) -> Vec<f64> {
    let mut values: Vec<f64> = features.iter().map(|&value| f64::from(value)).collect();
    let mut rest = weights;
    for (layer, &units) in layers[1..].iter().enumerate() {
        let (rows, after) = rest.split_at(units * (values.len() + 1));
        rest = after;
        let unit = |row: &[f64]| {
            let (inputs, bias) = row.split_at(values.len());
            bias[0] + inputs.iter().zip(&values).map(|(weight, value)| weight * value).sum::<f64>()
        };
        let sums: Vec<f64> = rows.chunks_exact(values.len() + 1).map(unit).collect();
        let last = layer + 2 == layers.len();
        values = sums.into_iter().map(|sum| if last { sum } else { sum.max(0.0) }).collect();
    }
    values
}

/// `exp(logits) / Σ exp(logits)`
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let total: f64 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / total).collect()
}

/// Derivatives of `function` by central differences, one per weight.
pub fn differences(weights: &[f64], function: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    let at = |index: usize, shift: f64| {
        let mut moved = weights.to_vec();
        moved[index] += shift;
        function(&moved)
    };
    (0..weights.len())
        .map(|index| {
            let (up, down) = (at(index, STEP), at(index, -STEP));
            up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * STEP)).collect()
        })
        .collect()
}

/// The weights in f64.
pub fn weights(model: &Mlp) -> Vec<f64> {
    model.weights().iter().map(|&weight| f64::from(weight)).collect()
}

/// `(1/n) Σ_i J_iᵀ (diag(p) − p pᵀ) J_i` with Jacobians by finite differences, entry by entry.
pub fn reference_curvature(model: &Mlp, examples: &Examples) -> Vec<Vec<f64>> {
    let layers = model.architecture().layers();
    let weights = weights(model);
    let mut curvature = vec![vec![0.0; weights.len()]; weights.len()];
    for example in 0..examples.len() {
        let features = examples.row(example);
        let jacobian = differences(&weights, |weights| logits(layers, weights, features));
        let p = softmax(&logits(layers, &weights, features));
        for (row, left) in jacobian.iter().enumerate() {
            for (column, right) in jacobian.iter().enumerate() {
                let mean = |slope: &[f64]| -> f64 { p.iter().zip(slope).map(|(p, slope)| p * slope).sum() };
                let second: f64 = p.iter().zip(left.iter().zip(right)).map(|(p, (l, r))| p * l * r).sum();
                curvature[row][column] += (second - mean(left) * mean(right)) / examples.len() as f64;
            }
        }
    }
    curvature
}

/// Gradient of `log p(label)` of one example by finite differences.
pub fn reference_gradient(model: &Mlp, features: &[f32], label: u16) -> Vec<f64> {
    let layers = model.architecture().layers();
    let log_probability = |weights: &[f64]| vec![softmax(&logits(layers, weights, features))[usize::from(label)].ln()];
    differences(&weights(model), log_probability).concat()
}
