//! Every single weight's gradient against central differences of the loss, in f64.

use candle_core::{Device, Result, Tensor};
use lm::lora::Adapter;
use lm::loss;
use lm::model::Model;
use lm::train::WeightGradients;
use lm::weights::Weights;

use crate::small;

/// Half the distance of the two points.
const STEP: f64 = 1e-5;
/// Largest difference allowed, relative to the largest gradient of the same weight matrix or to 1.
const TOLERANCE: f64 = 1e-7;

fn gradients(model: &Model) -> Result<Vec<Tensor>> {
    let batch = small::batch(model)?;
    let trace = model.forward(&batch)?;
    let scored = loss::score(&trace.logits, batch.targets(), batch.weights())?;
    let mut tap = WeightGradients::new(model);
    model.backward(&trace, &batch, &scored.by_logits, &mut tap)?;
    tap.into_gradients()
}

fn moved(model: &Model, index: usize, place: usize, by: f64) -> Result<f64> {
    let mut tensors = model.trainable().to_vec();
    let mut values: Vec<f64> = tensors[index].flatten_all()?.to_vec1()?;
    values[place] += by;
    tensors[index] = Tensor::from_vec(values, tensors[index].dims(), &Device::Cpu)?;
    let model = match model.adapter() {
        Some(adapter) => {
            let adapter = Adapter::new(adapter.config().clone(), model.config(), tensors)?;
            Model::adapted(model.weights().clone(), adapter)
        }
        None => Model::new(Weights::new(model.config().clone(), tensors)?),
    };
    let batch = small::batch(&model)?;
    small::loss(&model.forward(&batch)?.logits, &batch)
}

fn agree_with_differences(model: &Model) -> Result<()> {
    for (index, gradient) in gradients(model)?.iter().enumerate() {
        let gradient: Vec<f64> = gradient.flatten_all()?.to_vec1()?;
        let largest = gradient.iter().fold(1f64, |largest, value| largest.max(value.abs()));
        for (place, value) in gradient.iter().enumerate() {
            let difference = (moved(model, index, place, STEP)? - moved(model, index, place, -STEP)?) / (2.0 * STEP);
            assert!(
                (value - difference).abs() < TOLERANCE * largest,
                "weight {index}, place {place}: {value} against {difference}"
            );
        }
        assert!(gradient.iter().any(|value| value.abs() > 1e-6), "weight {index} has no gradient");
    }
    Ok(())
}

#[test]
fn every_weight_of_a_tied_model_has_the_gradient_of_the_loss() {
    agree_with_differences(&small::model(true).expect("a model")).expect("computed");
}

#[test]
fn every_weight_of_an_untied_model_has_the_gradient_of_the_loss() {
    agree_with_differences(&small::model(false).expect("a model")).expect("computed");
}

#[test]
fn every_weight_of_an_adapter_has_the_gradient_of_the_loss() {
    agree_with_differences(&small::adapted().expect("a model")).expect("computed");
}
