//! What a training begins with: a model of Hugging Face's form, or a new one of given sizes; an adapter on top of it; a tokenizer, brought
//! or learned from the items.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use influence::language::model::Vocabulary;
use lm::{
    config::{Heads, LlamaConfig},
    lora::{Adapter, LoraConfig},
    model::Model,
    tokenizer::Tokenizer,
    weights::Weights,
};
use protocol::Hash32;

use super::{
    folder::{Folder, TOKENIZER},
    lora::Lora,
    material::{Material, sha256},
};

/// Every byte is a token, and none of them can be left out.
const SMALLEST_VOCABULARY: usize = 256;

/// Sizes of a new model.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Tokens.
    pub vocabulary: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads.
    pub heads: Heads,
    /// Width inside an MLP.
    pub intermediate: usize,
}

/// Where the model comes from.
#[derive(Clone, Debug)]
pub enum Basis {
    /// A folder: it is trained on, or adapted.
    Folder(PathBuf),
    /// A `config.json`: a new model.
    Config(PathBuf),
    /// Sizes: a new model.
    Sizes(Sizes),
}

/// What to begin with.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The model.
    pub basis: Basis,
    /// A `tokenizer.json` instead of the model's own or of a new one.
    pub tokenizer: Option<PathBuf>,
    /// The adapter to train, instead of all weights.
    pub lora: Option<Lora>,
    /// Rows of a block, which a new model's longest sequence is.
    pub block_length: Option<usize>,
    /// Seed of new weights.
    pub seed: u64,
}

/// A tokenizer with its file.
pub struct TokenizerFile {
    /// The tokenizer, with the bytes of its `tokenizer.json`.
    pub vocabulary: Vocabulary,
    /// The folder that it came from.
    pub folder: Option<PathBuf>,
}

/// What training begins with.
pub struct Start {
    /// The model, with the adapter to be trained if there is one.
    pub model: Model,
    /// Hash of the weights that were brought.
    pub base: Option<Hash32>,
    /// Folder of the weights that were brought.
    pub folder: Option<PathBuf>,
    /// The tokenizer; none where items are tokens.
    pub tokenizer: Option<TokenizerFile>,
}

/// Longest block unless another is wanted.
const BLOCK_LENGTH: usize = 128;

impl Wanted {
    /// Reads or makes everything. `folder` is for the tokenizer's file on its way.
    ///
    /// # Errors
    /// Names the file, or what does not fit.
    pub fn begin(&self, material: &Material, folder: &Folder) -> Result<Start> {
        if let Some(block_length) = self.block_length {
            ensure!(block_length > 0, "--block-length must be at least 1");
        }
        match &self.basis {
            Basis::Folder(path) => self.brought(path, material),
            Basis::Config(path) => {
                let config = LlamaConfig::load(path)?;
                let tokenizer = self.made_tokenizer(config.vocab_size, material, folder)?;
                self.new_model(config, tokenizer)
            }
            Basis::Sizes(sizes) => {
                let tokenizer = self.made_tokenizer(sizes.vocabulary, material, folder)?;
                let known = tokenizer.as_ref().map(|file| file.vocabulary.tokens());
                let config = sizes.config(known, self.block_length.unwrap_or(BLOCK_LENGTH));
                self.new_model(config, tokenizer)
            }
        }
    }

    fn brought(&self, path: &Path, material: &Material) -> Result<Start> {
        let base = Model::load(path, None)?;
        let own = path.join(TOKENIZER);
        let tokenizer = match &self.tokenizer {
            Some(file) => Some(load_tokenizer(file)?),
            None if own.exists() => Some(load_tokenizer(&own)?),
            None => None,
        };
        if tokenizer.is_none() && !material.texts().is_empty() {
            bail!("{} has no {TOKENIZER}, and the items are texts: name one with --tokenizer", path.display())
        }
        let hash = Hash32(base.weights().hash()?);
        let model = match &self.lora {
            Some(lora) => adapted(base, &lora_config(lora, Some(path)), self.seed)?,
            None => base,
        };
        check_vocabulary(model.config(), tokenizer.as_ref())?;
        Ok(Start { model, base: Some(hash), folder: Some(path.to_path_buf()), tokenizer })
    }

    fn new_model(&self, config: LlamaConfig, tokenizer: Option<TokenizerFile>) -> Result<Start> {
        ensure!(self.lora.is_none(), "--lora needs a model to adapt: name it with --model");
        config.check()?;
        check_vocabulary(&config, tokenizer.as_ref())?;
        let model = Model::new(Weights::initial(&config, self.seed)?);
        Ok(Start { model, base: None, folder: None, tokenizer })
    }

    /// The tokenizer that was named, or one that is learned from the texts; none if there are no texts.
    fn made_tokenizer(&self, vocabulary: usize, material: &Material, folder: &Folder) -> Result<Option<TokenizerFile>> {
        if let Some(path) = &self.tokenizer {
            return load_tokenizer(path).map(Some);
        }
        let texts = material.texts();
        if texts.is_empty() {
            return Ok(None);
        }
        ensure!(
            vocabulary >= SMALLEST_VOCABULARY,
            "a vocabulary of {vocabulary} has no room for all bytes: take at least {SMALLEST_VOCABULARY}"
        );
        let tokenizer = Tokenizer::learn(&texts, vocabulary)?;
        let bytes = folder.bytes_of(TOKENIZER, |path| Ok(tokenizer.save(path)?))?;
        Ok(Some(TokenizerFile { vocabulary: Vocabulary::new(tokenizer, bytes), folder: None }))
    }
}

impl Sizes {
    /// A new model's configuration; the tokenizer says how many tokens there are, if there is one.
    fn config(&self, known: Option<usize>, length: usize) -> LlamaConfig {
        let Self { vocabulary, hidden, layers, heads, intermediate } = *self;
        LlamaConfig::new(known.unwrap_or(vocabulary), hidden, layers, heads, intermediate, length)
    }
}

impl Start {
    /// Rows of a block: what is wanted, or else what the longest item needs, as far as the model goes.
    ///
    /// # Errors
    /// If what is wanted is longer than the model goes.
    pub fn block_length(&self, wanted: Option<usize>, longest_item: usize) -> Result<usize> {
        let longest = self.model.config().max_position_embeddings;
        let block_length = wanted.unwrap_or_else(|| longest_item.saturating_sub(1).clamp(1, BLOCK_LENGTH.min(longest)));
        ensure!(
            (1..=longest).contains(&block_length),
            "--block-length must be from 1 to {longest}, the model's own length"
        );
        Ok(block_length)
    }
}

fn load_tokenizer(path: &Path) -> Result<TokenizerFile> {
    Ok(TokenizerFile { vocabulary: Vocabulary::load(path)?, folder: path.parent().map(Path::to_path_buf) })
}

impl TokenizerFile {
    /// SHA-256 of the file.
    pub fn sha256(&self) -> Hash32 {
        sha256(self.vocabulary.file())
    }
}

fn lora_config(lora: &Lora, base: Option<&Path>) -> LoraConfig {
    let base_model_name_or_path = base.map(|base| base.display().to_string());
    LoraConfig { base_model_name_or_path, ..lora.config() }
}

fn adapted(base: Model, config: &LoraConfig, seed: u64) -> Result<Model> {
    let adapter = Adapter::initial(config, base.config(), seed)?;
    Ok(Model::adapted(base.weights().clone(), adapter))
}

fn check_vocabulary(config: &LlamaConfig, tokenizer: Option<&TokenizerFile>) -> Result<()> {
    let (model, known) = (config.vocab_size, tokenizer.map_or(0, |file| file.vocabulary.tokens()));
    ensure!(known <= model, "the tokenizer knows {known} tokens and the model only {model}: they are not of one model");
    Ok(())
}
