//! A model's weights, in one fixed order, each under the name that Hugging Face gives it.

use candle_core::{DType, Device, Result, Tensor};

use crate::config::LlamaConfig;

/// One of the linear maps of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Projection {
    /// To queries.
    Query,
    /// To keys.
    Key,
    /// To values.
    Value,
    /// From heads back to the residual stream.
    Output,
    /// To the gate of the MLP.
    Gate,
    /// To what is gated.
    Up,
    /// From the MLP back to the residual stream.
    Down,
}

impl Projection {
    /// All, in the order of their use.
    pub const ALL: [Self; 7] = [Self::Query, Self::Key, Self::Value, Self::Output, Self::Gate, Self::Up, Self::Down];

    /// Hugging Face's name of the module.
    pub fn module(self) -> &'static str {
        match self {
            Self::Query => "q_proj",
            Self::Key => "k_proj",
            Self::Value => "v_proj",
            Self::Output => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }

    /// The projection of this name.
    pub fn named(module: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|projection| projection.module() == module)
    }

    fn parent(self) -> &'static str {
        match self {
            Self::Query | Self::Key | Self::Value | Self::Output => "self_attn",
            Self::Gate | Self::Up | Self::Down => "mlp",
        }
    }

    /// `[outputs, inputs]`
    pub fn shape(self, config: &LlamaConfig) -> [usize; 2] {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let queries = config.num_attention_heads * config.head_dim();
        let keys = config.key_value_heads() * config.head_dim();
        match self {
            Self::Query => [queries, hidden],
            Self::Key | Self::Value => [keys, hidden],
            Self::Output => [hidden, queries],
            Self::Gate | Self::Up => [inner, hidden],
            Self::Down => [hidden, inner],
        }
    }
}

/// A place for a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Tokens to the residual stream, `[vocabulary, hidden]`.
    Embedding,
    /// Before a block's attention, `[hidden]`.
    AttentionNorm(usize),
    /// A linear map of a block, `[outputs, inputs]`.
    Projection(usize, Projection),
    /// Before a block's MLP, `[hidden]`.
    MlpNorm(usize),
    /// Before the head, `[hidden]`.
    FinalNorm,
    /// To logits, `[vocabulary, hidden]`; absent where it is the embedding.
    Head,
}

/// Weights of a block: two norms and the projections.
const PER_BLOCK: usize = 9;

impl Slot {
    /// All slots of a model, in their order.
    pub fn all(config: &LlamaConfig) -> Vec<Self> {
        let block = |layer: usize| {
            let maps = |projections: &[Projection]| -> Vec<Self> {
                projections.iter().map(|projection| Self::Projection(layer, *projection)).collect()
            };
            let (attention, mlp) = Projection::ALL.split_at(4);
            [vec![Self::AttentionNorm(layer)], maps(attention), vec![Self::MlpNorm(layer)], maps(mlp)].concat()
        };
        let mut slots = vec![Self::Embedding];
        slots.extend((0..config.num_hidden_layers).flat_map(block));
        slots.push(Self::FinalNorm);
        if !config.tie_word_embeddings {
            slots.push(Self::Head);
        }
        slots
    }

    /// Its place in the order of [`Self::all`]; that of the embedding for a head that is the embedding.
    pub fn index(self, config: &LlamaConfig) -> usize {
        let end = 1 + PER_BLOCK * config.num_hidden_layers;
        let of_block = |layer: usize, place: usize| 1 + PER_BLOCK * layer + place;
        match self {
            Self::Embedding => 0,
            Self::AttentionNorm(layer) => of_block(layer, 0),
            Self::Projection(layer, projection @ (Projection::Gate | Projection::Up | Projection::Down)) => {
                of_block(layer, 2 + projection as usize)
            }
            Self::Projection(layer, projection) => of_block(layer, 1 + projection as usize),
            Self::MlpNorm(layer) => of_block(layer, 5),
            Self::FinalNorm => end,
            Self::Head if config.tie_word_embeddings => 0,
            Self::Head => end + 1,
        }
    }

    /// Its name in a safetensors file.
    pub fn name(self) -> String {
        match self {
            Self::Embedding => "model.embed_tokens.weight".to_owned(),
            Self::AttentionNorm(layer) => format!("model.layers.{layer}.input_layernorm.weight"),
            Self::Projection(layer, projection) => {
                format!("model.layers.{layer}.{}.{}.weight", projection.parent(), projection.module())
            }
            Self::MlpNorm(layer) => format!("model.layers.{layer}.post_attention_layernorm.weight"),
            Self::FinalNorm => "model.norm.weight".to_owned(),
            Self::Head => "lm_head.weight".to_owned(),
        }
    }

    /// The weight's shape.
    pub fn shape(self, config: &LlamaConfig) -> Vec<usize> {
        match self {
            Self::Embedding | Self::Head => vec![config.vocab_size, config.hidden_size],
            Self::AttentionNorm(_) | Self::MlpNorm(_) | Self::FinalNorm => vec![config.hidden_size],
            Self::Projection(_, projection) => projection.shape(config).to_vec(),
        }
    }
}

/// All weights of a model in one precision on one device.
#[derive(Clone, Debug)]
pub struct Weights {
    config: LlamaConfig,
    tensors: Vec<Tensor>,
}

impl Weights {
    /// Takes the tensors of all slots, in their order and of their shapes.
    ///
    /// # Errors
    /// If one is missing, too much or of another shape.
    pub fn new(config: LlamaConfig, tensors: Vec<Tensor>) -> Result<Self> {
        let slots = Slot::all(&config);
        if slots.len() != tensors.len() {
            candle_core::bail!("the model has {} weights, {} were given", slots.len(), tensors.len());
        }
        for (slot, tensor) in slots.iter().zip(&tensors) {
            if tensor.dims() != slot.shape(&config) {
                candle_core::bail!("{} is {:?}, not {:?}", slot.name(), tensor.dims(), slot.shape(&config));
            }
        }
        Ok(Self { config, tensors })
    }

    /// Sizes and constants.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// The weight in a slot.
    pub fn get(&self, slot: Slot) -> &Tensor {
        &self.tensors[slot.index(&self.config)]
    }

    /// All weights, in the order of [`Slot::all`].
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The precision.
    pub fn dtype(&self) -> DType {
        self.tensors[0].dtype()
    }

    /// Where they are.
    pub fn device(&self) -> &Device {
        self.tensors[0].device()
    }

    /// The same weights elsewhere or in another precision.
    ///
    /// # Errors
    /// What candle says.
    pub fn to(&self, dtype: DType, device: &Device) -> Result<Self> {
        let tensors =
            self.tensors.iter().map(|tensor| tensor.to_dtype(dtype)?.to_device(device)).collect::<Result<_>>()?;
        Ok(Self { config: self.config.clone(), tensors })
    }

    /// The same model with other weights of the same shapes.
    pub(crate) fn with_tensors(&self, tensors: Vec<Tensor>) -> Self {
        Self { config: self.config.clone(), tensors }
    }

    /// Number of single weights.
    pub fn count(&self) -> usize {
        self.tensors.iter().map(Tensor::elem_count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Heads;

    #[test]
    fn every_slot_stands_where_its_index_says() {
        for tied in [true, false] {
            let mut config = LlamaConfig::new(8, 8, 3, Heads { query: 2, key_value: 1 }, 8, 8);
            config.tie_word_embeddings = tied;
            for (place, slot) in Slot::all(&config).into_iter().enumerate() {
                assert_eq!(slot.index(&config), place, "{slot:?}");
            }
            assert_eq!(Slot::Head.index(&config) == 0, tied);
        }
    }
}
