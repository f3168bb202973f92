//! The version that a training makes: its manifest, by which operators load, ask and score it, and the files of it that lie in the folder.
//!
//! A version has a tokenizer, since operators read texts: a model of tokens alone can be trained, but is none.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};
use gateway::template::Template;
use influence::language::{LanguageManifest, LanguageModel, base::base_hash, model::Vocabulary};
use lm::{
    decode::chat::ChatTemplate,
    lora::{Adapter, LoraConfig},
    model::Model,
};
use protocol::{Hash32, model::VersionManifest};
use serde::{Deserialize, Serialize};

use super::{
    folder::{MANIFEST, TOKENIZER, VERSION},
    recipe::Recipe,
    start::Start,
};

/// Tokens of an answer unless others are wanted, where a block has room for them.
const ANSWER_TOKENS: usize = 16;

/// What a chain names of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// [`LanguageManifest::hash`]
    pub training_hash: Hash32,
    /// [`LanguageModel::hash`]
    pub weights_hash: Hash32,
}

impl Hashes {
    /// Those of a version.
    pub fn of(version: &LanguageModel) -> Self {
        Self { training_hash: Hash32(version.manifest().hash()), weights_hash: Hash32(*version.hash()) }
    }
}

/// Tokens of an answer unless others are wanted: 16, and no more than a quarter of a block, so that prompts have room.
pub fn usual_answer_tokens(block_length: usize) -> usize {
    (block_length / 4).clamp(1, ANSWER_TOKENS)
}

/// The manifest of the version that a recipe makes from a start; none without a tokenizer.
///
/// # Errors
/// If operators could not use it: says why.
pub fn manifest(recipe: &Recipe, start: &Start) -> Result<Option<LanguageManifest>> {
    let Some(tokenizer) = &start.tokenizer else { return Ok(None) };
    let digest = tokenizer.vocabulary.digest();
    let plan = recipe.plan.clone();
    let new = LanguageManifest::new(recipe.model.clone(), &digest, plan.clone(), recipe.answer_tokens);
    let base = start.base.map(|weights| base_hash(&weights.0, &digest));
    let manifest = match (base, &recipe.lora) {
        (None, _) => new,
        (Some(base), None) => new.starting_from(&base),
        (Some(base), Some(lora)) => new.adapter(&base, lora.clone(), plan),
    };
    let originals = recipe.originals.as_ref().map(|originals| originals.procedure.clone());
    let chat = tokenizer.folder.as_deref().map(chat_of).transpose()?.flatten();
    let manifest = LanguageManifest { originals, chat, ..manifest };
    manifest.check().context("operators could not use the version")?;
    Ok(Some(manifest))
}

/// The chat template beside a tokenizer, if gateways and payers can use it.
fn chat_of(folder: &Path) -> Result<Option<ChatTemplate>> {
    let chat = ChatTemplate::of_folder(folder)?;
    if let Some(chat) = &chat {
        Template::new(chat, 0).with_context(|| format!("{} cannot be talked to", folder.display()))?;
    }
    Ok(chat)
}

/// A trained model as the version that a manifest describes.
///
/// # Errors
/// If they do not belong together.
pub fn put_together(manifest: LanguageManifest, model: &Model, vocabulary: &Vocabulary) -> Result<LanguageModel> {
    Ok(LanguageModel::new(manifest, without_path(model)?, vocabulary.clone())?)
}

/// Where its base lies is nothing that an adapter is known by.
fn without_path(model: &Model) -> Result<Model> {
    let Some(adapter) = model.adapter() else { return Ok(model.clone()) };
    let config = LoraConfig { base_model_name_or_path: None, ..adapter.config().clone() };
    let adapter = Adapter::new(config, model.config(), adapter.tensors().to_vec())?;
    Ok(Model::adapted(model.weights().clone(), adapter))
}

/// The version that `oracle train` left in a folder; of an adapter, with the folder of the model that it adapts.
///
/// # Errors
/// Names what is missing, or is not what the folder's `manifest.json` has for the chain.
pub fn load(folder: &Path, base: Option<&Path>) -> Result<(LanguageModel, VersionManifest)> {
    let shown = folder.display();
    let manifest = read_version(folder)?;
    let model = match (&manifest.adapter, base) {
        (None, None) => Model::load(folder, None)?,
        (Some(_), Some(base)) => Model::load(base, Some(folder))?,
        (Some(_), None) => {
            bail!("{shown} holds an adapter: name it with --adapter, and the model that it adapts with --model")
        }
        (None, Some(_)) => bail!("{shown} holds no adapter: name it with --model alone"),
    };
    let vocabulary = Vocabulary::load(&folder.join(TOKENIZER))?;
    let version = put_together(manifest, &model, &vocabulary)
        .with_context(|| format!("the files in {shown} are not those of its {VERSION}"))?;
    let on_chain = read_manifest(folder)?;
    let named = Hashes { training_hash: on_chain.training_hash, weights_hash: on_chain.weights_hash };
    ensure!(named == Hashes::of(&version), "{shown} holds another version than its {MANIFEST} names: train it again");
    Ok((version, on_chain))
}

fn read_version(folder: &Path) -> Result<LanguageManifest> {
    let path = folder.join(VERSION);
    let bytes = fs::read(&path).with_context(|| {
        let shown = folder.display();
        format!(
            "cannot read {}: only what `oracle train` left with a tokenizer is a version, which {shown} is not",
            path.display()
        )
    })?;
    LanguageManifest::from_canonical_bytes(&bytes).with_context(|| format!("cannot use {}", path.display()))
}

/// The manifest for the chain as it was written, perhaps with what its owner added.
///
/// # Errors
/// If it is not there or of another form.
pub fn read_manifest(folder: &Path) -> Result<VersionManifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no manifest of a version", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_leaves_room_for_its_prompt() {
        assert_eq!([1, 7, 32, 64, 4096].map(usual_answer_tokens), [1, 1, 8, 16, 16]);
    }
}
