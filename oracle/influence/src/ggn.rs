//! Per-sample gradients and the exact generalised Gauss-Newton matrix of a model's training loss.
//!
//! Both come in closed form from what enters each layer and from derivatives with respect to each layer's
//! pre-activations; no Jacobian is ever written down. With `ã_{l-1} = (a_{l-1}, 1)` the gradient of any function of the
//! logits with respect to unit `o` of layer `l` is `∂/∂z_{l,o} · ã_{l-1}`, in the flat order of
//! [`crate::mlp::Architecture::shapes`].
//!
//! All of it is done in f64, from weights that were trained in f32.

use std::ops::Range;

use candle_core::{DType, Device, Tensor};
use faer::Mat;

use crate::dataset::Examples;
use crate::job::{Cancelled, Job};
use crate::linear;
use crate::mlp::{Architecture, LayerShape, Mlp, MlpError};
use crate::network::{Layers, softmax};
use crate::parallel::{self, Threads};

/// Gradient of `log p(label)` with respect to all weights, for every example.
///
/// With `δ_L = onehot(label) − p` and `δ_{l-1} = (W_l δ_l) ∘ [z_{l-1} > 0]`, the part of layer `l` and unit `o` is
/// `δ_{l,o} ã_{l-1}`.
///
/// # Shapes
/// `[parameters, examples]`, one gradient per column.
///
/// # Errors
/// If the examples do not fit the model, or there are none.
///
/// # Source
/// Checked against candle's autograd and against finite differences for every weight, in `tests/influence/gradients.rs`.
pub fn gradients(model: &Mlp, examples: &Examples) -> Result<Mat<f64>, MlpError> {
    Ok(Gradients::new(model, examples)?.columns(0..examples.len()))
}

/// What [`gradients`] are made of, so that any of their columns can be had when it is needed: all of them may not fit into memory.
pub(crate) struct Gradients {
    shapes: Vec<LayerShape>,
    parameters: usize,
    trace: Trace,
    /// Per layer `[examples, units]`.
    deltas: Vec<Mat<f64>>,
}

impl Gradients {
    /// # Errors
    /// As [`gradients`].
    pub(crate) fn new(model: &Mlp, examples: &Examples) -> Result<Self, MlpError> {
        Ok(Trace::new(model, examples)?.into_gradients(model, examples.labels()))
    }

    /// Number of weights.
    pub(crate) fn parameters(&self) -> usize {
        self.parameters
    }

    /// The gradients at some examples.
    ///
    /// # Shapes
    /// `[parameters, examples]`
    pub(crate) fn columns(&self, examples: Range<usize>) -> Mat<f64> {
        let mut gradients = Mat::zeros(self.parameters, examples.len());
        for (column, example) in examples.enumerate() {
            self.fill(example, gradients.col_as_slice_mut(column));
        }
        gradients
    }

    fn fill(&self, example: usize, gradient: &mut [f64]) {
        for (layer, shape) in self.shapes.iter().enumerate() {
            let entering = &self.trace.entering[layer];
            let rows = gradient[shape.offset..].chunks_exact_mut(shape.inputs + 1).take(shape.outputs);
            for (unit, row) in rows.enumerate() {
                let delta = self.deltas[layer][(example, unit)];
                row.iter_mut().enumerate().for_each(|(input, value)| *value = delta * entering[(example, input)]);
            }
        }
    }
}

/// The generalised Gauss-Newton matrix of the mean loss, `G = (1/n) Σ_i J_iᵀ (diag(p_i) − p_i p_iᵀ) J_i`, `J_i` the
/// Jacobian of the logits. Weight decay is not in it.
///
/// The curvature of a softmax has the factor `F = diag(√p) − p √pᵀ`: `F Fᵀ = diag(p) − p pᵀ`. Propagated back,
/// `B_L = F`, `B_{l-1} = (W_l B_l) ∘ [z_{l-1} > 0]` (a row per unit), and the block of unit `o` of layer `l` and unit `o'`
/// of layer `l'` is `(1/n) Σ_i ⟨B_{l,o}, B_{l',o'}⟩_i ã_{l-1,i} ã_{l'-1,i}ᵀ`: one product of two thin matrices per pair of
/// units. This is `(1/n) AᵀA`, where `A` has a row for each example and factor column, at a share of its cost:
/// `A` need not exist, and `⟨·,·⟩` sums its `labels` rows per example before anything is multiplied.
///
/// # Shapes
/// `[parameters, parameters]`; the lower triangle is filled, the upper one is zero outside the blocks on the diagonal.
///
/// # Errors
/// If the examples do not fit the model, or there are none.
///
/// # Source
/// Schraudolph 2002, *Fast curvature matrix-vector products for second-order gradient descent*; Martens 2014, *New
/// insights and perspectives on the natural gradient method*, section 8.
pub fn curvature(model: &Mlp, examples: &Examples, threads: Threads) -> Result<Mat<f64>, MlpError> {
    let curvature = Trace::new(model, examples)?.curvature(model, &threads.into());
    Ok(curvature.expect("nobody holds the control that could cancel it"))
}

/// Steps of work ([`crate::job`]) in a curvature.
pub(crate) fn curvature_steps(architecture: &Architecture) -> usize {
    architecture.layers()[1..].iter().sum()
}

/// One unit of one layer and the place of its weights.
#[derive(Clone, Copy)]
struct Unit {
    layer: usize,
    unit: usize,
    offset: usize,
    size: usize,
}

impl Unit {
    fn all(architecture: &Architecture) -> Vec<Self> {
        let shapes = architecture.shapes();
        let of_layer = |(layer, shape): (usize, &LayerShape)| {
            let (offset, size) = (shape.offset, shape.inputs + 1);
            (0..shape.outputs).map(move |unit| Self { layer, unit, offset: offset + unit * size, size }).collect()
        };
        shapes.iter().enumerate().map(of_layer).collect::<Vec<Vec<Self>>>().concat()
    }
}

/// What a forward pass leaves behind for derivatives.
pub(crate) struct Trace {
    examples: usize,
    /// Per layer what enters it, with a last column of ones: `[examples, inputs + 1]`.
    entering: Vec<Mat<f64>>,
    /// `[examples, labels]`
    probabilities: Mat<f64>,
}

impl Trace {
    /// # Errors
    /// If the examples do not fit the model, or there are none.
    pub(crate) fn new(model: &Mlp, examples: &Examples) -> Result<Self, MlpError> {
        model.architecture().check(examples)?;
        if examples.is_empty() {
            return Err(MlpError::NoExamples);
        }
        let layers = Layers::stack(&[model])?.to_dtype(DType::F64)?;
        let shape = (1, examples.len(), examples.width());
        let inputs = Tensor::from_slice(examples.features(), shape, &Device::Cpu)?.to_dtype(DType::F64)?;
        let mut activations = layers.activations(&inputs)?;
        let logits = activations.pop().expect("activations start with the inputs");
        let entering = activations.iter().map(|activation| {
            let values: Vec<Vec<f64>> = activation.squeeze(0)?.to_vec2()?;
            let width = activation.dim(2)?;
            Ok(Mat::from_fn(values.len(), width + 1, |row, column| *values[row].get(column).unwrap_or(&1.0)))
        });
        let probabilities: Vec<Vec<f64>> = softmax(&logits)?.squeeze(0)?.to_vec2()?;
        Ok(Self {
            examples: examples.len(),
            entering: entering.collect::<candle_core::Result<_>>()?,
            probabilities: Mat::from_fn(examples.len(), model.architecture().labels(), |row, column| {
                probabilities[row][column]
            }),
        })
    }

    /// [`Gradients`] at the examples of this pass, whose labels are these.
    pub(crate) fn into_gradients(self, model: &Mlp, labels: &[u16]) -> Gradients {
        let (shapes, parameters) = (model.architecture().shapes(), model.architecture().parameters());
        let count = model.architecture().labels();
        let mut output = Mat::from_fn(self.examples, count, |example, label| -self.probabilities[(example, label)]);
        for (example, &label) in labels.iter().enumerate() {
            output[(example, usize::from(label))] += 1.0;
        }
        let deltas = self.back_propagate(model, output);
        Gradients { shapes, parameters, trace: self, deltas }
    }

    /// [`curvature`] over the examples of this pass, in [`curvature_steps`].
    pub(crate) fn curvature(&self, model: &Mlp, job: &Job) -> Result<Mat<f64>, Cancelled> {
        let factors = parallel::map_under(job, model.architecture().labels(), |label| {
            Ok(self.back_propagate(model, self.softmax_factor(label)))
        })?;
        let units = Unit::all(model.architecture());
        let strips = parallel::map_under(job, units.len(), |task| {
            // The last units have the longest strips; taking them first keeps all threads busy to the end.
            let row = units.len() - 1 - task;
            let strip = self.curvature_strip(&factors, &units[..=row], job)?;
            job.control.advance(1);
            Ok(strip)
        })?;
        let parameters = model.architecture().parameters();
        let mut curvature = Mat::zeros(parameters, parameters);
        for (strip, row) in strips.iter().zip((0..units.len()).rev()) {
            job.control.check()?;
            let (start, size) = (units[row].offset, units[row].size);
            curvature.submatrix_mut(start, 0, size, start + size).copy_from(strip);
        }
        Ok(curvature)
    }

    /// Column `c` of `F = diag(√p) − p √pᵀ` for every example: `[examples, labels]`.
    fn softmax_factor(&self, c: usize) -> Mat<f64> {
        let p = &self.probabilities;
        Mat::from_fn(self.examples, p.ncols(), |example, label| {
            let root = p[(example, c)].sqrt();
            if label == c { root - p[(example, label)] * root } else { -p[(example, label)] * root }
        })
    }

    /// Carries derivatives with respect to the logits back to the pre-activations of every layer.
    ///
    /// # Shapes
    /// `output` is `[examples, labels]`; the result has for each layer `[examples, units]`.
    fn back_propagate(&self, model: &Mlp, output: Mat<f64>) -> Vec<Mat<f64>> {
        let shapes = model.architecture().shapes();
        let mut deltas = vec![output];
        for layer in (1..shapes.len()).rev() {
            let last = deltas.last().expect("deltas start with the outputs");
            let mut delta = linear::product(last.as_ref(), weight(model, shapes[layer]).as_ref());
            for unit in 0..shapes[layer].inputs {
                for example in 0..self.examples {
                    if self.entering[layer][(example, unit)] <= 0.0 {
                        delta[(example, unit)] = 0.0;
                    }
                }
            }
            deltas.push(delta);
        }
        deltas.reverse();
        deltas
    }

    /// The rows of the last of `units`, against all of `units`, up to and with the block on the diagonal.
    fn curvature_strip(&self, factors: &[Vec<Mat<f64>>], units: &[Unit], job: &Job) -> Result<Mat<f64>, Cancelled> {
        let row = units[units.len() - 1];
        let mut strip = Mat::zeros(row.size, row.offset + row.size);
        for other in units {
            job.control.check()?;
            let weights = self.factor_products(factors, row, *other);
            let entering = &self.entering[other.layer];
            let weighted =
                Mat::from_fn(self.examples, other.size, |example, input| weights[example] * entering[(example, input)]);
            let block = linear::product(self.entering[row.layer].transpose(), weighted.as_ref());
            strip.subcols_mut(other.offset, other.size).copy_from(&block);
        }
        Ok(strip)
    }

    /// `(1/n) ⟨B_{l,o}, B_{l',o'}⟩_i` for every example `i`.
    fn factor_products(&self, factors: &[Vec<Mat<f64>>], row: Unit, other: Unit) -> Vec<f64> {
        let mut products = vec![0.0; self.examples];
        for factor in factors {
            let left = factor[row.layer].col_as_slice(row.unit);
            let right = factor[other.layer].col_as_slice(other.unit);
            for (product, (left, right)) in products.iter_mut().zip(left.iter().zip(right)) {
                *product += left * right;
            }
        }
        products.iter_mut().for_each(|product| *product /= self.examples as f64);
        products
    }
}

/// A layer's weights without its biases, `[outputs, inputs]`.
fn weight(model: &Mlp, shape: LayerShape) -> Mat<f64> {
    let weights = &model.weights()[shape.offset..];
    Mat::from_fn(shape.outputs, shape.inputs, |unit, input| f64::from(weights[unit * (shape.inputs + 1) + input]))
}
