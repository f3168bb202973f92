//! Models and adapters as Hugging Face and PEFT lay them out in folders.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use compute::persist;
use rules::hash::{Hash, digest};

use crate::config::{ConfigError, LlamaConfig};
use crate::lora::{Adapter, LoraConfig};
use crate::model::Model;
use crate::tap::Site;
use crate::weights::{Slot, Weights};

/// Why a model or adapter could not be loaded or saved.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A JSON file could not be read or written.
    #[error("cannot {operation} {}", path.display())]
    Json {
        /// `read` or `write`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: std::io::Error,
    },
    /// A weights file could not be read or written.
    #[error("cannot {operation} weights at {}", path.display())]
    Weights {
        /// `read` or `write`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What candle said.
        #[source]
        source: Box<candle_core::Error>,
    },
    /// A tensor is missing.
    #[error("{} has no tensor `{name}`", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// There is a tensor that the model or adapter has no place for, as a bias or the scale of quantised weights.
    #[error("{} has the tensor `{name}`, which this engine would leave out of the model: it computes Llama models without biases, not \
             quantised, and LoRA adapters of their projections", path.display())]
    Unplaced {
        /// The folder.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tied model's two matrices differ.
    #[error("{} says tie_word_embeddings, but its `lm_head.weight` is not its embedding: set it to false", path.display())]
    Untied {
        /// The folder.
        path: PathBuf,
    },
    /// The weights do not fit the configuration.
    #[error("the weights at {} do not fit the configuration beside them", path.display())]
    Misfit {
        /// The folder.
        path: PathBuf,
        /// What does not fit.
        #[source]
        source: Box<candle_core::Error>,
    },
}

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const ADAPTER_CONFIG: &str = "adapter_config.json";
const ADAPTER_WEIGHTS: &str = "adapter_model.safetensors";
/// What PEFT puts before the names of a causal language model's modules.
const ADAPTER_PREFIX: &str = "base_model.model.";

impl Weights {
    /// Loads `config.json` and the safetensors of a folder, one file or several with an index.
    ///
    /// # Errors
    /// Names the file, and the tensor that is missing, does not fit or has no place.
    pub fn load(folder: &Path, dtype: DType, device: &Device) -> Result<Self, FileError> {
        let config = LlamaConfig::load(&folder.join(CONFIG))?;
        let mut found = HashMap::new();
        for file in weight_files(folder)? {
            found.extend(load_tensors(&file, device)?);
        }
        if config.tie_word_embeddings {
            tie(&mut found, folder)?;
        }
        let mut tensors = Vec::new();
        for slot in Slot::all(&config) {
            tensors.push(take(&mut found, &slot.name(), folder, dtype)?);
        }
        // Older files hold the rotary frequencies, which the configuration gives.
        found.retain(|name, _| !name.ends_with(".rotary_emb.inv_freq"));
        nothing_is_left(&found, folder)?;
        Self::new(config, tensors)
            .map_err(|source| FileError::Misfit { path: folder.to_path_buf(), source: Box::new(source) })
    }

    /// Writes `config.json` and `model.safetensors` into a folder.
    ///
    /// # Errors
    /// Names the file.
    pub fn save(&self, folder: &Path) -> Result<(), FileError> {
        write_json(&folder.join(CONFIG), self.config())?;
        let slots = Slot::all(self.config());
        let tensors = slots.iter().zip(self.tensors()).map(|(slot, tensor)| (slot.name(), tensor.clone())).collect();
        save_tensors(&folder.join(WEIGHTS), &tensors)
    }

    /// A hash of configuration and weights that does not depend on how files lay them out, under the tag `lm/weights/1`.
    ///
    /// # Errors
    /// What candle says.
    pub fn hash(&self) -> candle_core::Result<Hash> {
        let names = Slot::all(self.config()).into_iter().map(Slot::name).collect::<Vec<_>>();
        let config = serde_json::to_vec(self.config()).expect("plain structs always serialise");
        tensors_hash("lm/weights/1", &config, &names, self.tensors())
    }
}

impl Model {
    /// Loads a model's folder, and an adapter's on top of it if there is one: in f32 on the CPU.
    ///
    /// # Errors
    /// As [`Weights::load`] and [`Adapter::load`].
    pub fn load(folder: &Path, adapter: Option<&Path>) -> Result<Self, FileError> {
        let weights = Weights::load(folder, DType::F32, &Device::Cpu)?;
        let Some(adapter) = adapter else { return Ok(Self::new(weights)) };
        let adapter = Adapter::load(adapter, weights.config(), DType::F32, &Device::Cpu)?;
        Ok(Self::adapted(weights, adapter))
    }
}

impl Adapter {
    /// Loads `adapter_config.json` and `adapter_model.safetensors` of a folder, for a model of this configuration.
    ///
    /// # Errors
    /// Names the file, and the tensor that is missing, does not fit or has no place.
    pub fn load(folder: &Path, model: &LlamaConfig, dtype: DType, device: &Device) -> Result<Self, FileError> {
        let path = folder.join(ADAPTER_CONFIG);
        let read = |source| FileError::Json { operation: "read", path: path.clone(), source };
        let text = std::fs::read(&path).map_err(read)?;
        let config = LoraConfig::from_json(&text).map_err(|source| read(source.into()))?;
        let misfit = |source| FileError::Misfit { path: folder.to_path_buf(), source: Box::new(source) };
        let mut found = load_tensors(&folder.join(ADAPTER_WEIGHTS), device)?;
        let mut tensors = Vec::new();
        for (site, _) in Self::sites_of(&config, model).map_err(misfit)? {
            tensors.push(take(&mut found, &adapter_name(site), folder, dtype)?);
        }
        nothing_is_left(&found, folder)?;
        Self::new(config, model, tensors).map_err(misfit)
    }

    /// Writes `adapter_config.json` and `adapter_model.safetensors` into a folder, as PEFT reads them.
    ///
    /// # Errors
    /// Names the file.
    pub fn save(&self, folder: &Path) -> Result<(), FileError> {
        write_json(&folder.join(ADAPTER_CONFIG), self.config())?;
        let tensors = self
            .sites()
            .into_iter()
            .zip(self.tensors())
            .map(|(site, tensor)| (adapter_name(site), tensor.clone()))
            .collect();
        save_tensors(&folder.join(ADAPTER_WEIGHTS), &tensors)
    }

    /// As [`Weights::hash`], under the tag `lm/adapter/1`.
    ///
    /// # Errors
    /// What candle says.
    pub fn hash(&self) -> candle_core::Result<Hash> {
        let names = self.sites().into_iter().map(adapter_name).collect::<Vec<_>>();
        let config = serde_json::to_vec(self.config()).expect("plain structs always serialise");
        tensors_hash("lm/adapter/1", &config, &names, self.tensors())
    }
}

fn adapter_name(site: Site) -> String {
    format!("{ADAPTER_PREFIX}{}", site.name())
}

fn tensors_hash(tag: &str, config: &[u8], names: &[String], tensors: &[Tensor]) -> candle_core::Result<Hash> {
    let mut hashes = vec![digest("lm/config/1", &[config])];
    for (name, tensor) in names.iter().zip(tensors) {
        let values: Vec<f32> = tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        hashes.push(digest("lm/tensor/1", &[name.as_bytes(), format!("{:?}", tensor.dims()).as_bytes(), &bytes]));
    }
    Ok(digest(tag, &hashes.iter().map(|hash| hash.as_slice()).collect::<Vec<_>>()))
}

fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let index = folder.join(INDEX);
    if !index.exists() {
        return Ok(vec![folder.join(WEIGHTS)]);
    }
    let read = |source| FileError::Json { operation: "read", path: index.clone(), source };
    let text = std::fs::read(&index).map_err(read)?;
    let map: Index = serde_json::from_slice(&text).map_err(|source| read(source.into()))?;
    let names: BTreeSet<String> = map.weight_map.into_values().collect();
    // A name with a folder in it would lead out of the model's own.
    if let Some(name) = names.iter().find(|name| Path::new(name).file_name() != Some(name.as_ref())) {
        return Err(read(std::io::Error::other(format!("`{name}` is not the name of a file beside it"))));
    }
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

fn load_tensors(path: &Path, device: &Device) -> Result<HashMap<String, Tensor>, FileError> {
    candle_core::safetensors::load(path, device).map_err(|source| FileError::Weights {
        operation: "read",
        path: path.to_path_buf(),
        source: Box::new(source),
    })
}

fn take(found: &mut HashMap<String, Tensor>, name: &str, path: &Path, dtype: DType) -> Result<Tensor, FileError> {
    let tensor =
        found.remove(name).ok_or_else(|| FileError::Missing { path: path.to_path_buf(), name: name.to_owned() })?;
    tensor.to_dtype(dtype).map_err(|source| FileError::Misfit { path: path.to_path_buf(), source: Box::new(source) })
}

/// Leaves a tied model's one matrix under the embedding's name; files may have it under either or both.
fn tie(found: &mut HashMap<String, Tensor>, folder: &Path) -> Result<(), FileError> {
    let Some(head) = found.remove(&Slot::Head.name()) else { return Ok(()) };
    let misfit = |source| FileError::Misfit { path: folder.to_path_buf(), source: Box::new(source) };
    let Some(embedding) = found.get(&Slot::Embedding.name()) else {
        found.insert(Slot::Embedding.name(), head);
        return Ok(());
    };
    if is_same(embedding, &head).map_err(misfit)? {
        return Ok(());
    }
    Err(FileError::Untied { path: folder.to_path_buf() })
}

fn is_same(left: &Tensor, right: &Tensor) -> candle_core::Result<bool> {
    let differing = left.ne(right)?.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()?;
    Ok(differing == 0)
}

fn nothing_is_left(found: &HashMap<String, Tensor>, folder: &Path) -> Result<(), FileError> {
    match found.keys().min() {
        Some(name) => Err(FileError::Unplaced { path: folder.to_path_buf(), name: name.clone() }),
        None => Ok(()),
    }
}

fn save_tensors(path: &Path, tensors: &HashMap<String, Tensor>) -> Result<(), FileError> {
    persist::replace::<candle_core::Error>(path, |partial| candle_core::safetensors::save(tensors, partial))
        .map_err(|source| FileError::Weights { operation: "write", path: path.to_path_buf(), source: Box::new(source) })
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), FileError> {
    let text = serde_json::to_vec_pretty(value).expect("plain structs always serialise");
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| persist::replace::<std::io::Error>(path, |partial| std::fs::write(partial, text)))
        .map_err(|source| FileError::Json { operation: "write", path: path.to_path_buf(), source })
}
