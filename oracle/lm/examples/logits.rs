//! Writes models and adapters made here, with tokens and the logits that this crate computes for them.
//!
//! ```text
//! cargo run -p lm --example logits -- FOLDER
//! python oracle/lm/tests/reference/hugging_face.py check FOLDER
//! ```
//!
//! The second command loads each with transformers and PEFT and compares.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use lm::config::{Heads, LlamaConfig, RopeScaling};
use lm::lora::{Adapter, LoraConfig};
use lm::model::Model;
use lm::pack::{TokenItem, pack};
use lm::weights::{Projection, Weights};
use npyz::WriterBuilder;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rows of logits of a sequence, which has one token more.
const ROWS: usize = 24;
const SEQUENCES: usize = 2;
const VOCABULARY: usize = 32;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).ok_or("which folder? run with `-- FOLDER`")?;
    write_models(Path::new(&folder))?;
    write_adapters(Path::new(&folder))
}

fn write_models(folder: &Path) -> Result<()> {
    for (seed, (name, config)) in (0..).zip(configurations()) {
        let model = Model::new(disturbed(&Weights::initial(&config, seed)?)?);
        let case = folder.join(name);
        model.weights().save(&case)?;
        write_logits(&case, &model)?;
    }
    Ok(())
}

fn plain() -> LlamaConfig {
    LlamaConfig::new(VOCABULARY, 16, 2, Heads { query: 4, key_value: 2 }, 24, 256)
}

fn configurations() -> Vec<(&'static str, LlamaConfig)> {
    let llama3 = RopeScaling::Llama3 {
        factor: 8.0,
        low_freq_factor: 1.0,
        high_freq_factor: 4.0,
        original_max_position_embeddings: 64,
    };
    vec![
        ("tied", plain()),
        ("untied", LlamaConfig { tie_word_embeddings: false, ..plain() }),
        ("head-dim", LlamaConfig { head_dim: Some(6), ..plain() }),
        ("llama3", LlamaConfig { rope_scaling: Some(llama3), num_attention_heads: 2, ..plain() }),
        ("linear", LlamaConfig { rope_scaling: Some(RopeScaling::Linear { factor: 2.0 }), ..plain() }),
    ]
}

fn write_adapters(folder: &Path) -> Result<()> {
    let stable = LoraConfig { use_rslora: true, ..LoraConfig::new(4, 6.0, &Projection::ALL) };
    let attention = LoraConfig::new(3, 16.0, &[Projection::Query, Projection::Value]);
    let mut one_layer = LoraConfig::new(2, 4.0, &[]);
    one_layer.target_modules.push("model.layers.1.mlp.down_proj".to_owned());
    write_adapter(folder, ("adapter-all-rslora", "tied"), stable)?;
    write_adapter(folder, ("adapter-query-value", "llama3"), attention)?;
    write_adapter(folder, ("adapter-one-layer", "untied"), one_layer)
}

fn write_adapter(folder: &Path, (name, base): (&str, &str), config: LoraConfig) -> Result<()> {
    let weights = Weights::load(&folder.join(base), DType::F32, &Device::Cpu)?;
    let config = LoraConfig { base_model_name_or_path: Some(base.to_owned()), ..config };
    let initial = Adapter::initial(&config, weights.config(), 7)?;
    let tensors = initial.tensors().iter().enumerate().map(|(index, tensor)| waved(tensor, index));
    let adapter = Adapter::new(config, weights.config(), tensors.collect::<Result<_>>()?)?;
    let case = folder.join(name);
    adapter.save(&case)?;
    write_logits(&case, &Model::adapted(weights, adapter))
}

/// The same model with weights of ordinary size; the initial ones are so small that everything would be nearly linear.
fn disturbed(weights: &Weights) -> Result<Weights> {
    let tensors = weights.tensors().iter().enumerate().map(|(index, tensor)| waved(tensor, index));
    Ok(Weights::new(weights.config().clone(), tensors.collect::<Result<_>>()?)?)
}

/// A tensor with a wave of its own added to it.
fn waved(tensor: &Tensor, index: usize) -> Result<Tensor> {
    let height = |place: usize| (0.4 * (index as f64 + 1.7 * place as f64).sin()) as f32;
    let wave: Vec<f32> = (0..tensor.elem_count()).map(height).collect();
    Ok((tensor + Tensor::from_vec(wave, tensor.dims(), tensor.device())?)?)
}

fn sequences() -> Vec<TokenItem> {
    let token = |sequence: usize, place: usize| ((7 * place * place + 3 * place + 11 * sequence) % VOCABULARY) as u32;
    let sequence = |sequence| TokenItem::whole((0..=ROWS).map(|place| token(sequence, place)).collect());
    (0..SEQUENCES).map(sequence).collect()
}

/// Writes `tokens.npy`, `[sequences, rows + 1]`, and `logits.npy`, `[sequences, rows, vocabulary]`.
fn write_logits(case: &Path, model: &Model) -> Result<()> {
    let items = sequences();
    let packed = pack(&items, ROWS);
    let batch = packed.batch(0..packed.blocks.len(), model.config(), DType::F32, &Device::Cpu)?;
    let logits: Vec<f32> = model.forward(&batch)?.logits.flatten_all()?.to_vec1()?;
    let tokens: Vec<u32> = items.into_iter().flat_map(|item| item.tokens).collect();
    write_array(&case.join("tokens.npy"), &[SEQUENCES, ROWS + 1], tokens)?;
    write_array(&case.join("logits.npy"), &[SEQUENCES, ROWS, VOCABULARY], logits)
}

fn write_array<T: npyz::AutoSerialize>(path: &Path, shape: &[usize], values: Vec<T>) -> Result<()> {
    let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
    let file = BufWriter::new(File::create(path)?);
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
    writer.extend(values)?;
    Ok(writer.finish()?)
}
