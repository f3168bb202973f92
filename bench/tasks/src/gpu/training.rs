//! Plain training of a model, as the engine trains: gradients of blocks of items added up, then a step of AdamW.

use anyhow::Result;
use candle_core::Tensor;
use lm::loss;
use lm::model::Model;
use lm::optimizer::{AdamW, Moments};
use lm::pack::{Packed, TokenItem, pack};
use lm::train::WeightGradients;
use lm::weights::Weights;

use super::clock::Seconds;
use super::workload::Workload;

/// Seconds of going forwards and backwards through all items, gradients of all weights included.
///
/// # Errors
/// If the device fails.
pub fn gradients(workload: &Workload, repeats: usize) -> Result<Seconds> {
    let packed = pack(&workload.items, workload.layout.block_length);
    Seconds::of(workload.device(), repeats, || {
        for blocks in workload.layout.groups(&packed) {
            drop(gradients_of(&workload.model, &packed, blocks)?);
        }
        Ok(())
    })
}

/// Seconds of training on all items once.
///
/// # Errors
/// If the device fails.
pub fn steps(workload: &Workload, repeats: usize) -> Result<Seconds> {
    let mut moments = Moments::zeros(workload.model.trainable())?;
    let mut model = workload.model.clone();
    let per_step = workload.rows_of_step / workload.layout.block_length;
    Seconds::of(workload.device(), repeats, || {
        for items in workload.items.chunks(per_step) {
            model = step(&model, &mut moments, items, workload)?;
        }
        Ok(())
    })
}

fn step(model: &Model, moments: &mut Moments, items: &[TokenItem], workload: &Workload) -> Result<Model> {
    let packed = pack(items, workload.layout.block_length);
    let mut sums: Vec<Tensor> = Vec::new();
    for blocks in workload.layout.groups(&packed) {
        let gradients = gradients_of(model, &packed, blocks)?;
        if sums.is_empty() {
            sums = gradients;
            continue;
        }
        for (sum, gradient) in sums.iter_mut().zip(gradients) {
            *sum = (&*sum + gradient)?;
        }
    }
    let mut weights = model.weights().tensors().to_vec();
    // Small steps of one size: what they do to the weights is not measured.
    let rule = AdamW { learning_rate: 1e-5, warmup: 0.0, ..AdamW::default() };
    moments.step(&rule, &mut weights, &sums, 0, 1)?;
    Ok(Model::new(Weights::new(model.config().clone(), weights)?))
}

fn gradients_of(model: &Model, packed: &Packed, blocks: std::ops::Range<usize>) -> Result<Vec<Tensor>> {
    let weights = model.weights();
    let batch = packed.batch(blocks, model.config(), weights.dtype(), weights.device())?;
    let trace = model.forward(&batch)?;
    let scored = loss::score(&trace.logits, batch.targets(), batch.weights())?;
    let mut tap = WeightGradients::new(model);
    model.backward(&trace, &batch, &scored.by_logits, &mut tap)?;
    Ok(tap.into_gradients()?)
}
