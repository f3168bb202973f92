//! The forward pass on candle, for several models at once.

use candle_core::{D, DType, Device, Result, Tensor};

use crate::mlp::Mlp;

/// The layers of `models` networks of one architecture.
///
/// # Shapes
/// For each layer a weight `[models, inputs, outputs]` and a bias `[models, 1, outputs]`.
#[derive(Clone, Debug)]
pub(crate) struct Layers(pub(crate) Vec<Layer>);

/// One layer of every model.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// `[models, inputs, outputs]`
    pub(crate) weight: Tensor,
    /// `[models, 1, outputs]`
    pub(crate) bias: Tensor,
}

impl Layers {
    /// Takes the weights of models of one architecture, at least one.
    pub(crate) fn stack(models: &[&Mlp]) -> Result<Self> {
        let mut layers = Vec::new();
        for shape in models[0].architecture().shapes() {
            let size = (shape.inputs + 1) * shape.outputs;
            let rows: Vec<f32> =
                models.iter().flat_map(|model| &model.weights()[shape.offset..][..size]).copied().collect();
            let rows = Tensor::from_vec(rows, (models.len(), shape.outputs, shape.inputs + 1), &Device::Cpu)?;
            let columns = rows.transpose(1, 2)?;
            layers.push(Layer {
                weight: columns.narrow(1, 0, shape.inputs)?.contiguous()?,
                bias: columns.narrow(1, shape.inputs, 1)?.contiguous()?,
            });
        }
        Ok(Self(layers))
    }

    /// The flat weights of each model, in the order of [`crate::mlp::Architecture::shapes`].
    pub(crate) fn unstack(&self) -> Result<Vec<Vec<f32>>> {
        let mut flat = Vec::new();
        for layer in &self.0 {
            let rows = Tensor::cat(&[&layer.weight, &layer.bias], 1)?.transpose(1, 2)?;
            flat.push(rows.flatten_from(1)?);
        }
        Tensor::cat(&flat, 1)?.to_vec2()
    }

    /// The same layers in another precision.
    pub(crate) fn to_dtype(&self, dtype: DType) -> Result<Self> {
        let convert = |layer: &Layer| -> Result<Layer> {
            Ok(Layer { weight: layer.weight.to_dtype(dtype)?, bias: layer.bias.to_dtype(dtype)? })
        };
        Ok(Self(self.0.iter().map(convert).collect::<Result<_>>()?))
    }

    /// What enters each layer, and at the end the logits: `a_0 = inputs`, `a_l = relu(a_{l-1} W_l + b_l)`, no ReLU on the
    /// last.
    ///
    /// # Shapes
    /// `inputs` `[models, examples, inputs]`; results `[models, examples, outputs of the layer before]`.
    pub(crate) fn activations(&self, inputs: &Tensor) -> Result<Vec<Tensor>> {
        let mut activations = vec![inputs.clone()];
        for (index, layer) in self.0.iter().enumerate() {
            let before = activations[index].matmul(&layer.weight)?.broadcast_add(&layer.bias)?;
            activations.push(if index + 1 < self.0.len() { before.relu()? } else { before });
        }
        Ok(activations)
    }

    /// The last of [`Self::activations`].
    pub(crate) fn logits(&self, inputs: &Tensor) -> Result<Tensor> {
        let mut activations = self.activations(inputs)?;
        Ok(activations.pop().expect("activations start with the inputs"))
    }
}

/// `logits − log Σ exp(logits)` over the last axis, from differentiable operations only: candle's fused softmax passes
/// no gradient on.
pub(crate) fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    let total = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted.broadcast_sub(&total)
}

/// `exp(logits) / Σ exp(logits)` over the last axis.
pub(crate) fn softmax(logits: &Tensor) -> Result<Tensor> {
    let exponentials = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?.exp()?;
    exponentials.broadcast_div(&exponentials.sum_keepdim(D::Minus1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mlp::Architecture;

    #[test]
    fn stacking_and_unstacking_give_the_weights_back() {
        let architecture = Architecture::new(&[3, 4, 2]).expect("a network");
        let models: Vec<Mlp> = (0..3).map(|seed| Mlp::initial(architecture.clone(), seed)).collect();
        let layers = Layers::stack(&models.iter().collect::<Vec<_>>()).expect("same shapes");
        let flat = layers.unstack().expect("same shapes");
        for (weights, model) in flat.iter().zip(&models) {
            assert_eq!(weights.as_slice(), model.weights());
        }
    }
}
