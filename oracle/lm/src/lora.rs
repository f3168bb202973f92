//! Low-rank adapters, as PEFT has them: `y = x Wᵀ + s (x Aᵀ) Bᵀ`, `s = α / r` (`α / √r` where rank-stabilised).
//!
//! # Source
//! Hu et al. 2021, *LoRA*, section 4.1; Kalajdzievski 2023, *rsLoRA*, for the other scale.

use candle_core::{DType, Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::config::LlamaConfig;
use crate::tap::{Map, Part, Site};
use crate::weights::Projection;

/// What an adapter is, as in `adapter_config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraConfig {
    /// `LORA`
    pub peft_type: String,
    /// `CAUSAL_LM`
    #[serde(default)]
    pub task_type: Option<String>,
    /// What it was made for.
    #[serde(default)]
    pub base_model_name_or_path: Option<String>,
    /// Rank.
    pub r: usize,
    /// α
    pub lora_alpha: f64,
    /// Whether the scale is `α / √r`.
    #[serde(default)]
    pub use_rslora: bool,
    /// Names of the adapted modules, as `q_proj`.
    pub target_modules: Vec<String>,
    /// Only while training elsewhere; this engine has none.
    #[serde(default)]
    pub lora_dropout: f64,
    /// `none`
    #[serde(default = "none")]
    pub bias: String,
    /// Whether weights are stored the other way round; must not be.
    #[serde(default)]
    pub fan_in_fan_out: bool,
    /// DoRA; must not be.
    #[serde(default)]
    pub use_dora: bool,
}

fn none() -> String {
    "none".to_owned()
}

impl LoraConfig {
    /// An adapter of rank `r` of some projections.
    pub fn new(r: usize, lora_alpha: f64, targets: &[Projection]) -> Self {
        Self {
            peft_type: "LORA".to_owned(),
            task_type: Some("CAUSAL_LM".to_owned()),
            base_model_name_or_path: None,
            r,
            lora_alpha,
            use_rslora: false,
            target_modules: targets.iter().map(|target| target.module().to_owned()).collect(),
            lora_dropout: 0.0,
            bias: none(),
            fan_in_fan_out: false,
            use_dora: false,
        }
    }

    /// The adapted projections, in the order of their use.
    ///
    /// # Errors
    /// Names what this engine does not compute.
    pub fn targets(&self) -> Result<Vec<Projection>> {
        let fits = |name: &str, fits: bool| {
            if fits { Ok(()) } else { candle_core::bail!("this engine computes no adapter with {name}") }
        };
        fits(&format!("peft_type = {}", self.peft_type), self.peft_type == "LORA")?;
        fits(&format!("bias = {}", self.bias), self.bias == "none")?;
        fits("fan_in_fan_out", !self.fan_in_fan_out)?;
        fits("use_dora", !self.use_dora)?;
        fits("r = 0", self.r > 0)?;
        let mut targets = Vec::new();
        for module in &self.target_modules {
            match Projection::named(module) {
                Some(projection) => targets.push(projection),
                None => candle_core::bail!("the adapter changes `{module}`, which is no projection of a Llama block"),
            }
        }
        targets.sort_unstable();
        targets.dedup();
        if targets.is_empty() {
            candle_core::bail!("the adapter changes nothing: its target_modules are empty");
        }
        Ok(targets)
    }

    fn scale(&self) -> f64 {
        let rank = self.r as f64;
        self.lora_alpha / if self.use_rslora { rank.sqrt() } else { rank }
    }
}

/// The weights of an adapter.
#[derive(Clone, Debug)]
pub struct Adapter {
    config: LoraConfig,
    targets: Vec<Projection>,
    layers: usize,
    /// Layer by layer, target by target: `A`, then `B`.
    tensors: Vec<Tensor>,
}

/// The two weights of one adapted map.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// `A` `[rank, inputs]`
    pub down: &'a Tensor,
    /// `B` `[outputs, rank]`
    pub up: &'a Tensor,
}

impl Adapter {
    /// Takes the tensors of all sites, in the order of [`Self::sites_of`].
    ///
    /// # Errors
    /// If the configuration cannot be computed, or a tensor is missing or of another shape.
    pub fn new(config: LoraConfig, model: &LlamaConfig, tensors: Vec<Tensor>) -> Result<Self> {
        let sites = Self::sites_of(&config, model)?;
        if sites.len() != tensors.len() {
            candle_core::bail!("the adapter has {} weights, {} were given", sites.len(), tensors.len());
        }
        for ((site, shape), tensor) in sites.iter().zip(&tensors) {
            if tensor.dims() != shape {
                candle_core::bail!("{} is {:?}, not {shape:?}", site.name(), tensor.dims());
            }
        }
        Ok(Self { targets: config.targets()?, config, layers: model.num_hidden_layers, tensors })
    }

    /// All sites of such an adapter, in the order of its tensors, with their shapes.
    ///
    /// # Errors
    /// If the configuration cannot be computed.
    pub fn sites_of(config: &LoraConfig, model: &LlamaConfig) -> Result<Vec<(Site, [usize; 2])>> {
        let targets = config.targets()?;
        let pair = |layer: usize, projection: Projection| {
            let [outputs, inputs] = projection.shape(model);
            let map = Map::Projection(layer, projection);
            [(Site { map, part: Part::Down }, [config.r, inputs]), (Site { map, part: Part::Up }, [outputs, config.r])]
        };
        let of_layer = |layer| targets.iter().flat_map(move |&projection| pair(layer, projection));
        Ok((0..model.num_hidden_layers).flat_map(of_layer).collect())
    }

    /// Sites of this adapter, in the order of its tensors.
    pub fn sites(&self) -> Vec<Site> {
        let pair = |layer, &projection: &Projection| {
            let map = Map::Projection(layer, projection);
            [Site { map, part: Part::Down }, Site { map, part: Part::Up }]
        };
        (0..self.layers).flat_map(|layer| self.targets.iter().flat_map(move |target| pair(layer, target))).collect()
    }

    /// What it is.
    pub fn config(&self) -> &LoraConfig {
        &self.config
    }

    /// `s`
    pub fn scale(&self) -> f64 {
        self.config.scale()
    }

    /// All weights, in the order of [`Self::sites`].
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The weights of a map, if it is adapted.
    pub fn pair(&self, map: Map) -> Option<Pair<'_>> {
        let Map::Projection(layer, projection) = map else { return None };
        let target = self.targets.iter().position(|target| *target == projection)?;
        let first = 2 * (layer * self.targets.len() + target);
        Some(Pair { down: &self.tensors[first], up: &self.tensors[first + 1] })
    }

    /// One weight of a map.
    pub fn at(&self, map: Map, part: Part) -> Option<&Tensor> {
        let pair = self.pair(map)?;
        match part {
            Part::Whole => None,
            Part::Down => Some(pair.down),
            Part::Up => Some(pair.up),
        }
    }

    /// The same adapter elsewhere or in another precision.
    ///
    /// # Errors
    /// What candle says.
    pub fn to(&self, dtype: DType, device: &Device) -> Result<Self> {
        let tensors =
            self.tensors.iter().map(|tensor| tensor.to_dtype(dtype)?.to_device(device)).collect::<Result<_>>()?;
        Ok(Self { tensors, ..self.clone() })
    }

    /// The same adapter with other weights.
    pub(crate) fn with_tensors(&self, tensors: Vec<Tensor>) -> Self {
        Self { tensors, ..self.clone() }
    }
}
