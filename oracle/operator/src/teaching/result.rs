//! What a training leaves: the model as others load it, its record, the plot of its loss, and the manifest of a version for the chain.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use cosmwasm_std::Binary;
use protocol::{Hash32, model::VersionManifest};
use report::plots::{self, LossCurve};
use rules::bitmap::Bitmap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    course::Taught,
    curve::Curve,
    folder::{CONFIG, Folder, MANIFEST, PLOT, RECORD, SNAPSHOT, TOKENIZER},
    material::{Material, Part},
    recipe::Recipe,
    start::TokenizerFile,
};

/// Files beside a model that say how it is used; they are taken over from where it came from.
const BESIDE_MODELS: [&str; 1] = ["generation_config.json"];
/// Files beside a tokenizer that say how it is used.
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// Others of them.
const BESIDE_TOKENIZERS: [&str; 3] = ["special_tokens_map.json", "added_tokens.json", "chat_template.jinja"];

/// The record of a training that is done, `training.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What it was made from.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Names of what was learned from.
    pub names: Vec<String>,
    /// Parts of the contributions; none where nobody said whose the items are.
    pub contributions: Vec<Part>,
    /// Hash of the recipe.
    pub training_hash: Hash32,
    /// Hash of the trained weights: of the adapter, or of the model.
    pub weights_hash: Hash32,
    /// How the loss went.
    pub curve: Curve,
}

/// All that is written down.
pub struct Outcome<'a> {
    /// What was learned from.
    pub material: &'a Material,
    /// Its parts.
    pub parts: Vec<Part>,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The model that came of it.
    pub taught: Taught,
    /// Its tokenizer.
    pub tokenizer: Option<&'a TokenizerFile>,
    /// Folder of the model that was begun with.
    pub base: Option<&'a Path>,
}

impl Outcome<'_> {
    /// Writes everything, the record last, and removes the checkpoint.
    ///
    /// # Errors
    /// Names the file that cannot be written.
    pub fn write(&self, folder: &Folder) -> Result<Record> {
        let record = self.record()?;
        self.write_model(folder)?;
        self.write_tokenizer(folder)?;
        folder.write(PLOT, plot(&record)?.as_bytes())?;
        folder.write(MANIFEST, &pretty(&self.manifest(&record)))?;
        if let Some(snapshot) = &self.material.snapshot {
            folder.write(SNAPSHOT, &pretty(snapshot))?;
        }
        folder.write(RECORD, &pretty(&record))?;
        folder.forget_checkpoint()?;
        Ok(record)
    }

    fn record(&self) -> Result<Record> {
        let model = &self.taught.model;
        let weights = model.adapter().map_or_else(|| model.weights().hash(), |adapter| adapter.hash())?;
        Ok(Record {
            recipe: self.recipe.clone(),
            names: self.material.names.clone(),
            contributions: self.parts.clone(),
            training_hash: self.recipe.hash(),
            weights_hash: Hash32(weights),
            curve: self.taught.curve.clone(),
        })
    }

    fn write_model(&self, folder: &Folder) -> Result<()> {
        let model = &self.taught.model;
        if let Some(adapter) = model.adapter() {
            return Ok(adapter.save(folder.path())?);
        }
        model.weights().save(folder.path())?;
        if let Some(base) = self.base {
            folder.write(CONFIG, &pretty(&config_of(base)?))?;
            copy(base, folder, &BESIDE_MODELS)?;
        }
        Ok(())
    }

    fn write_tokenizer(&self, folder: &Folder) -> Result<()> {
        let Some(file) = self.tokenizer else { return Ok(()) };
        folder.write(TOKENIZER, &file.bytes)?;
        match &file.folder {
            Some(own) if own.join(TOKENIZER_CONFIG).exists() => {
                copy(own, folder, &[TOKENIZER_CONFIG])?;
                copy(own, folder, &BESIDE_TOKENIZERS)
            }
            _ => folder.write(TOKENIZER_CONFIG, &pretty(&plain_tokenizer())),
        }
    }

    /// What the `model` contract takes, as far as it is known here.
    pub fn manifest(&self, record: &Record) -> VersionManifest {
        let is_published = !self.material.trained_on.is_empty() || self.material.snapshot.is_some();
        let positions = if is_published { self.parts.len() } else { 0 };
        VersionManifest {
            trained_on: self.material.trained_on.clone(),
            positions: u32::try_from(positions).unwrap_or(u32::MAX),
            left_out: Binary::from(Bitmap::new(positions).as_bytes()),
            training_hash: record.training_hash,
            weights_hash: record.weights_hash,
            uri: String::new(),
            work: Vec::new(),
        }
    }
}

/// Fields of `manifest.json` that its owner has to fill or to check.
pub fn to_be_added(manifest: &VersionManifest) -> Vec<&'static str> {
    let data = manifest.trained_on.is_empty().then_some("trained_on");
    data.into_iter().chain(["positions", "left_out", "uri", "work"]).collect()
}

/// A record as it was written.
///
/// # Errors
/// If it is of another form.
pub fn read_record(value: Value, folder: &Folder) -> Result<Record> {
    let path = folder.file(RECORD);
    serde_json::from_value(value).with_context(|| format!("{} is no record of a training", path.display()))
}

/// The manifest as it was written, perhaps with what its owner added.
///
/// # Errors
/// If it is not there or of another form.
pub fn read_manifest(folder: &Folder) -> Result<VersionManifest> {
    let path = folder.file(MANIFEST);
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no manifest of a version", path.display()))
}

/// The plot of a training's loss.
fn plot(record: &Record) -> Result<String> {
    let plan = &record.recipe.plan;
    let curve = &record.curve;
    let validation: Vec<(usize, f64)> = curve.validation.iter().map(|seen| (seen.step, seen.loss)).collect();
    let steps_per_pass = curve.steps() / plan.epochs.max(1);
    Ok(plots::loss(&LossCurve { training: &curve.loss, validation: &validation, steps_per_pass })?)
}

/// The base's own configuration, which may say more than the engine reads, with the precision that was trained in.
fn config_of(base: &Path) -> Result<Value> {
    let path = base.join(CONFIG);
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut config: Value = serde_json::from_slice(&text).with_context(|| format!("cannot read {}", path.display()))?;
    for key in ["dtype", "torch_dtype"] {
        if let Some(precision) = config.get_mut(key) {
            *precision = json!("float32");
        }
    }
    Ok(config)
}

/// How transformers reads a tokenizer of which there is nothing but `tokenizer.json`.
fn plain_tokenizer() -> Value {
    json!({ "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false })
}

/// Copies those of some files that there are.
fn copy(from: &Path, to: &Folder, names: &[&str]) -> Result<()> {
    for name in names {
        let path = from.join(name);
        if path.exists() {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            to.write(name, &bytes)?;
        }
    }
    Ok(())
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("plain structs always serialise");
    text.push(b'\n');
    text
}
