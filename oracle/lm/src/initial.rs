//! Weights before any training, from a seed.

use candle_core::{DType, Device, Result, Tensor};
use compute::random::{Random, Stream};

use crate::config::LlamaConfig;
use crate::lora::{Adapter, LoraConfig};
use crate::tap::Part;
use crate::weights::{Slot, Weights};

/// Standard deviation of a new model's weights, as in Hugging Face's Llama.
const DEVIATION: f64 = 0.02;

impl Weights {
    /// The untrained model of `seed`, in f32 on the CPU: norms are 1; the others are normal with deviation 0.02, those that write to the
    /// residual stream divided by `√(2 · layers)`.
    ///
    /// # Errors
    /// If the configuration cannot be computed.
    ///
    /// # Source
    /// Radford et al. 2019, *Language Models are Unsupervised Multitask Learners*, section 2.3, for the division.
    pub fn initial(config: &LlamaConfig, seed: u64) -> Result<Self> {
        config.check().map_err(candle_core::Error::wrap)?;
        let mut random = Random::new(seed, Stream::Weights);
        let tensor = |slot: &Slot| -> Result<Tensor> {
            let shape = slot.shape(config);
            match deviation(*slot, config) {
                None => Tensor::ones(shape, DType::F32, &Device::Cpu),
                Some(deviation) => {
                    let count = shape.iter().product();
                    let values: Vec<f32> = (0..count).map(|_| (deviation * random.normal()) as f32).collect();
                    Tensor::from_vec(values, shape, &Device::Cpu)
                }
            }
        };
        Self::new(config.clone(), Slot::all(config).iter().map(tensor).collect::<Result<_>>()?)
    }

    /// Weights of the sizes and spread of [`Self::initial`], drawn where they are wanted by that device's own generator, one after the other in
    /// the precision wanted: for measuring models that are too large to be drawn on the CPU first. On the CPU they are those of
    /// [`Self::initial`].
    ///
    /// # Determinism
    /// The same for a seed on the same kind of device; others draw others.
    ///
    /// # Errors
    /// If the configuration cannot be computed, or the device fails.
    pub fn drawn(config: &LlamaConfig, seed: u64, dtype: DType, device: &Device) -> Result<Self> {
        if device.is_cpu() {
            return Self::initial(config, seed)?.to(dtype, device);
        }
        config.check().map_err(candle_core::Error::wrap)?;
        device.set_seed(seed)?;
        let tensor = |slot: &Slot| match deviation(*slot, config) {
            None => Tensor::ones(slot.shape(config), dtype, device),
            Some(deviation) => Tensor::randn(0.0, deviation as f32, slot.shape(config), device)?.to_dtype(dtype),
        };
        Self::new(config.clone(), Slot::all(config).iter().map(tensor).collect::<Result<_>>()?)
    }
}

fn deviation(slot: Slot, config: &LlamaConfig) -> Option<f64> {
    use crate::weights::Projection::{Down, Output};
    match slot {
        Slot::AttentionNorm(_) | Slot::MlpNorm(_) | Slot::FinalNorm => None,
        Slot::Projection(_, Output | Down) => Some(DEVIATION / (2.0 * config.num_hidden_layers as f64).sqrt()),
        Slot::Embedding | Slot::Head | Slot::Projection(..) => Some(DEVIATION),
    }
}

impl Adapter {
    /// The untrained adapter of `seed`, in f32 on the CPU: `A` uniform in `±1/√inputs`, as PEFT's; `B` 0, so that it changes nothing yet.
    ///
    /// # Errors
    /// If the configuration cannot be computed.
    pub fn initial(config: &LoraConfig, model: &LlamaConfig, seed: u64) -> Result<Self> {
        let mut random = Random::new(seed, Stream::Weights);
        let mut tensors = Vec::new();
        for (site, [rows, columns]) in Self::sites_of(config, model)? {
            tensors.push(match site.part {
                Part::Whole | Part::Up => Tensor::zeros((rows, columns), DType::F32, &Device::Cpu)?,
                Part::Down => {
                    let bound = 1.0 / (columns as f32).sqrt();
                    let values: Vec<f32> = (0..rows * columns).map(|_| bound * (2.0 * random.unit() - 1.0)).collect();
                    Tensor::from_vec(values, (rows, columns), &Device::Cpu)?
                }
            });
        }
        Self::new(config.clone(), model, tensors)
    }
}
