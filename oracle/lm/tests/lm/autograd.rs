//! Derivatives written out against candle's autograd of the same formulas, made of candle's operations.

use candle_core::{DType, Device, Result, Tensor, Var};
use lm::loss;
use lm::operations::attention::{self, Mask, Shape};
use lm::operations::rope::{self, Angles};
use lm::operations::{norm, swiglu};

const TOLERANCE: f64 = 1e-12;

fn wave(shape: impl Into<candle_core::Shape>, phase: f64) -> Result<Var> {
    let shape = shape.into();
    let values: Vec<f64> = (0..shape.elem_count()).map(|place| (phase + 1.3 * place as f64).sin()).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// A loss with another slope at every place.
fn weighed(result: &Tensor) -> Result<(Tensor, Tensor)> {
    let slopes = wave(result.shape().clone(), 0.4)?.as_tensor().clone();
    Ok(((result * &slopes)?.sum_all()?, slopes))
}

fn assert_close(left: &Tensor, right: &Tensor) -> Result<()> {
    assert_eq!(left.dims(), right.dims());
    let largest = (left - right)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f64>()?;
    assert!(largest < TOLERANCE, "{largest}");
    Ok(())
}

#[test]
fn a_norm_has_autograds_derivatives() -> Result<()> {
    let (x, weight) = (wave((5, 6), 0.1)?, wave(6, 2.0)?);
    let (result, trace) = norm::composed::forward(&x, &weight, 1e-5)?;
    let (own, own_trace) = norm::forward(&x, &weight, 1e-5)?;
    assert_close(&own, &result)?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    let expected = gradients.get(&x).expect("tracked");
    assert_close(&norm::composed::backward(&trace, &weight, &slopes)?, expected)?;
    assert_close(&norm::backward(&own_trace, &weight, &slopes)?, expected)?;
    assert_close(&norm::weight_gradient(&own_trace, &slopes)?, gradients.get(&weight).expect("tracked"))
}

#[test]
fn a_gated_unit_has_autograds_derivatives() -> Result<()> {
    let (gate, up) = (wave((5, 6), 0.1)?, wave((5, 6), 2.0)?);
    let (result, trace) = swiglu::composed::forward(gate.as_tensor().clone(), up.as_tensor().clone())?;
    let (own, own_trace) = swiglu::forward(gate.as_tensor().clone(), up.as_tensor().clone())?;
    assert_close(&own, &result)?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    for (by_gate, by_up) in [swiglu::composed::backward(&trace, &slopes)?, swiglu::backward(&own_trace, &slopes)?] {
        assert_close(&by_gate, gradients.get(&gate).expect("tracked"))?;
        assert_close(&by_up, gradients.get(&up).expect("tracked"))?;
    }
    Ok(())
}

#[test]
fn joining_is_autograds_derivative_of_splitting_and_turning() -> Result<()> {
    let shape = Shape { batch: 2, length: 4, heads: 3, group: 1, width: 6 };
    let rows = wave((8, 18), 0.1)?;
    let angles = Angles::new(&[0, 1, 2, 3, 0, 1, 0, 1], 4, &[1.0, 0.3, 0.05], DType::F64, &Device::Cpu)?;
    let result = rope::composed::turn(&angles, &shape.split(&rows)?, false)?;
    assert_close(&angles.split(shape, &rows)?, &result)?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    let expected = gradients.get(&rows).expect("tracked");
    assert_close(&angles.join(shape, &slopes)?, expected)?;
    assert_close(&shape.join(&rope::composed::turn(&angles, &slopes, true)?)?, expected)?;
    assert_close(&angles.join(shape, &result)?, &rows)
}

#[test]
fn attention_has_autograds_derivatives() -> Result<()> {
    let shape = Shape { batch: 2, length: 4, heads: 2, group: 3, width: 5 };
    let (query, key, value) = (wave((2, 6, 4, 5), 0.1)?, wave((2, 2, 4, 5), 2.0)?, wave((2, 2, 4, 5), 3.0)?);
    let segments = [1, 1, 1, 1, 1, 1, 2, 0];
    let mask = Mask::new(&segments, shape, DType::F64, &Device::Cpu)?;
    let (own, trace) = attention::forward(shape, &query, key.as_tensor().clone(), value.as_tensor().clone(), &mask)?;

    let seen =
        |from: usize, to: usize, block: usize| to <= from && segments[4 * block + from] == segments[4 * block + to];
    let entry = |index: usize| {
        let (block, from, to) = (index / 48, index / 4 % 4, index % 4);
        if seen(from, to, block) { 0.0 } else { f64::NEG_INFINITY }
    };
    let added = Tensor::from_vec((0..96).map(entry).collect::<Vec<f64>>(), (2, 1, 12, 4), &Device::Cpu)?;
    let grouped = query.reshape((2, 2, 12, 5))?;
    let scores = (grouped.matmul(&key.t()?)? / 5f64.sqrt())?;
    let result = attention::composed::softmax(&scores, &added)?.matmul(&value)?.reshape((2, 6, 4, 5))?;
    assert_close(&own, &result)?;

    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    let own = attention::backward(shape, &trace, &slopes)?;
    assert_close(&own.query, gradients.get(&query).expect("tracked"))?;
    assert_close(&own.key, gradients.get(&key).expect("tracked"))?;
    assert_close(&own.value, gradients.get(&value).expect("tracked"))
}

#[test]
fn a_softmax_of_candles_operations_has_autograds_derivative() -> Result<()> {
    let scores = wave((2, 3, 4), 0.1)?;
    let none = Tensor::zeros((2, 3, 4), DType::F64, &Device::Cpu)?;
    let weights = attention::composed::softmax(&scores, &none)?;
    let (loss, slopes) = weighed(&weights)?;
    let gradients = loss.backward()?;
    let own = attention::composed::softmax_backward(&weights, &slopes)?;
    assert_close(&own, gradients.get(&scores).expect("tracked"))
}

#[test]
fn a_loss_has_autograds_derivative() -> Result<()> {
    let logits = wave((5, 7), 0.1)?;
    let (targets, weights) = ([3u32, 0, 6, 2, 2], [1f32, 0.0, 2.0, 0.5, 1.0]);
    let own = loss::score(&logits, &targets, &weights)?;
    let powers = loss::composed::Powers::of(&logits)?;
    assert_close(&own.by_logits, &powers.gradient(&targets, &weights)?)?;
    assert_eq!(own.losses, powers.losses(&targets)?);
    let chosen = logits.gather(&Tensor::new(&targets, &Device::Cpu)?.unsqueeze(1)?, 1)?;
    let total = logits.exp()?.sum_keepdim(1)?.log()?;
    let slopes = Tensor::new(&weights, &Device::Cpu)?.to_dtype(DType::F64)?.unsqueeze(1)?;
    let weighed = ((total - chosen)? * slopes)?.sum_all()?;
    assert_close(&own.by_logits, weighed.backward()?.get(&logits).expect("tracked"))
}

#[test]
fn drawn_labels_follow_the_models_probabilities() -> Result<()> {
    let logits = Tensor::new(&[[0f64, 3f64.ln(), 0.0]], &Device::Cpu)?;
    let label = |uniform: f32| -> Result<usize> {
        let gradient: Vec<Vec<f64>> = loss::sampled_gradient(&logits, &[1.0], &[uniform])?.to_vec2()?;
        Ok((0..3).find(|&label| gradient[0][label] < 0.0).expect("the drawn label's gradient is negative"))
    };
    assert_eq!((label(0.0)?, label(0.19)?, label(0.21)?, label(0.79)?, label(0.81)?), (0, 0, 1, 1, 2));
    Ok(())
}
