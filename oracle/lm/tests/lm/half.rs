//! Models in 16 bits, which take the ways of a graphics card, beside the same models in 64 bits.

use candle_core::{DType, Device, Result, Tensor};
use lm::loss;
use lm::model::Model;
use lm::train::WeightGradients;

use crate::small;

/// Part of the largest value that 16-bit arithmetic may be off by: a number of bf16 is off by up to 2^-9 of itself, and some hundred of them meet.
const TOLERANCE: f64 = 0.06;

fn assert_close(found: &Tensor, expected: &Tensor, what: &str) -> Result<()> {
    let flat = |tensor: &Tensor| tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>();
    let (found, expected) = (flat(found)?, flat(expected)?);
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    let error = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs()).fold(0f64, f64::max);
    assert!(largest > 0.0 && error < TOLERANCE * largest, "{what}: {error} beside {largest}");
    Ok(())
}

/// Logits, losses and gradients of all weights over packed items.
fn computed(model: &Model) -> Result<(Tensor, Vec<f32>, Vec<Tensor>)> {
    let batch = small::batch(model)?;
    let trace = model.forward(&batch)?;
    let scored = loss::score(&trace.logits, batch.targets(), batch.weights())?;
    let mut tap = WeightGradients::new(model);
    model.backward(&trace, &batch, &scored.by_logits, &mut tap)?;
    Ok((trace.logits, scored.losses, tap.into_gradients()?))
}

#[test]
fn a_model_in_16_bits_computes_what_it_computes_in_64() -> Result<()> {
    for (tied, dtype) in [(true, DType::BF16), (false, DType::BF16), (true, DType::F16)] {
        let model = small::model(tied)?;
        let narrow = Model::new(model.weights().to(dtype, &Device::Cpu)?);
        let rounded = Model::new(narrow.weights().to(DType::F64, &Device::Cpu)?);
        let (expected, found) = (computed(&rounded)?, computed(&narrow)?);
        assert_eq!(found.0.dtype(), dtype);
        assert_close(&found.0, &expected.0, "logits")?;
        let losses = |losses: &[f32]| Tensor::new(losses, &Device::Cpu);
        assert_close(&losses(&found.1)?, &losses(&expected.1)?, "losses")?;
        for (rank, (found, expected)) in found.2.iter().zip(&expected.2).enumerate() {
            assert_close(found, expected, &format!("gradient {rank}"))?;
        }
    }
    Ok(())
}

#[test]
fn labels_drawn_in_two_steps_are_those_drawn_in_one() -> Result<()> {
    // 11 labels in parts of 3; rows that differ.
    let wave = |place: usize| (place as f32 * 0.7).sin() * 3.0;
    let logits = Tensor::from_vec((0..44).map(wave).collect::<Vec<f32>>(), (4, 11), &Device::Cpu)?;
    let powers = loss::composed::Powers::of(&logits)?;
    for step in 0..100 {
        let uniform = [step as f32 / 100.0 + 0.0013; 4];
        let drawn = powers.drawn(&uniform)?;
        let gradient = loss::sampled_gradient(&logits, &[1.0; 4], &uniform)?.to_vec2::<f32>()?;
        for (row, label) in gradient.iter().zip(drawn) {
            assert!(row[label as usize] < 0.0, "only the drawn label has a negative gradient");
        }
    }
    Ok(())
}

#[test]
fn a_draw_at_the_end_of_rounding_is_a_label_that_can_be() -> Result<()> {
    let logits = Tensor::new(&[[0f32, 0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY]], &Device::Cpu)?;
    assert_eq!(loss::composed::Powers::of(&logits)?.drawn(&[1.0])?, [1]);
    Ok(())
}
