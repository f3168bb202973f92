//! Stochastic gradient descent with momentum, for several models at once.
//!
//! The gradient is written out instead of taken from candle's autograd, which is slower here; the tests hold it against
//! autograd.

use candle_core::{Result, Tensor};

use crate::network::{Layer, Layers, softmax};

/// What one step of training sees.
pub(crate) struct Batch {
    /// `[models, batch, inputs]`
    pub(crate) inputs: Tensor,
    /// One-hot labels, `[models, batch, labels]`.
    pub(crate) targets: Tensor,
    /// Weight of each example in the batch's loss, `[models, batch, 1]`.
    pub(crate) weights: Tensor,
}

/// Step size, momentum and weight decay, as in torch's SGD: `v ← μ v + (g + wd · w)`, `w ← w − lr · v`, biases included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) learning_rate: f64,
    pub(crate) momentum: f64,
    pub(crate) weight_decay: f64,
}

/// Models on their way, with their velocities.
pub(crate) struct Descent {
    layers: Layers,
    velocities: Option<Vec<Layer>>,
    rates: Rates,
}

impl Descent {
    /// Starts from `layers` at rest.
    pub(crate) fn new(layers: Layers, rates: Rates) -> Self {
        Self { layers, velocities: None, rates }
    }

    /// Moves every model by one step, of `factor` times the step size.
    pub(crate) fn step(&mut self, batch: &Batch, factor: f64) -> Result<()> {
        let gradients = gradients(&self.layers, batch)?;
        let mut velocities = Vec::with_capacity(gradients.len());
        for (index, gradient) in gradients.iter().enumerate() {
            let layer = &mut self.layers.0[index];
            let before = self.velocities.as_ref().map(|before| &before[index]);
            let weight = self.rates.velocity(&layer.weight, &gradient.weight, before.map(|layer| &layer.weight))?;
            let bias = self.rates.velocity(&layer.bias, &gradient.bias, before.map(|layer| &layer.bias))?;
            layer.weight = self.rates.moved(&layer.weight, &weight, factor)?;
            layer.bias = self.rates.moved(&layer.bias, &bias, factor)?;
            velocities.push(Layer { weight, bias });
        }
        self.velocities = Some(velocities);
        Ok(())
    }

    /// The models as they are now.
    pub(crate) fn into_layers(self) -> Layers {
        self.layers
    }
}

impl Rates {
    fn velocity(&self, value: &Tensor, gradient: &Tensor, before: Option<&Tensor>) -> Result<Tensor> {
        let force = (gradient + (value * self.weight_decay)?)?;
        match before {
            Some(before) => (before * self.momentum)? + force,
            None => Ok(force),
        }
    }

    fn moved(&self, value: &Tensor, velocity: &Tensor, factor: f64) -> Result<Tensor> {
        value - (velocity * (self.learning_rate * factor))?
    }
}

/// Gradient of `Σ_b weight_b · (−log p_b(label_b))` for every model.
///
/// With `δ_L = (p − y) · weight` and `δ_{l-1} = (δ_l W_lᵀ) ∘ [a_{l-1} > 0]`: `∂W_l = a_{l-1}ᵀ δ_l`, `∂b_l = Σ_b δ_l`.
pub(crate) fn gradients(layers: &Layers, batch: &Batch) -> Result<Vec<Layer>> {
    let activations = layers.activations(&batch.inputs)?;
    let depth = layers.0.len();
    let mut delta = (softmax(&activations[depth])? - &batch.targets)?.broadcast_mul(&batch.weights)?;
    let mut gradients = Vec::with_capacity(depth);
    for index in (0..depth).rev() {
        let entering = &activations[index];
        gradients.push(Layer { weight: entering.transpose(1, 2)?.matmul(&delta)?, bias: delta.sum_keepdim(1)? });
        if index > 0 {
            let back = delta.matmul(&layers.0[index].weight.transpose(1, 2)?)?;
            // A ReLU's output is never negative, so its sign is its slope.
            delta = (back * entering.sign()?)?;
        }
    }
    gradients.reverse();
    Ok(gradients)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mlp::{Architecture, Mlp};
    use crate::network::log_softmax;
    use candle_core::{DType, Device, Var};

    /// Largest difference allowed between the written-out gradient and autograd's, both in f64.
    const TOLERANCE: f64 = 1e-12;

    #[test]
    fn the_written_gradient_is_autograds_for_every_weight() -> Result<()> {
        let architecture = Architecture::new(&[5, 7, 6, 3]).expect("a network");
        let models: Vec<Mlp> = (0..2).map(|seed| Mlp::initial(architecture.clone(), seed)).collect();
        let layers = Layers::stack(&models.iter().collect::<Vec<_>>())?.to_dtype(DType::F64)?;
        let layers = Layers(
            layers
                .0
                .iter()
                .map(|layer| {
                    Ok(Layer {
                        weight: Var::from_tensor(&layer.weight)?.into_inner(),
                        bias: Var::from_tensor(&layer.bias)?.into_inner(),
                    })
                })
                .collect::<Result<_>>()?,
        );
        let batch = batch_of_two_models()?;
        let loss = (log_softmax(&layers.logits(&batch.inputs)?)? * &batch.targets)?
            .broadcast_mul(&batch.weights)?
            .sum_all()?
            .neg()?;
        let automatic = loss.backward()?;
        for (layer, gradient) in layers.0.iter().zip(gradients(&layers, &batch)?) {
            for (variable, written) in [(&layer.weight, &gradient.weight), (&layer.bias, &gradient.bias)] {
                let automatic = automatic.get(variable).expect("every weight has a gradient");
                let worst = (automatic - written)?.abs()?.max_all()?.to_scalar::<f64>()?;
                assert!(worst < TOLERANCE, "{worst}");
            }
        }
        Ok(())
    }

    fn batch_of_two_models() -> Result<Batch> {
        let device = Device::Cpu;
        let inputs: Vec<f64> = (0..2 * 4 * 5).map(|index| f64::from(index).sin()).collect();
        let labels = [0, 2, 1, 1, 2, 0, 0, 1];
        let targets: Vec<f64> =
            labels.iter().flat_map(|&label| (0..3).map(move |other| f64::from(u8::from(other == label)))).collect();
        let weights: Vec<f64> = (0..8).map(|index| f64::from(index % 3) / 4.0).collect();
        Ok(Batch {
            inputs: Tensor::from_vec(inputs, (2, 4, 5), &device)?,
            targets: Tensor::from_vec(targets, (2, 4, 3), &device)?,
            weights: Tensor::from_vec(weights, (2, 4, 1), &device)?,
        })
    }

    #[test]
    fn a_step_is_torchs_momentum_step() -> Result<()> {
        // torch.optim.SGD([w], lr=0.1, momentum=0.9, weight_decay=0.01), gradients 2 then 3, from w = 1:
        // v = 2.01, w = 0.799; v = 0.9 * 2.01 + 3 + 0.00799 = 4.81699, w = 0.317301.
        let rates = Rates { learning_rate: 0.1, momentum: 0.9, weight_decay: 0.01 };
        let scalar = |value: f64| Tensor::new(value, &Device::Cpu);
        let first = rates.velocity(&scalar(1.0)?, &scalar(2.0)?, None)?;
        let value = rates.moved(&scalar(1.0)?, &first, 1.0)?;
        let second = rates.velocity(&value, &scalar(3.0)?, Some(&first))?;
        let value = rates.moved(&value, &second, 1.0)?.to_scalar::<f64>()?;
        assert!((value - 0.317301).abs() < TOLERANCE, "{value}");
        Ok(())
    }
}
