//! Trains a version's members, keeps them so that nothing unchanged is trained again, publishes them, and loads published ones.

pub mod language;

mod files;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use influence::{
    Threads,
    damping::{self, DampingError},
    dataset::{DatasetError, Examples, LabelledImage},
    manifest::{ManifestError, TrainingManifest, TrainingPlan},
    mlp::{self, Mlp, MlpError},
    report::Ownership,
    train::{self, Progress as TrainProgress, TrainError},
};
use protocol::model::VersionManifest;
use rules::hash::{Hash, digest};

use crate::{
    gateway::Classifier,
    inputs::{self, Shape, TrainingBatch},
    progress::Progress,
    published::{Published, PublishedError, WeightFiles, write_durably},
};

/// Members of an ensemble.
const MEMBERS: u64 = 5;
/// File of a manifest beside its weights.
const MANIFEST: &str = "manifest.json";

/// Why a model cannot be trained or loaded.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The images do not fit together.
    #[error("the training images do not fit together")]
    Dataset(#[from] DatasetError),
    /// Training failed.
    #[error("training failed")]
    Train(#[from] TrainError),
    /// The damping procedure failed.
    #[error("the damping procedure failed")]
    Damping(#[from] DampingError),
    /// Weights cannot be used.
    #[error("the weights cannot be used")]
    Weights(#[from] MlpError),
    /// The manifest cannot be used.
    #[error("the training manifest cannot be used")]
    Manifest(#[from] ManifestError),
    /// A language model cannot be trained or loaded.
    #[error("the language model cannot be trained or loaded")]
    Language(#[from] influence::language::LanguageError),
    /// Publishing or reading published objects failed.
    #[error("published weights or manifest cannot be used")]
    Published(#[from] PublishedError),
    /// What is published is not what the version's manifest on chain names.
    #[error("the published {what} is not the one that the chain names: ask the model's owner for it")]
    NotThatOne {
        /// Weights or manifest.
        what: &'static str,
    },
    /// The computation was stopped.
    #[error("the computation was stopped")]
    Stopped,
    /// The cache, or the folder for temporary files, cannot be used.
    #[error("cannot use {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A trained version.
#[derive(Clone, Debug)]
pub struct Trained {
    /// How it was trained.
    pub manifest: TrainingManifest,
    /// Its members.
    pub members: Vec<Mlp>,
}

/// Training items and whose they are, as the engine takes them.
///
/// # Errors
/// If the images have different sizes.
pub fn examples(batches: &[TrainingBatch], positions: usize) -> Result<(Examples, Ownership), DatasetError> {
    let images: Vec<&LabelledImage> = batches.iter().flat_map(|batch| &batch.images).collect();
    let item_positions = batches.iter().flat_map(|batch| batch.images.iter().map(|_| batch.position)).collect();
    Ok((Examples::from_images(images)?, Ownership { item_positions, positions }))
}

/// The plan of a seed: from scratch, or an adapter's from a base's members.
pub fn plan(seed: u64, base: &[Mlp]) -> TrainingPlan {
    let first = seed.wrapping_mul(MEMBERS);
    let plan = TrainingPlan::digits((0..MEMBERS).map(|member| first.wrapping_add(member)).collect());
    if base.is_empty() { plan } else { plan.starting_from(base) }
}

/// Trains on batches by a plan, from the members of the base that it names, if it names one; or takes what an earlier run kept under
/// the same plan and the same images.
pub fn train_or_load(
    folder: &Path,
    plan: TrainingPlan,
    base: &[Mlp],
    batches: &[TrainingBatch],
    progress: &Progress,
) -> Result<Trained, TrainingError> {
    let (items, _) = examples(batches, batches.len())?;
    let folder = folder.join(hex::encode(key(&plan, batches)));
    if let Ok(kept) = load(&folder) {
        progress.step(&format!("train {} members on {} images", kept.members.len(), items.len()), 0).kept();
        return Ok(kept);
    }
    let threads = Threads::available();
    let members = {
        let step = progress.step(&format!("train {MEMBERS} members on {} images", items.len()), 1);
        train::adapt_members(&plan, base, &items, threads, &|at: TrainProgress| {
            step.at(at.done as u64, at.total as u64)
        })?
    };
    let choice = {
        let step = progress.step("choose the damping on half subsets", 1);
        damping::choose_adapted(&plan, (base, &members), &items, threads, &|at: TrainProgress| {
            step.at(at.done as u64, at.total as u64)
        })?
    };
    let trained = Trained { manifest: TrainingManifest::new(plan, choice.damping), members };
    trained.save(&folder)?;
    Ok(trained)
}

/// What a published version takes and gives, by its training manifest, checked against the chain.
pub async fn published_shape(published: &Published, manifest: &VersionManifest) -> Result<Shape, TrainingError> {
    let architecture = published_manifest(published, manifest).await?.check()?;
    Ok(Shape { inputs: architecture.inputs(), labels: architecture.labels() })
}

/// Loads a published version and checks it against the chain.
pub async fn load_published(published: &Published, manifest: &VersionManifest) -> Result<Trained, TrainingError> {
    let hash = manifest.weights_hash.bytes();
    let training = published_manifest(published, manifest).await?;
    let architecture = training.check()?;
    if !files::fits(&architecture) {
        return Err(published.false_weights(hash, "its layers are larger than any weights that are read").into());
    }
    let encoded = published.members(hash, training.plan.seeds.len()).await?;
    let members = match blocking(move || files::decode(&architecture, &encoded)).await? {
        Err(TrainingError::Weights(error)) => return Err(published.false_weights(hash, &error.to_string()).into()),
        decoded => decoded?,
    };
    let trained = Trained { manifest: training, members };
    if trained.weights_hash() != manifest.weights_hash.0 {
        return Err(TrainingError::NotThatOne { what: "weights" });
    }
    Ok(trained)
}

async fn published_manifest(
    published: &Published,
    manifest: &VersionManifest,
) -> Result<TrainingManifest, TrainingError> {
    let hash = manifest.weights_hash.bytes();
    let bytes = published.manifest(hash).await?;
    let training = TrainingManifest::from_canonical_bytes(&bytes)
        .map_err(|error| published.false_weights(hash, &error.to_string()))?;
    if training.hash() != manifest.training_hash.0 {
        return Err(TrainingError::NotThatOne { what: "training manifest" });
    }
    Ok(training)
}

impl Trained {
    /// Hash of all members' weights.
    pub fn weights_hash(&self) -> Hash {
        mlp::ensemble_hash(&self.members)
    }

    /// Publishes weights and manifest under the hash of the weights.
    pub async fn publish(&self, published: &Published) -> Result<(), TrainingError> {
        let members = self.members.clone();
        let members = blocking(move || files::encode(&members)).await??;
        let files = WeightFiles { manifest: self.manifest.canonical_bytes(), members };
        Ok(published.put_weights(&self.weights_hash(), &files).await?)
    }

    /// The model as a gateway serves it.
    pub fn served(&self) -> Served {
        Served { members: self.members.clone() }
    }

    /// Weights first, manifest last: a folder with a manifest is complete.
    fn save(&self, folder: &Path) -> Result<(), TrainingError> {
        let failed = |source| TrainingError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        for (index, member) in self.members.iter().enumerate() {
            member.save(&member_path(folder, index))?;
        }
        write_durably(&folder.join(MANIFEST), &self.manifest.canonical_bytes()).map_err(failed)
    }
}

/// Work on many bytes leaves the async threads alone.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TrainingError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| TrainingError::Stopped)
}

fn load_manifest(folder: &Path) -> Result<TrainingManifest, TrainingError> {
    let path = folder.join(MANIFEST);
    let bytes = fs::read(&path).map_err(|source| TrainingError::Io { path, source })?;
    Ok(TrainingManifest::from_canonical_bytes(&bytes)?)
}

fn load(folder: &Path) -> Result<Trained, TrainingError> {
    let manifest = load_manifest(folder)?;
    let architecture = manifest.check()?;
    let members = (0..manifest.plan.seeds.len())
        .map(|index| Mlp::load(architecture.clone(), &member_path(folder, index)))
        .collect::<Result<_, _>>()?;
    Ok(Trained { manifest, members })
}

fn member_path(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("member-{index}.safetensors"))
}

fn key(plan: &TrainingPlan, batches: &[TrainingBatch]) -> Hash {
    let mut parts: Vec<Vec<u8>> = vec![plan.hash().to_vec()];
    for batch in batches {
        parts.push(batch.position.to_be_bytes().to_vec());
        parts.extend(batch.images.iter().map(|image| [image.pixels.as_slice(), &image.label.to_be_bytes()].concat()));
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    digest("operator/training/1", &parts)
}

/// A classifier that serves the members' mean probability.
pub struct Served {
    members: Vec<Mlp>,
}

impl Classifier for Served {
    fn classify(&self, prompt: &[u8]) -> Result<u16, String> {
        let image = inputs::image(prompt, "prompt", 0).map_err(|error| error.to_string())?;
        // A prompt has no label; the examples need one that the model knows.
        let examples =
            Examples::from_images([&LabelledImage { label: 0, ..image }]).map_err(|error| error.to_string())?;
        let labels = mlp::served_labels(&self.members, &examples).map_err(|error| error.to_string())?;
        labels.first().copied().ok_or_else(|| "the model gave no label".to_owned())
    }
}
