//! What a version of a language model was made from: enough to make it again and to check its influence. Which items it learned stands on chain,
//! in the version's own manifest there: its snapshots and positions.

use lm::config::{ConfigError, LlamaConfig};
use lm::decode::chat::ChatTemplate;
use lm::evaluate::Layout;
use lm::lora::LoraConfig;
use lm::train::{TrainError, TrainingPlan};
use serde::{Deserialize, Serialize};

use crate::digest::{Digest, digest, hex};
use crate::ekfac::{damping, score::Settings};

/// Name of the influence method; a change that moves a score gets another name.
pub const METHOD: &str = "ekfac/1";

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LanguageManifestError {
    /// The bytes are not a manifest.
    #[error("the bytes are not the manifest of a language model")]
    Json(#[from] serde_json::Error),
    /// The bytes are a manifest, but not in its one canonical form.
    #[error("the manifest is not in canonical form")]
    NotCanonical,
    /// The manifest is for another method than this engine's.
    #[error("the manifest is for method `{found}`, this engine computes `{METHOD}`")]
    Method {
        /// The manifest's method.
        found: String,
    },
    /// The model cannot be computed.
    #[error("the manifest's model cannot be computed")]
    Model(#[from] ConfigError),
    /// The training plan cannot be used.
    #[error("the manifest's training plan cannot be used")]
    Training(#[source] Box<TrainError>),
    /// The adapter cannot be computed.
    #[error("the manifest's adapter cannot be computed")]
    Adapter(#[source] Box<candle_core::Error>),
    /// What training began with is named wrongly.
    #[error(
        "the manifest says that training began with `{found}`: it must be 64 lower-case hex digits, and nothing for an adapter"
    )]
    Start {
        /// What it says.
        found: String,
    },
    /// A number is not in its range.
    #[error("{name} is {value}, but must be {allowed}")]
    Value {
        /// Which number.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
}

/// What an adapter adds to its base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterPlan {
    /// Hash of the base's weights, [`super::LanguageModel::hash`] as 64 hex digits.
    pub base: String,
    /// The adapter.
    pub lora: LoraConfig,
}

/// How a version was trained, how it is asked and how its influence is computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageManifest {
    /// Influence method, [`METHOD`].
    pub method: String,
    /// Sizes and constants of the model, of an adapter its base's.
    pub model: LlamaConfig,
    /// Digest of the tokenizer's file, [`super::model::tokenizer_digest`] as 64 hex digits.
    pub tokenizer: String,
    /// How it was trained; block length and blocks at once are also those that it is asked and scored with.
    pub training: TrainingPlan,
    /// Hash of the version that full training began with, read by this tokenizer ([`super::base::base_hash`] as 64 hex digits); none where
    /// weights were drawn from the seed, and of an adapter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Name of the procedure that chose, of items that are alike, which one was learned from; none where all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originals: Option<String>,
    /// Of an adapter: what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// How it is talked to, if it brings a template along. What operators read is the text that it makes, which receipts hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatTemplate>,
    /// Tokens of an answer.
    pub answer_tokens: usize,
    /// How influence is computed.
    pub scoring: Settings,
    /// Name of the procedure that chose the damping, [`damping::PROCEDURE`].
    pub damping_procedure: String,
}

impl LanguageManifest {
    /// The manifest of a model that is trained from scratch.
    pub fn new(model: LlamaConfig, tokenizer: &Digest, training: TrainingPlan, answer_tokens: usize) -> Self {
        Self {
            method: METHOD.to_owned(),
            model,
            tokenizer: hex(tokenizer),
            scoring: Settings { seed: training.seed, ..Settings::default() },
            training,
            start: None,
            originals: None,
            adapter: None,
            chat: None,
            answer_tokens,
            damping_procedure: damping::PROCEDURE.to_owned(),
        }
    }

    /// The manifest of an adapter of a version whose weights have this hash.
    #[must_use]
    pub fn adapter(&self, base: &Digest, lora: LoraConfig, training: TrainingPlan) -> Self {
        let scoring = Settings { seed: training.seed, ..self.scoring.clone() };
        let adapter = Some(AdapterPlan { base: hex(base), lora });
        Self { training, scoring, start: None, originals: None, adapter, ..self.clone() }
    }

    /// The same for a model that is not trained from scratch, but from a version whose weights have this hash.
    #[must_use]
    pub fn starting_from(self, start: &Digest) -> Self {
        Self { start: Some(hex(start)), ..self }
    }

    /// How texts are laid out for the model.
    pub fn layout(&self) -> Layout {
        Layout { block_length: self.training.block_length, blocks_at_once: self.training.blocks_at_once }
    }

    /// Most tokens that are read of a prompt: its last ones, so that prompt and answer fit a block.
    pub fn prompt_tokens(&self) -> usize {
        (self.training.block_length + 1).saturating_sub(self.answer_tokens)
    }

    /// Checks method, sizes and numbers.
    ///
    /// # Errors
    /// Names what cannot be used.
    pub fn check(&self) -> Result<(), LanguageManifestError> {
        if self.method != METHOD {
            return Err(LanguageManifestError::Method { found: self.method.clone() });
        }
        self.model.check()?;
        self.training.check().map_err(|error| LanguageManifestError::Training(Box::new(error)))?;
        self.check_start()?;
        if let Some(adapter) = &self.adapter {
            adapter.lora.maps(&self.model).map_err(|error| LanguageManifestError::Adapter(Box::new(error)))?;
        }
        let check = |name, value: f64, allowed, fits: bool| {
            if fits { Ok(()) } else { Err(LanguageManifestError::Value { name, value, allowed }) }
        };
        let (length, longest) = (self.training.block_length, self.model.max_position_embeddings);
        check("block_length", length as f64, "at most max_position_embeddings", length <= longest)?;
        let fits = (1..=length).contains(&self.answer_tokens);
        check("answer_tokens", self.answer_tokens as f64, "from 1 to block_length", fits)?;
        let bytes = self.chat.as_ref().map_or(0, |chat| chat.template.len());
        check("bytes of the chat template", bytes as f64, "at most 262144", bytes <= ChatTemplate::LONGEST)?;
        let Settings { damping, shard, queries_at_once, .. } = &self.scoring;
        check("damping", *damping, "positive", damping.is_finite() && *damping > 0.0)?;
        check("shard", *shard as f64, "at least 1", *shard > 0)?;
        check("queries_at_once", *queries_at_once as f64, "at least 1", *queries_at_once > 0)
    }

    fn check_start(&self) -> Result<(), LanguageManifestError> {
        let Some(start) = &self.start else { return Ok(()) };
        let is_hash = start.len() == 64 && start.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash && self.adapter.is_none() {
            return Ok(());
        }
        Err(LanguageManifestError::Start { found: start.clone() })
    }

    /// Bytes of the model's weights in f32; `None` if they cannot be counted.
    pub fn weight_bytes(&self) -> Option<usize> {
        let LlamaConfig { vocab_size, hidden_size, intermediate_size, num_hidden_layers, .. } = self.model;
        let heads = self.model.num_attention_heads.checked_add(self.model.key_value_heads())?;
        let attention = heads.checked_mul(self.model.head_dim())?.checked_mul(2)?;
        let of_layer = intermediate_size.checked_mul(3)?.checked_add(attention)?.checked_add(2)?;
        let layers = of_layer.checked_mul(num_hidden_layers)?;
        let tokens = vocab_size.checked_mul(2)?.checked_add(1)?;
        layers.checked_add(tokens)?.checked_mul(hidden_size)?.checked_mul(size_of::<f32>())
    }

    /// The one canonical form: JSON without white space, fields in the order of their declaration, floats as the shortest decimal that reads
    /// back the same.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain structs of numbers and strings always serialise")
    }

    /// Reads and checks what [`Self::canonical_bytes`] gave.
    ///
    /// # Errors
    /// If the bytes are no manifest, not in canonical form, or not usable.
    pub fn from_canonical_bytes(bytes: &[u8]) -> Result<Self, LanguageManifestError> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.canonical_bytes() != bytes {
            return Err(LanguageManifestError::NotCanonical);
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// SHA-256 of the canonical bytes, under the tag `influence/language-manifest/1`.
    pub fn hash(&self) -> Digest {
        digest("influence/language-manifest/1", &[&self.canonical_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use lm::config::Heads;
    use lm::optimizer::AdamW;
    use lm::weights::Projection;

    use super::*;

    fn manifest() -> LanguageManifest {
        let training = TrainingPlan {
            epochs: 2,
            items_per_step: 4,
            block_length: 16,
            blocks_at_once: 2,
            optimizer: AdamW::default(),
            seed: 7,
        };
        let model = LlamaConfig::new(300, 16, 2, Heads { query: 2, key_value: 1 }, 24, 32);
        LanguageManifest::new(model, &[1; 32], training, 4)
    }

    #[test]
    fn canonical_bytes_read_back_and_other_bytes_do_not() {
        let base = manifest();
        let lora = LoraConfig::new(2, 4.0, &[Projection::Query, Projection::Down]);
        let adapter = base.adapter(&[2; 32], lora, base.training.clone());
        let further = LanguageManifest { originals: Some("some/1".to_owned()), ..base.clone().starting_from(&[3; 32]) };
        let tokens = [("eos_token".to_owned(), "</s>".to_owned())].into();
        let talking =
            LanguageManifest { chat: Some(ChatTemplate { template: "{{ é }}".to_owned(), tokens }), ..base.clone() };
        for manifest in [base.clone(), adapter, further, talking] {
            let bytes = manifest.canonical_bytes();
            assert_eq!(LanguageManifest::from_canonical_bytes(&bytes).expect("canonical"), manifest);
            let spaced = [b" ".as_slice(), &bytes].concat();
            let refused = LanguageManifest::from_canonical_bytes(&spaced);
            assert!(matches!(refused, Err(LanguageManifestError::NotCanonical)));
        }
    }

    #[test]
    fn what_a_manifest_does_not_say_leaves_no_trace_in_its_bytes() {
        let text = String::from_utf8(manifest().canonical_bytes()).expect("JSON is UTF-8");
        assert!(
            !["\"start\"", "\"originals\"", "\"adapter\"", "\"chat\""].iter().any(|field| text.contains(field)),
            "{text}"
        );
        let adapted = manifest().starting_from(&[3; 32]).adapter(
            &[2; 32],
            LoraConfig::new(2, 4.0, &[Projection::Query]),
            manifest().training,
        );
        assert_eq!(adapted.start, None, "an adapter begins with its base alone");
    }

    #[test]
    fn a_start_is_a_hash_and_no_adapter_has_one() {
        let lora = LoraConfig::new(2, 4.0, &[Projection::Query]);
        let adapter = manifest().adapter(&[2; 32], lora, manifest().training);
        let upper = LanguageManifest { start: Some("AB".repeat(32)), ..manifest() };
        let short = LanguageManifest { start: Some("ab".to_owned()), ..manifest() };
        for refused in [adapter.starting_from(&[3; 32]), upper, short] {
            assert!(matches!(refused.check(), Err(LanguageManifestError::Start { .. })), "{:?}", refused.start);
        }
        manifest().starting_from(&[3; 32]).check().expect("a hash in lower case");
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let refused = |change: fn(&mut LanguageManifest)| {
            let mut manifest = manifest();
            change(&mut manifest);
            match manifest.check() {
                Err(LanguageManifestError::Value { name, .. }) => name,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|manifest| manifest.answer_tokens = 17), "answer_tokens");
        assert_eq!(refused(|manifest| manifest.scoring.damping = 0.0), "damping");
        assert_eq!(refused(|manifest| manifest.training.block_length = 33), "block_length");
        let other = LanguageManifest { method: "ggn-exact/1".to_owned(), ..manifest() };
        assert!(matches!(other.check(), Err(LanguageManifestError::Method { .. })));
    }

    #[test]
    fn weights_are_counted_without_making_any() {
        let weights = lm::weights::Weights::initial(&manifest().model, 0).expect("a small model");
        let untied = manifest().weight_bytes().expect("it is small");
        // Counted as if the head were apart.
        assert_eq!(untied, 4 * (weights.count() + 300 * 16));
        let mut vast = manifest();
        vast.model.num_hidden_layers = usize::MAX / 2;
        assert_eq!(vast.weight_bytes(), None);
    }
}
