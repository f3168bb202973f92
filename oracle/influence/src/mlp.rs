//! The model: a multilayer perceptron with ReLU between its layers and a softmax over labels at the end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

pub use crate::architecture::{Architecture, LayerShape};
use crate::dataset::Examples;
use crate::digest::{Digest, digest, f32_bytes};
use crate::network::{Layers, log_softmax};
use crate::persist;
use crate::random::{Random, Stream};

/// Why a model could not be made, run or stored.
#[derive(Debug, thiserror::Error)]
pub enum MlpError {
    /// The layer sizes describe no network.
    #[error(
        "layers {0:?} describe no network: at least an input and an output size are needed, none of them 0, and at most 65,535 labels"
    )]
    Layers(Vec<usize>),
    /// The number of weights does not fit the layers.
    #[error("{found} weights do not fit layers {layers:?}, which need {expected}")]
    WeightCount {
        /// Layer sizes.
        layers: Vec<usize>,
        /// Weights given.
        found: usize,
        /// Weights needed.
        expected: usize,
    },
    /// A weight is infinite or not a number.
    #[error("weight {0} is not finite")]
    NotFinite(usize),
    /// The examples are not what the model takes.
    #[error("the examples have {found} features, the model takes {expected}")]
    Width {
        /// Features of the examples.
        found: usize,
        /// Features the model takes.
        expected: usize,
    },
    /// A label that the model does not have.
    #[error("example {example} has label {label}, the model has {labels} labels")]
    Label {
        /// Position of the example.
        example: usize,
        /// Its label.
        label: u16,
        /// Number of labels.
        labels: usize,
    },
    /// There is nothing to differentiate at.
    #[error("derivatives need at least one example")]
    NoExamples,
    /// There is no member to answer.
    #[error("an ensemble needs at least one member")]
    NoMembers,
    /// A weights file could not be written or read.
    #[error("cannot {operation} weights at {}", path.display())]
    File {
        /// `save` or `load`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What candle said.
        #[source]
        source: Box<candle_core::Error>,
    },
    /// A weights file lacks a tensor or holds one of another shape.
    #[error("{}: tensor `{tensor}` is missing or not of shape {shape:?}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// Shape wanted.
        shape: Vec<usize>,
    },
    /// A computation in candle failed.
    #[error("a tensor operation failed")]
    Compute(#[source] Box<candle_core::Error>),
}

impl From<candle_core::Error> for MlpError {
    fn from(source: candle_core::Error) -> Self {
        Self::Compute(Box::new(source))
    }
}

/// A model: its architecture and its weights in the flat order of [`Architecture::shapes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    architecture: Architecture,
    weights: Vec<f32>,
}

impl Mlp {
    /// A model with given weights.
    ///
    /// # Errors
    /// [`MlpError::WeightCount`] or [`MlpError::NotFinite`].
    pub fn from_weights(architecture: Architecture, weights: Vec<f32>) -> Result<Self, MlpError> {
        let expected = architecture.parameters();
        if weights.len() != expected {
            return Err(MlpError::WeightCount {
                layers: architecture.layers().to_vec(),
                found: weights.len(),
                expected,
            });
        }
        match weights.iter().position(|weight| !weight.is_finite()) {
            Some(index) => Err(MlpError::NotFinite(index)),
            None => Ok(Self { architecture, weights }),
        }
    }

    /// The untrained model of `seed`: weights and biases of a layer uniform in `±1/√inputs`, drawn in the flat order
    /// from ChaCha20 (24 bits each).
    pub fn initial(architecture: Architecture, seed: u64) -> Self {
        let mut random = Random::new(seed, Stream::Weights);
        let mut weights = Vec::with_capacity(architecture.parameters());
        for shape in architecture.shapes() {
            let bound = 1.0 / (shape.inputs as f32).sqrt();
            weights.extend((0..(shape.inputs + 1) * shape.outputs).map(|_| bound * (2.0 * random.unit() - 1.0)));
        }
        Self { architecture, weights }
    }

    /// Layer sizes.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The weights in the flat order.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Log-probability of every label for every example.
    ///
    /// # Shapes
    /// `[examples, labels]`, row by row. # Units: nats.
    ///
    /// # Errors
    /// If the examples do not fit the model.
    pub fn log_probabilities(&self, examples: &Examples) -> Result<Vec<f32>, MlpError> {
        self.architecture.check(examples)?;
        if examples.is_empty() {
            return Ok(Vec::new());
        }
        let layers = Layers::stack(&[self])?;
        let shape = (1, examples.len(), examples.width());
        let inputs = Tensor::from_slice(examples.features(), shape, &Device::Cpu)?;
        Ok(log_softmax(&layers.logits(&inputs)?)?.flatten_all()?.to_vec1()?)
    }

    /// Mean over the examples of `−log p(label)`, in nats; not a number if there are none.
    ///
    /// # Errors
    /// If the examples do not fit the model.
    pub fn mean_loss(&self, examples: &Examples) -> Result<f64, MlpError> {
        let log_probabilities = self.log_probabilities(examples)?;
        let rows = log_probabilities.chunks_exact(self.architecture.labels());
        let total: f64 = rows.zip(examples.labels()).map(|(row, &label)| -f64::from(row[usize::from(label)])).sum();
        Ok(total / examples.len() as f64)
    }

    /// SHA-256 over layer sizes (8 bytes big endian each) and weights (IEEE 754 little endian, flat order), under the
    /// tag `influence/mlp/1`. It does not depend on how a file lays the tensors out.
    pub fn hash(&self) -> Digest {
        let layers: Vec<u8> = self.architecture.layers().iter().flat_map(|size| (*size as u64).to_be_bytes()).collect();
        digest("influence/mlp/1", &[&layers, &f32_bytes(&self.weights)])
    }

    /// Writes the weights as safetensors: `layer.<k>.weight` `[outputs, inputs]` and `layer.<k>.bias` `[outputs]`, as
    /// torch names and lays them out. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`MlpError::File`].
    pub fn save(&self, path: &Path) -> Result<(), MlpError> {
        let failed = |source| MlpError::File { operation: "save", path: path.to_path_buf(), source: Box::new(source) };
        let mut tensors = HashMap::new();
        for (index, shape) in self.architecture.shapes().into_iter().enumerate() {
            let rows = &self.weights[shape.offset..][..(shape.inputs + 1) * shape.outputs];
            let rows = Tensor::from_slice(rows, (shape.outputs, shape.inputs + 1), &Device::Cpu)?;
            tensors.insert(format!("layer.{index}.weight"), rows.narrow(1, 0, shape.inputs)?.contiguous()?);
            tensors.insert(format!("layer.{index}.bias"), rows.narrow(1, shape.inputs, 1)?.flatten_all()?);
        }
        persist::replace::<candle_core::Error>(path, |partial| candle_core::safetensors::save(&tensors, partial))
            .map_err(failed)
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, lacks a tensor, or holds one of another shape or a weight that is not finite.
    pub fn load(architecture: Architecture, path: &Path) -> Result<Self, MlpError> {
        let failed = |source| MlpError::File { operation: "load", path: path.to_path_buf(), source: Box::new(source) };
        let tensors = candle_core::safetensors::load(path, &Device::Cpu).map_err(failed)?;
        let tensor = |name: String, shape: &[usize]| match tensors.get(&name) {
            Some(tensor) if tensor.dims() == shape => Ok(tensor),
            _ => Err(MlpError::Tensor { path: path.to_path_buf(), tensor: name, shape: shape.to_vec() }),
        };
        let mut weights = Vec::with_capacity(architecture.parameters());
        for (index, shape) in architecture.shapes().into_iter().enumerate() {
            let weight = tensor(format!("layer.{index}.weight"), &[shape.outputs, shape.inputs])?;
            let bias = tensor(format!("layer.{index}.bias"), &[shape.outputs])?.unsqueeze(1)?;
            weights.extend(Tensor::cat(&[weight, &bias], 1)?.flatten_all()?.to_vec1::<f32>()?);
        }
        Self::from_weights(architecture, weights)
    }
}

/// Mean over members of the probability of every label.
///
/// # Shapes
/// `[examples, labels]`, row by row.
///
/// # Errors
/// If there are no members or the examples do not fit one of them.
pub fn probabilities(members: &[Mlp], examples: &Examples) -> Result<Vec<f64>, MlpError> {
    let labels = members.first().ok_or(MlpError::NoMembers)?.architecture.labels();
    let mut mean = vec![0.0; examples.len() * labels];
    for member in members {
        for (sum, log_probability) in mean.iter_mut().zip(member.log_probabilities(examples)?) {
            *sum += f64::from(log_probability).exp() / members.len() as f64;
        }
    }
    Ok(mean)
}

/// The label that the ensemble serves for each example: the most probable one, of equals the smallest.
///
/// # Errors
/// As [`probabilities`].
pub fn served_labels(members: &[Mlp], examples: &Examples) -> Result<Vec<u16>, MlpError> {
    let probabilities = probabilities(members, examples)?;
    let labels = members.first().ok_or(MlpError::NoMembers)?.architecture.labels();
    Ok(probabilities.chunks_exact(labels).map(most_probable).collect())
}

fn most_probable(row: &[f64]) -> u16 {
    let best = (1..row.len()).fold(0, |best, label| if row[label] > row[best] { label } else { best });
    best as u16
}

/// The hash of an ensemble: its members' hashes in order, under the tag `influence/ensemble/1`.
pub fn ensemble_hash(members: &[Mlp]) -> Digest {
    let hashes: Vec<Digest> = members.iter().map(Mlp::hash).collect();
    digest("influence/ensemble/1", &hashes.iter().map(|hash| hash.as_slice()).collect::<Vec<_>>())
}
