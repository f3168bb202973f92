//! What a training leaves: the model as others load it, the version's manifest as operators load it, a record, the plot of the loss, and what
//! the chain takes.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use cosmwasm_std::Binary;
use influence::language::LanguageManifest;
use protocol::model::VersionManifest;
use report::plots::{self, LossCurve};
use rules::bitmap::Bitmap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    copies::LeftOut,
    course::Taught,
    curve::Curve,
    folder::{CONFIG, Folder, MANIFEST, PLOT, RECORD, SNAPSHOT, TOKENIZER, VERSION},
    material::{Material, Part},
    recipe::Recipe,
    start::TokenizerFile,
    version::{self, Hashes},
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
    /// What was left out because it repeats an earlier item; none where nobody looked.
    pub left_out: Option<Vec<LeftOut>>,
    /// What the chain names of the version; none of a model without a tokenizer.
    #[serde(flatten)]
    pub hashes: Option<Hashes>,
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
    /// The manifest of the version; none without a tokenizer.
    pub manifest: Option<&'a LanguageManifest>,
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
        self.write_version(folder, &record)?;
        if let Some(snapshot) = &self.material.snapshot {
            folder.write(SNAPSHOT, &pretty(snapshot))?;
        }
        folder.write(RECORD, &pretty(&record))?;
        folder.forget_checkpoint()?;
        Ok(record)
    }

    fn record(&self) -> Result<Record> {
        Ok(Record {
            recipe: self.recipe.clone(),
            names: self.material.names.clone(),
            contributions: self.parts.clone(),
            left_out: self.material.left_out.clone(),
            hashes: self.hashes()?,
            curve: self.taught.curve.clone(),
        })
    }

    fn hashes(&self) -> Result<Option<Hashes>> {
        let (Some(manifest), Some(tokenizer)) = (self.manifest, self.tokenizer) else { return Ok(None) };
        let version = version::put_together(manifest.clone(), &self.taught.model, &tokenizer.vocabulary)?;
        Ok(Some(Hashes::of(&version)))
    }

    fn write_version(&self, folder: &Folder, record: &Record) -> Result<()> {
        let (Some(manifest), Some(for_chain)) = (self.manifest, self.for_chain(record)) else { return Ok(()) };
        folder.write(VERSION, &manifest.canonical_bytes())?;
        folder.write(MANIFEST, &pretty(&for_chain))
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
        folder.write(TOKENIZER, file.vocabulary.file())?;
        match &file.folder {
            Some(own) if own.join(TOKENIZER_CONFIG).exists() => {
                copy(own, folder, &[TOKENIZER_CONFIG])?;
                copy(own, folder, &BESIDE_TOKENIZERS)
            }
            _ => folder.write(TOKENIZER_CONFIG, &pretty(&plain_tokenizer())),
        }
    }

    /// What the `model` contract takes, as far as it is known here.
    pub fn for_chain(&self, record: &Record) -> Option<VersionManifest> {
        let Hashes { training_hash, weights_hash } = record.hashes?;
        let is_published = !self.material.trained_on.is_empty() || self.material.snapshot.is_some();
        let positions = if is_published { self.parts.len() } else { 0 };
        Some(VersionManifest {
            trained_on: self.material.trained_on.clone(),
            positions: u32::try_from(positions).unwrap_or(u32::MAX),
            left_out: Binary::from(Bitmap::new(positions).as_bytes()),
            training_hash,
            weights_hash,
            uri: String::new(),
            work: Vec::new(),
        })
    }
}

/// Fields of `manifest.json` that its owner has to fill or to check; none where there is none.
pub fn to_be_added(for_chain: Option<&VersionManifest>) -> Vec<&'static str> {
    let Some(manifest) = for_chain else { return Vec::new() };
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
