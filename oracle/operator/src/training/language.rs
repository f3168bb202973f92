//! Versions of language models: trained and kept so that nothing unchanged is trained again, published, and loaded as the chain names them.

use std::{fs, path::Path, sync::Arc};

use influence::{
    Threads,
    language::{
        Base, LanguageError, LanguageManifest, LanguageModel,
        model::Vocabulary,
        training::{self, Origin},
    },
};
use protocol::model::VersionManifest;
use rules::hash::{Hash, digest};

use super::{MANIFEST, TrainingError, blocking, files::Scratch};
use crate::{
    gateway::{Answers, Output},
    inputs::texts::{self, TextBatch},
    progress::Progress,
    published::{Kind, Published, WeightFiles, write_durably},
};

/// Learns a tokenizer from the texts of batches.
///
/// # Errors
/// If it cannot be learned.
pub fn learn_vocabulary(batches: &[TextBatch], tokens: usize) -> Result<Vocabulary, TrainingError> {
    let scratch = Scratch::new()?;
    let texts: Vec<String> = batches
        .iter()
        .flat_map(|batch| &batch.texts)
        .map(|text| String::from_utf8_lossy(&texts::item_of(text)).into_owned())
        .collect();
    Ok(Vocabulary::learn(&texts, tokens, scratch.path())?)
}

/// Trains on batches as a manifest says; or takes what an earlier run kept under the same manifest, origin and texts.
///
/// # Errors
/// If training fails or the folder cannot be used.
pub fn train_or_load(
    folder: &Path,
    manifest: &LanguageManifest,
    origin: Origin<'_>,
    batches: &[TextBatch],
    progress: &Progress,
) -> Result<LanguageModel, TrainingError> {
    let (items, _) = texts::items(batches, batches.len());
    let folder = folder.join(hex::encode(key(manifest, batches)));
    let label = format!("train a language model on {} texts", items.len());
    if let Ok(kept) = load(&folder, manifest, origin) {
        progress.step(&label, 0).kept();
        return Ok(kept);
    }
    let step = progress.step(&label, 1);
    let job = Threads::available().into();
    let trained = training::train(manifest, origin, &items, &job, |at| step.at(at.step as u64 + 1, at.steps as u64))?;
    save(&folder, &trained)?;
    Ok(trained)
}

/// Publishes weights and manifest under the hash of the weights. Of an adapter, [`publish_base`] publishes the rest.
///
/// # Errors
/// If they cannot be written.
pub async fn publish(model: &Arc<LanguageModel>, published: &Published) -> Result<(), TrainingError> {
    let version = Arc::clone(model);
    let members = blocking(move || encode(&version)).await??;
    let files = WeightFiles { manifest: model.manifest().canonical_bytes(), members };
    Ok(published.put_weights(model.hash(), &files).await?)
}

/// Publishes what an adapter stands on, under its own hash, which is returned. It needs no manifest, whoever trained it.
///
/// # Errors
/// If it cannot be written.
pub async fn publish_base(adapter: &Arc<LanguageModel>, published: &Published) -> Result<Hash, TrainingError> {
    let version = Arc::clone(adapter);
    let encoded = blocking(move || {
        let (base, scratch) = (version.base()?, Scratch::new()?);
        let members = base.encode(scratch.path())?;
        Ok::<_, TrainingError>((*base.hash(), members))
    });
    let (hash, members) = encoded.await??;
    published.put_members(&hash, &members).await?;
    Ok(hash)
}

/// Loads a published version, with its base if it is an adapter, and checks it against the chain.
///
/// # Errors
/// If something is missing, or is not what the chain names.
pub async fn load_published(published: &Published, on_chain: &VersionManifest) -> Result<LanguageModel, TrainingError> {
    let hash = on_chain.weights_hash.bytes();
    let manifest = published_manifest(published, hash).await?;
    if manifest.hash() != on_chain.training_hash.0 {
        return Err(TrainingError::NotThatOne { what: "training manifest" });
    }
    let base = match &manifest.adapter {
        None => None,
        Some(plan) => Some(load_base(published, (hash, &manifest), &plan.base).await?),
    };
    decode_published(published, hash, manifest, base).await
}

/// A base is named by its hash in its adapter's manifest, which the chain names: how it was trained is not asked here.
async fn load_base(
    published: &Published,
    (adapter, manifest): (&Hash, &LanguageManifest),
    named: &str,
) -> Result<Base, TrainingError> {
    let mut hash = Hash::default();
    hex::decode_to_slice(named, &mut hash)
        .map_err(|_| published.false_weights(adapter, "its base is not named by 64 hex digits"))?;
    let files = published.members(&hash, Base::FILES).await?;
    let config = manifest.model.clone();
    let decoded = blocking(move || {
        let scratch = Scratch::new()?;
        Ok::<_, TrainingError>(Base::decode(&config, &files, scratch.path()))
    });
    let base = said_of(published, &hash, decoded.await??)?;
    if *base.hash() != hash {
        return Err(TrainingError::NotThatOne { what: "base" });
    }
    Ok(base)
}

async fn published_manifest(published: &Published, hash: &Hash) -> Result<LanguageManifest, TrainingError> {
    let bytes = published.manifest(hash).await?;
    let manifest = LanguageManifest::from_canonical_bytes(&bytes)
        .map_err(|error| published.false_weights(hash, &error.to_string()))?;
    // Sizes that do not fit are refused before anything is made of them.
    if manifest.weight_bytes().is_none_or(|bytes| bytes > 2 * Kind::Weights.max_bytes()) {
        return Err(published.false_weights(hash, "its model is larger than any weights that are read").into());
    }
    Ok(manifest)
}

async fn decode_published(
    published: &Published,
    hash: &Hash,
    manifest: LanguageManifest,
    base: Option<Base>,
) -> Result<LanguageModel, TrainingError> {
    let files = published.members(hash, manifest.files()).await?;
    let decoded = blocking(move || {
        let scratch = Scratch::new()?;
        Ok::<_, TrainingError>(LanguageModel::decode(manifest, &files, base.as_ref(), scratch.path()))
    });
    let model = said_of(published, hash, decoded.await??)?;
    if model.hash() != hash {
        return Err(TrainingError::NotThatOne { what: "weights" });
    }
    Ok(model)
}

/// What cannot be read is false, unless this machine is at fault.
fn said_of<T>(published: &Published, hash: &Hash, decoded: Result<T, LanguageError>) -> Result<T, TrainingError> {
    decoded.map_err(|error| match error {
        LanguageError::File { .. } => error.into(),
        error => published.false_weights(hash, &error.to_string()).into(),
    })
}

fn encode(model: &LanguageModel) -> Result<Vec<Vec<u8>>, TrainingError> {
    let scratch = Scratch::new()?;
    Ok(model.encode(scratch.path())?)
}

/// Files first, manifest last: a folder with a manifest is complete.
fn save(folder: &Path, model: &LanguageModel) -> Result<(), TrainingError> {
    let failed = |source| TrainingError::Io { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    for (index, file) in encode(model)?.iter().enumerate() {
        write_durably(&super::member_path(folder, index), file).map_err(failed)?;
    }
    write_durably(&folder.join(MANIFEST), &model.manifest().canonical_bytes()).map_err(failed)
}

fn load(folder: &Path, manifest: &LanguageManifest, origin: Origin<'_>) -> Result<LanguageModel, TrainingError> {
    let read = |path: &Path| fs::read(path).map_err(|source| TrainingError::Io { path: path.to_owned(), source });
    if read(&folder.join(MANIFEST))? != manifest.canonical_bytes() {
        return Err(TrainingError::NotThatOne { what: "training manifest" });
    }
    let files =
        (0..manifest.files()).map(|index| read(&super::member_path(folder, index))).collect::<Result<Vec<_>, _>>()?;
    let base = match origin {
        Origin::Base(base) if manifest.adapter.is_some() => Some(base.base()?),
        _ => None,
    };
    let scratch = Scratch::new()?;
    Ok(LanguageModel::decode(manifest.clone(), &files, base.as_ref(), scratch.path())?)
}

fn key(manifest: &LanguageManifest, batches: &[TextBatch]) -> Hash {
    let mut parts: Vec<Vec<u8>> = vec![manifest.hash().to_vec()];
    for batch in batches {
        parts.push(batch.position.to_be_bytes().to_vec());
        parts.extend(batch.texts.iter().map(texts::item_of));
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    digest("operator/language-training/1", &parts)
}

/// A language model as a gateway serves it.
#[derive(Clone)]
pub struct Speaker(pub Arc<LanguageModel>);

impl Answers for Speaker {
    fn answer(&self, prompt: &[u8]) -> Result<Output, String> {
        let prompt = texts::prompt(prompt).ok_or("it is not a text, or not in canonical form")?;
        self.0.answer(&prompt).map(Output::Text).map_err(|error| error.to_string())
    }
}
