//! What a Llama-style model is made of: Hugging Face's `config.json`.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the model's configuration at {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a configuration.
    #[error("{} is not the config.json of a Llama-style model", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The model is of a kind that this engine does not compute.
    #[error("the configuration asks for {name} = {found}, this engine computes {allowed}")]
    Unsupported {
        /// Which key.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A number does not fit the others.
    #[error("the configuration has {name} = {found}, but it must be {allowed}")]
    Value {
        /// Which key.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
}

/// How rotary positions are stretched beyond the lengths that a model was first trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rope_type", rename_all = "lowercase")]
pub enum RopeScaling {
    /// Not at all.
    Default,
    /// All frequencies divided by one factor.
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Llama 3.1: low frequencies divided by the factor, high ones kept, those between blended.
    Llama3 {
        /// The factor.
        factor: f64,
        /// Wavelengths longer than the original length over this are divided.
        low_freq_factor: f64,
        /// Wavelengths shorter than the original length over this are kept.
        high_freq_factor: f64,
        /// Length that the model was first trained on.
        original_max_position_embeddings: usize,
    },
}

/// Sizes and constants of a Llama-style decoder, as in `config.json`. Keys that do not matter here are left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LlamaConfig {
    /// `["LlamaForCausalLM"]`
    #[serde(default = "architectures")]
    pub architectures: Vec<String>,
    /// `llama`
    pub model_type: String,
    /// Number of tokens.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width inside an MLP.
    pub intermediate_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Heads of keys and values, each shared by as many query heads; as many as those if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_key_value_heads: Option<usize>,
    /// Width of a head; `hidden_size / num_attention_heads` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// Added to a mean square before its root is taken.
    pub rms_norm_eps: f64,
    /// Base of the rotary frequencies, where `rope_parameters` does not have it.
    #[serde(default = "rope_theta")]
    pub rope_theta: f64,
    /// Stretching of rotary positions, as older files have it.
    #[serde(default, deserialize_with = "scaling_of_either_name", skip_serializing_if = "Option::is_none")]
    pub rope_scaling: Option<RopeScaling>,
    /// Base and stretching of rotary positions, as newer files have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_parameters: Option<RopeParameters>,
    /// Whether the output weights are the embedding.
    #[serde(default)]
    pub tie_word_embeddings: bool,
    /// `silu`
    #[serde(default = "silu")]
    pub hidden_act: String,
    /// Whether the maps of attention have biases.
    #[serde(default)]
    pub attention_bias: bool,
    /// Whether the maps of the MLP have biases.
    #[serde(default)]
    pub mlp_bias: bool,
}

/// Base and stretching of rotary positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RopeParameters {
    /// Base of the frequencies.
    pub rope_theta: f64,
    /// Stretching.
    #[serde(flatten)]
    pub scaling: RopeScaling,
}

/// Older files have `type` where newer ones have `rope_type`.
fn scaling_of_either_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RopeScaling>, D::Error> {
    let Some(mut keys) = Option::<serde_json::Map<String, Value>>::deserialize(deserializer)? else { return Ok(None) };
    if let Some(kind) = keys.remove("type") {
        keys.entry("rope_type").or_insert(kind);
    }
    serde_json::from_value(Value::Object(keys)).map(Some).map_err(D::Error::custom)
}

fn architectures() -> Vec<String> {
    vec!["LlamaForCausalLM".to_owned()]
}

fn rope_theta() -> f64 {
    10_000.0
}

fn silu() -> String {
    "silu".to_owned()
}

impl LlamaConfig {
    /// A model of these sizes; a head is `hidden / heads` wide.
    pub fn new(
        vocabulary: usize,
        hidden: usize,
        layers: usize,
        heads: Heads,
        intermediate: usize,
        length: usize,
    ) -> Self {
        Self {
            architectures: architectures(),
            model_type: "llama".to_owned(),
            vocab_size: vocabulary,
            hidden_size: hidden,
            intermediate_size: intermediate,
            num_hidden_layers: layers,
            num_attention_heads: heads.query,
            num_key_value_heads: Some(heads.key_value),
            head_dim: None,
            max_position_embeddings: length,
            rms_norm_eps: 1e-5,
            rope_theta: rope_theta(),
            rope_scaling: None,
            rope_parameters: None,
            tie_word_embeddings: true,
            hidden_act: silu(),
            attention_bias: false,
            mlp_bias: false,
        }
    }

    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    /// Names the file, or the key that cannot be used.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read(path).map_err(|source| ConfigError::Read { path: path.to_path_buf(), source })?;
        let json = |source| ConfigError::Json { path: path.to_path_buf(), source };
        let keys: Value = serde_json::from_slice(&text).map_err(json)?;
        check_unread(&keys)?;
        let config: Self = serde_json::from_value(keys).map_err(json)?;
        config.check()?;
        Ok(config)
    }

    /// Checks that this engine computes such a model and that its sizes fit one another.
    ///
    /// # Errors
    /// Names the key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let only = |name, found: &str, allowed, fits| {
            if fits { Ok(()) } else { Err(ConfigError::Unsupported { name, found: found.to_owned(), allowed }) }
        };
        only("model_type", &self.model_type, "`llama`", self.model_type == "llama")?;
        only("hidden_act", &self.hidden_act, "`silu`", self.hidden_act == "silu")?;
        only("attention_bias", "true", "maps without biases", !self.attention_bias)?;
        only("mlp_bias", "true", "maps without biases", !self.mlp_bias)?;
        for (name, size) in [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.key_value_heads()),
            ("max_position_embeddings", self.max_position_embeddings),
        ] {
            value(name, size, "at least 1", size > 0)?;
        }
        let shared = self.num_attention_heads.is_multiple_of(self.key_value_heads());
        value("num_key_value_heads", self.key_value_heads(), "a divisor of num_attention_heads", shared)?;
        let whole = self.head_dim.is_some() || self.hidden_size.is_multiple_of(self.num_attention_heads);
        value("hidden_size", self.hidden_size, "a multiple of num_attention_heads where head_dim is absent", whole)?;
        value(
            "head_dim",
            self.head_dim(),
            "even and at least 2",
            self.head_dim() > 0 && self.head_dim().is_multiple_of(2),
        )?;
        let positive = |number: f64| number.is_finite() && number > 0.0;
        value("rms_norm_eps", self.rms_norm_eps, "positive", positive(self.rms_norm_eps))?;
        value("rope_theta", self.theta(), "positive", positive(self.theta()))
    }

    /// Heads of keys and values.
    pub fn key_value_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    /// Width of a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Base of the rotary frequencies.
    pub fn theta(&self) -> f64 {
        self.rope_parameters.as_ref().map_or(self.rope_theta, |parameters| parameters.rope_theta)
    }

    /// Angle by which each pair of a head's columns turns per position, radians, of `head_dim / 2` pairs.
    ///
    /// # Source
    /// Su et al. 2021, *RoFormer*, equation 15; the stretched ones as transformers' `modeling_rope_utils` computes them.
    pub fn frequencies(&self) -> Vec<f64> {
        let width = self.head_dim() as f64;
        let plain = (0..self.head_dim() / 2).map(|pair| self.theta().powf(-2.0 * pair as f64 / width));
        let parameters = self.rope_parameters.as_ref().map(|parameters| &parameters.scaling);
        match parameters.or(self.rope_scaling.as_ref()) {
            None | Some(RopeScaling::Default) => plain.collect(),
            Some(RopeScaling::Linear { factor }) => plain.map(|frequency| frequency / factor).collect(),
            Some(RopeScaling::Llama3 {
                factor,
                low_freq_factor,
                high_freq_factor,
                original_max_position_embeddings,
            }) => {
                let original = *original_max_position_embeddings as f64;
                let stretch = |frequency: f64| {
                    let turns = original * frequency / std::f64::consts::TAU;
                    let kept = ((turns - low_freq_factor) / (high_freq_factor - low_freq_factor)).clamp(0.0, 1.0);
                    kept * frequency + (1.0 - kept) * frequency / factor
                };
                plain.map(stretch).collect()
            }
        }
    }
}

/// Numbers of heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Of queries.
    pub query: usize,
    /// Of keys and values.
    pub key_value: usize,
}

/// Checks the keys that no field holds and that change what a model computes.
fn check_unread(keys: &Value) -> Result<(), ConfigError> {
    let refused = |name, found: &Value, allowed| ConfigError::Unsupported { name, found: found.to_string(), allowed };
    let quantised = &keys["quantization_config"];
    if !quantised.is_null() {
        return Err(refused("quantization_config", quantised, "weights that are not quantised"));
    }
    let turned = [&keys["partial_rotary_factor"], &keys["rope_parameters"]["partial_rotary_factor"]];
    match turned.into_iter().find(|part| !part.is_null() && part.as_f64() != Some(1.0)) {
        Some(part) => Err(refused("partial_rotary_factor", part, "heads that are turned whole (1.0)")),
        None => Ok(()),
    }
}

fn value(name: &'static str, found: impl ToString, allowed: &'static str, fits: bool) -> Result<(), ConfigError> {
    if fits { Ok(()) } else { Err(ConfigError::Value { name, found: found.to_string(), allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> LlamaConfig {
        LlamaConfig::new(64, 16, 2, Heads { query: 4, key_value: 2 }, 24, 32)
    }

    #[test]
    fn a_configuration_reads_back() {
        let text = serde_json::to_string(&small()).expect("plain");
        assert_eq!(serde_json::from_str::<LlamaConfig>(&text).expect("just written"), small());
    }

    #[test]
    fn older_and_newer_files_give_the_same_frequencies() {
        let scaling = r#""rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192"#;
        let rest = r#""model_type":"llama","vocab_size":8,"hidden_size":128,"intermediate_size":8,"num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":131072,"rms_norm_eps":1e-5"#;
        let older = format!(r#"{{{rest},"rope_theta":500000.0,"rope_scaling":{{{scaling}}}}}"#);
        let newer = format!(r#"{{{rest},"rope_parameters":{{"rope_theta":500000.0,{scaling}}}}}"#);
        let frequencies =
            |text: &str| serde_json::from_str::<LlamaConfig>(text).expect("a configuration").frequencies();
        assert_eq!(frequencies(&older), frequencies(&newer));
        // transformers' `_compute_llama3_parameters` with these numbers: the first is kept, the last is an eighth.
        assert_eq!(frequencies(&older)[0], 1.0);
        let last = 500_000_f64.powf(-62.0 / 64.0) / 8.0;
        assert!((frequencies(&older)[31] / last - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_oldest_files_call_the_kind_of_stretching_type() {
        let mut keys = serde_json::to_value(small()).expect("plain");
        keys["rope_scaling"] = serde_json::json!({ "type": "linear", "factor": 2 });
        let config: LlamaConfig = serde_json::from_value(keys).expect("a configuration");
        assert_eq!(config.rope_scaling, Some(RopeScaling::Linear { factor: 2.0 }));
    }

    #[test]
    fn keys_that_change_the_model_and_are_not_computed_are_refused() {
        let refused = |key: &str, set: Value| {
            let mut keys = serde_json::to_value(small()).expect("plain");
            keys[key] = set;
            matches!(check_unread(&keys), Err(ConfigError::Unsupported { .. }))
        };
        assert!(refused("quantization_config", serde_json::json!({ "quant_method": "fp8" })));
        assert!(refused("partial_rotary_factor", serde_json::json!(0.5)));
        assert!(!refused("partial_rotary_factor", serde_json::json!(1.0)));
        assert!(!refused("quantization_config", Value::Null));
    }

    #[test]
    fn what_this_engine_does_not_compute_is_named() {
        let other = LlamaConfig { model_type: "mamba".to_owned(), ..small() };
        assert!(matches!(other.check(), Err(ConfigError::Unsupported { name: "model_type", .. })));
        let biased = LlamaConfig { attention_bias: true, ..small() };
        assert!(matches!(biased.check(), Err(ConfigError::Unsupported { name: "attention_bias", .. })));
        let uneven = LlamaConfig { num_key_value_heads: Some(3), ..small() };
        assert!(matches!(uneven.check(), Err(ConfigError::Value { name: "num_key_value_heads", .. })));
    }
}
