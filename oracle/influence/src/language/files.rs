//! A version as files to publish, and back: safetensors all of them.
//!
//! Of a model the first holds its weights under Hugging Face's names, the second the bytes of `tokenizer.json` as a tensor of that name. Of
//! an adapter there is one, with its weights under PEFT's names; the rest is its base's, which has files of its own under its own hash.
//! Libraries read and write files by path, so that they pass through a folder of the caller's.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use lm::config::LlamaConfig;
use lm::lora::Adapter;
use lm::model::Model;
use lm::tokenizer::Tokenizer;
use lm::weights::Weights;

use super::base::Base;
use super::model::Vocabulary;
use super::{LanguageError, LanguageManifest, LanguageModel};
use crate::digest::hex;

const WEIGHTS: &str = "model.safetensors";
const CONFIG: &str = "config.json";
const ADAPTER: &str = "adapter_model.safetensors";
const ADAPTER_CONFIG: &str = "adapter_config.json";
const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_FILE: &str = "tokenizer.safetensors";

impl LanguageManifest {
    /// Number of files of a version with this manifest.
    pub fn files(&self) -> usize {
        if self.adapter.is_some() { 1 } else { Base::FILES }
    }
}

impl Vocabulary {
    /// Learns byte pairs from texts; the file passes through a folder.
    ///
    /// # Errors
    /// If the tokenizer cannot be learned, or the folder not be used.
    pub fn learn(texts: &[String], tokens: usize, folder: &Path) -> Result<Self, LanguageError> {
        let path = folder.join(TOKENIZER);
        Tokenizer::learn(texts, tokens)?.save(&path)?;
        Self::load(&path)
    }

    /// Takes the bytes of a `tokenizer.json`, which pass through a folder.
    ///
    /// # Errors
    /// If they are none, or the folder cannot be used.
    pub fn from_file(file: Vec<u8>, folder: &Path) -> Result<Self, LanguageError> {
        let path = folder.join(TOKENIZER);
        write(&path, &file)?;
        Ok(Self::new(Tokenizer::load(&path)?, file))
    }

    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    pub fn load(path: &Path) -> Result<Self, LanguageError> {
        Ok(Self::new(Tokenizer::load(path)?, read(path)?))
    }
}

impl Base {
    /// Number of files of a base.
    pub const FILES: usize = 2;

    /// Its files, in their order. The same base gives the same bytes.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn encode(&self, folder: &Path) -> Result<Vec<Vec<u8>>, LanguageError> {
        self.weights.save(folder)?;
        let tokenizer = folder.join(TOKENIZER_FILE);
        let file = self.vocabulary.file();
        let tensor = Tensor::from_slice(file, file.len(), &Device::Cpu)?;
        candle_core::safetensors::save(&HashMap::from([(TOKENIZER, tensor)]), &tokenizer)?;
        Ok(vec![read(&folder.join(WEIGHTS))?, read(&tokenizer)?])
    }

    /// What [`Self::encode`] gave of a model with this configuration. Whoever reads it compares its hash with the one that was named.
    ///
    /// # Errors
    /// If the files are no such model and tokenizer, or the folder cannot be used ([`LanguageError::File`]).
    pub fn decode(model: &LlamaConfig, files: &[Vec<u8>], folder: &Path) -> Result<Self, LanguageError> {
        let [weights, tokenizer] = files else { return Err(LanguageError::NotThatOne { what: "set of files" }) };
        write(&folder.join(CONFIG), &json(model))?;
        write(&folder.join(WEIGHTS), weights)?;
        let weights = Weights::load(folder, DType::F32, &Device::Cpu)?;
        Self::new(weights, decode_tokenizer(tokenizer, folder)?)
    }
}

impl LanguageModel {
    /// The version's files, in their order. The same version gives the same bytes.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn encode(&self, folder: &Path) -> Result<Vec<Vec<u8>>, LanguageError> {
        let Some(adapter) = self.model.adapter() else { return self.base()?.encode(folder) };
        adapter.save(folder)?;
        Ok(vec![read(&folder.join(ADAPTER))?])
    }

    /// What [`Self::encode`] gave; an adapter on its base.
    ///
    /// # Errors
    /// If the files are not what the manifest says, or the folder cannot be used ([`LanguageError::File`]).
    pub fn decode(
        manifest: LanguageManifest,
        files: &[Vec<u8>],
        base: Option<&Base>,
        folder: &Path,
    ) -> Result<Self, LanguageError> {
        manifest.check()?;
        match (&manifest.adapter, base, files) {
            (None, None, _) => {
                let Base { weights, vocabulary, .. } = Base::decode(&manifest.model, files, folder)?;
                Self::new(manifest, Model::new(weights), vocabulary)
            }
            (Some(plan), Some(base), [adapter]) => {
                if plan.base != hex(base.hash()) || manifest.model != *base.weights.config() {
                    return Err(LanguageError::NotThatOne { what: "base" });
                }
                write(&folder.join(ADAPTER_CONFIG), &json(&plan.lora))?;
                write(&folder.join(ADAPTER), adapter)?;
                let adapter = Adapter::load(folder, &manifest.model, DType::F32, &Device::Cpu)?;
                let model = Model::adapted(base.weights.clone(), adapter);
                Self::new(manifest, model, base.vocabulary.clone())
            }
            _ => Err(LanguageError::NotThatOne { what: "set of files" }),
        }
    }
}

fn decode_tokenizer(file: &[u8], folder: &Path) -> Result<Vocabulary, LanguageError> {
    let path = folder.join(TOKENIZER_FILE);
    write(&path, file)?;
    let tensors = candle_core::safetensors::load(&path, &Device::Cpu)?;
    let tokenizer = tensors.get(TOKENIZER).ok_or(LanguageError::NotThatOne { what: "tokenizer" })?;
    Vocabulary::from_file(tokenizer.to_vec1()?, folder)
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs always serialise")
}

fn read(path: &Path) -> Result<Vec<u8>, LanguageError> {
    fs::read(path).map_err(failed(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LanguageError> {
    fs::write(path, bytes).map_err(failed(path))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> LanguageError {
    let path: PathBuf = path.to_owned();
    move |source| LanguageError::File { path, source }
}
