//! Low-rank adapters, as PEFT has them: `y = x Wᵀ + s (x Aᵀ) Bᵀ`, `s = α / r` (`α / √r` where rank-stabilised).
//!
//! # Source
//! Hu et al. 2021, *LoRA*, section 4.1; Kalajdzievski 2023, *rsLoRA*, for the other scale.

use candle_core::{DType, Device, Result, Tensor};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// Names of the adapted modules, as `q_proj`; a path, as `model.layers.0.self_attn.q_proj`, or its end is for one layer or some.
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

    /// Reads an `adapter_config.json`.
    ///
    /// # Errors
    /// If it is none, or sets something that changes what an adapter computes and is not computed here; names the key.
    pub fn from_json(text: &[u8]) -> serde_json::Result<Self> {
        let keys: serde_json::Map<String, Value> = serde_json::from_slice(text)?;
        let own = serde_json::to_value(Self::new(1, 1.0, &[]))?;
        let refused = keys.iter().find(|(key, set)| own.get(key).is_none() && changes_the_adapter(key, set));
        if let Some((key, set)) = refused {
            return Err(serde_json::Error::custom(format!("this engine computes no adapter with {key} = {set}")));
        }
        if keys.get("target_modules").is_some_and(Value::is_string) {
            return Err(serde_json::Error::custom(
                "target_modules is a pattern: write the names of the modules as a list",
            ));
        }
        serde_json::from_value(Value::Object(keys))
    }

    /// The adapted maps of a model, in the order of their use. As in PEFT, a name is for all modules whose path it is or ends.
    ///
    /// # Errors
    /// Names what this engine does not compute.
    pub fn maps(&self, model: &LlamaConfig) -> Result<Vec<Map>> {
        self.check()?;
        let of_layer = |layer| Projection::ALL.map(|projection| Map::Projection(layer, projection));
        let mut maps: Vec<Map> = (0..model.num_hidden_layers).flat_map(of_layer).collect();
        let paths: Vec<String> = maps.iter().map(|map| path(*map)).collect();
        for module in &self.target_modules {
            if !paths.iter().any(|path| ends_with_module(path, module)) {
                candle_core::bail!("the adapter changes `{module}`, which is no projection of a block of this model");
            }
        }
        maps.retain(|map| self.target_modules.iter().any(|module| ends_with_module(&path(*map), module)));
        if maps.is_empty() {
            candle_core::bail!("the adapter changes nothing: its target_modules are empty");
        }
        Ok(maps)
    }

    fn check(&self) -> Result<()> {
        let fits = |name: &str, fits: bool| {
            if fits { Ok(()) } else { candle_core::bail!("this engine computes no adapter with {name}") }
        };
        fits(&format!("peft_type = {}", self.peft_type), self.peft_type == "LORA")?;
        fits(&format!("bias = {}", self.bias), self.bias == "none")?;
        fits("fan_in_fan_out", !self.fan_in_fan_out)?;
        fits("use_dora", !self.use_dora)?;
        fits("r = 0", self.r > 0)
    }

    fn scale(&self) -> f64 {
        let rank = self.r as f64;
        self.lora_alpha / if self.use_rslora { rank.sqrt() } else { rank }
    }
}

/// Keys of `adapter_config.json` that may be set to anything: they are about making, training or naming an adapter.
const INDIFFERENT: [&str; 11] = [
    "auto_mapping",
    "ensure_weight_tying",
    "eva_config",
    "inference_mode",
    "layers_pattern",
    "loftq_config",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
];

/// Ways to draw an adapter's first weights that leave the base as it is. The others change the base when PEFT loads it.
const INITIAL: [&str; 3] = ["eva", "gaussian", "orthogonal"];

/// Whether a key that no field holds is set to something that this engine would have to compute.
fn changes_the_adapter(key: &str, set: &Value) -> bool {
    let is_unset = match set {
        Value::Null => true,
        Value::Bool(set) => !set || key == "init_lora_weights",
        Value::String(set) => key == "init_lora_weights" && INITIAL.contains(&set.as_str()),
        Value::Array(set) => set.is_empty(),
        Value::Object(set) => set.is_empty(),
        Value::Number(_) => false,
    };
    !is_unset && !INDIFFERENT.contains(&key)
}

/// A map's path in the model, as `model.layers.0.self_attn.q_proj`.
fn path(map: Map) -> String {
    map.slot().name().trim_end_matches(".weight").to_owned()
}

fn ends_with_module(path: &str, module: &str) -> bool {
    path.strip_suffix(module).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The weights of an adapter.
#[derive(Clone, Debug)]
pub struct Adapter {
    config: LoraConfig,
    maps: Vec<Map>,
    /// Map by map: `A`, then `B`.
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
        Ok(Self { maps: config.maps(model)?, config, tensors })
    }

    /// All sites of such an adapter, in the order of its tensors, with their shapes.
    ///
    /// # Errors
    /// If the configuration cannot be computed.
    pub fn sites_of(config: &LoraConfig, model: &LlamaConfig) -> Result<Vec<(Site, [usize; 2])>> {
        let mut sites = Vec::new();
        for map in config.maps(model)? {
            let shape = map.slot().shape(model);
            sites.push((Site { map, part: Part::Down }, [config.r, shape[1]]));
            sites.push((Site { map, part: Part::Up }, [shape[0], config.r]));
        }
        Ok(sites)
    }

    /// Sites of this adapter, in the order of its tensors.
    pub fn sites(&self) -> Vec<Site> {
        let pair = |&map: &Map| [Site { map, part: Part::Down }, Site { map, part: Part::Up }];
        self.maps.iter().flat_map(pair).collect()
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
        let first = 2 * self.maps.iter().position(|adapted| *adapted == map)?;
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
