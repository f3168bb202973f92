//! Per-sample gradients, weight by weight, against finite differences and against candle's autograd.

use candle_core::{DType, Device, Tensor, Var};
use influence::dataset::Examples;
use influence::ggn;
use influence::mlp::Mlp;

use crate::small;

/// Central differences with step 1e-5 in f64 are good to about 1e-10.
const DIFFERENCE_TOLERANCE: f64 = 1e-8;
/// Both sides are f64 and differ by rounding only.
const AUTOGRAD_TOLERANCE: f64 = 1e-12;

#[test]
fn every_weights_gradient_is_its_finite_difference() {
    let (model, examples) = small::network_and_examples();
    let gradients = ggn::gradients(&model, &examples).expect("they fit");
    let mut moved = vec![false; model.weights().len()];
    for example in 0..examples.len() {
        let reference = small::reference_gradient(&model, examples.row(example), examples.labels()[example]);
        for (weight, expected) in reference.iter().enumerate() {
            let found = gradients[(weight, example)];
            assert!((found - expected).abs() < DIFFERENCE_TOLERANCE, "weight {weight}: {found} {expected}");
            moved[weight] |= expected.abs() > DIFFERENCE_TOLERANCE;
        }
    }
    assert!(moved.iter().filter(|moved| **moved).count() > moved.len() * 9 / 10, "most weights matter to some example");
}

#[test]
fn every_weights_gradient_is_autograds() {
    let (model, examples) = small::network_and_examples();
    let gradients = ggn::gradients(&model, &examples).expect("they fit");
    for example in 0..examples.len() {
        let automatic = autograd(&model, &examples, example).expect("candle differentiates this");
        for (weight, expected) in automatic.iter().enumerate() {
            let found = gradients[(weight, example)];
            assert!((found - expected).abs() < AUTOGRAD_TOLERANCE, "weight {weight}: {found} {expected}");
        }
    }
}

/// Gradient of `log p(label)` by candle's autograd in f64, from differentiable operations only.
fn autograd(model: &Mlp, examples: &Examples, example: usize) -> candle_core::Result<Vec<f64>> {
    let device = Device::Cpu;
    let mut values = Tensor::from_slice(examples.row(example), (1, examples.width()), &device)?.to_dtype(DType::F64)?;
    let mut variables = Vec::new();
    for shape in model.architecture().shapes() {
        let rows = &small::weights(model)[shape.offset..][..(shape.inputs + 1) * shape.outputs];
        let rows = Var::from_slice(rows, (shape.outputs, shape.inputs + 1), &device)?;
        if shape.offset > 0 {
            values = values.relu()?;
        }
        let one = Tensor::ones((1, 1), DType::F64, &device)?;
        values = Tensor::cat(&[&values, &one], 1)?.matmul(&rows.t()?)?;
        variables.push(rows);
    }
    let label = usize::from(examples.labels()[example]);
    let log_probability = (values.narrow(1, label, 1)?.sum_all()? - values.exp()?.sum_all()?.log()?)?;
    let gradients = log_probability.backward()?;
    let mut flat = Vec::new();
    for variable in &variables {
        let gradient = gradients.get(variable.as_tensor()).expect("every weight receives a gradient");
        flat.extend(gradient.flatten_all()?.to_vec1::<f64>()?);
    }
    Ok(flat)
}
