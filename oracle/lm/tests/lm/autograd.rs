//! Derivatives written out against candle's autograd of the same forward functions.

use candle_core::{DType, Device, Result, Tensor, Var};
use lm::operations::attention::{self, Mask, Shape};
use lm::operations::rope::Angles;
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
    let (result, trace) = norm::forward(&x, &weight, 1e-5)?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    assert_close(&norm::backward(&trace, &weight, &slopes)?, gradients.get(&x).expect("tracked"))?;
    assert_close(&norm::weight_gradient(&trace, &slopes)?, gradients.get(&weight).expect("tracked"))
}

#[test]
fn a_gated_unit_has_autograds_derivatives() -> Result<()> {
    let (gate, up) = (wave((5, 6), 0.1)?, wave((5, 6), 2.0)?);
    let (result, trace) = swiglu::forward(gate.as_tensor().clone(), up.as_tensor().clone())?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    let (by_gate, by_up) = swiglu::backward(&trace, &slopes)?;
    assert_close(&by_gate, gradients.get(&gate).expect("tracked"))?;
    assert_close(&by_up, gradients.get(&up).expect("tracked"))
}

#[test]
fn turning_back_is_autograds_derivative_of_turning() -> Result<()> {
    let x = wave((2, 3, 4, 6), 0.1)?;
    let angles = Angles::new(&[0, 1, 2, 3, 0, 1, 0, 1], 4, &[1.0, 0.3, 0.05], DType::F64, &Device::Cpu)?;
    let result = angles.turn(&x)?;
    let (loss, slopes) = weighed(&result)?;
    assert_close(&angles.turn_back(&slopes)?, loss.backward()?.get(&x).expect("tracked"))?;
    assert_close(&angles.turn_back(&result)?, &x)
}

#[test]
fn attention_has_autograds_derivatives() -> Result<()> {
    let shape = Shape { batch: 2, length: 4, heads: 2, group: 3, width: 5 };
    let (query, key, value) = (wave((2, 6, 4, 5), 0.1)?, wave((2, 2, 4, 5), 2.0)?, wave((2, 2, 4, 5), 3.0)?);
    let mask = Mask::new(&[1, 1, 1, 1, 1, 1, 2, 0], shape, DType::F64, &Device::Cpu)?;
    let (result, trace) = attention::forward(shape, &query, key.as_tensor().clone(), value.as_tensor().clone(), &mask)?;
    let (loss, slopes) = weighed(&result)?;
    let gradients = loss.backward()?;
    let own = attention::backward(shape, &trace, &slopes)?;
    assert_close(&own.query, gradients.get(&query).expect("tracked"))?;
    assert_close(&own.key, gradients.get(&key).expect("tracked"))?;
    assert_close(&own.value, gradients.get(&value).expect("tracked"))
}
