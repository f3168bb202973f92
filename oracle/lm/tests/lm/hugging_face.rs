//! Models and adapters that transformers and PEFT saved, against the logits that these compute.
//!
//! `tests/reference/hugging_face.py make` made the fixtures; it names the versions and seeds.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use lm::files::FileError;
use lm::lora::{Adapter, LoraConfig};
use lm::model::Model;
use lm::pack::{TokenItem, pack};
use lm::weights::{Projection, Weights};

/// Largest difference of a logit. Logits are below 10 and their last bit in f32 is worth 5e-7.
const TOLERANCE: f32 = 1e-4;

fn fixture(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/fixtures").join(case)
}

/// A row-major array and the length of its last axis.
fn array<T: npyz::Deserialize>(path: &Path) -> (Vec<T>, usize) {
    let bytes = std::fs::read(path).expect("a fixture");
    let file = npyz::NpyFile::new(&bytes[..]).expect("an array");
    let last = *file.shape().last().expect("an array with axes") as usize;
    (file.into_vec().expect("of these numbers"), last)
}

fn sequences(folder: &Path) -> Vec<TokenItem> {
    let (tokens, length) = array::<i64>(&folder.join("tokens.npy"));
    let sequence = |row: &[i64]| TokenItem::whole(row.iter().map(|token| *token as u32).collect());
    tokens.chunks_exact(length).map(sequence).collect()
}

/// Logits of every row but each sequence's last, which predicts nothing.
fn expected(folder: &Path) -> Vec<f32> {
    let (logits, vocabulary) = array::<f32>(&folder.join("logits.npy"));
    let length = sequences(folder)[0].tokens.len();
    let of_sequence = |logits: &[f32]| logits[..(length - 1) * vocabulary].to_vec();
    logits.chunks_exact(length * vocabulary).flat_map(of_sequence).collect()
}

fn logits(model: &Model, items: &[TokenItem], block_length: usize) -> Vec<f32> {
    let packed = pack(items, block_length);
    let batch =
        packed.batch(0..packed.blocks.len(), model.config(), DType::F32, &Device::Cpu).expect("blocks as tensors");
    let trace = model.forward(&batch).expect("computed");
    trace.logits.flatten_all().and_then(|logits| logits.to_vec1()).expect("numbers")
}

/// Holds a model against its folder, with a block per sequence and with all sequences in one block.
fn assert_the_same(model: &Model, folder: &Path) {
    let (items, expected) = (sequences(folder), expected(folder));
    let rows = items[0].tokens.len() - 1;
    for block_length in [rows, rows * items.len()] {
        let own = logits(model, &items, block_length);
        assert_eq!(own.len(), expected.len());
        let largest = own.iter().zip(&expected).map(|(own, other)| (own - other).abs()).fold(0.0, f32::max);
        println!("{}, blocks of {block_length}: {largest:e}", folder.display());
        assert!(largest < TOLERANCE, "{}, blocks of {block_length}: {largest:e}", folder.display());
    }
}

fn weights(case: &str) -> Weights {
    Weights::load(&fixture(case), DType::F32, &Device::Cpu).expect("a model that transformers saved")
}

fn assert_the_model_is_that_of_transformers(case: &str) {
    assert_the_same(&Model::new(weights(case)), &fixture(case));
}

fn assert_the_adapter_is_that_of_peft(case: &str, base: &str) {
    let weights = weights(base);
    let adapter = Adapter::load(&fixture(case), weights.config(), DType::F32, &Device::Cpu).expect("PEFT's adapter");
    assert_eq!(adapter.config().base_model_name_or_path.as_deref(), Some(base));
    assert_the_same(&Model::adapted(weights, adapter), &fixture(case));
}

#[test]
fn a_tied_head_gives_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("tied");
}

#[test]
fn an_untied_head_gives_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("untied");
}

#[test]
fn grouped_heads_give_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("grouped");
}

#[test]
fn heads_of_a_width_of_their_own_give_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("head-dim");
}

#[test]
fn positions_stretched_as_in_llama_3_give_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("llama3");
}

#[test]
fn an_older_configuration_with_linear_stretching_gives_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("older-linear");
}

#[test]
fn a_file_in_bf16_gives_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("bf16");
}

#[test]
fn several_files_with_an_index_give_the_logits_of_transformers() {
    assert_the_model_is_that_of_transformers("sharded");
}

#[test]
fn an_adapter_of_queries_and_values_gives_the_logits_of_peft() {
    assert_the_adapter_is_that_of_peft("adapter-query-value", "grouped");
}

#[test]
fn a_rank_stabilised_adapter_of_all_linear_maps_gives_the_logits_of_peft() {
    assert_the_adapter_is_that_of_peft("adapter-all-rslora", "grouped");
}

#[test]
fn an_adapter_of_the_mlp_of_a_tied_model_gives_the_logits_of_peft() {
    assert_the_adapter_is_that_of_peft("adapter-mlp", "tied");
}

#[test]
fn an_adapter_of_attention_with_stretched_positions_gives_the_logits_of_peft() {
    assert_the_adapter_is_that_of_peft("adapter-attention", "llama3");
}

#[test]
fn an_adapter_of_one_map_of_one_layer_gives_the_logits_of_peft() {
    assert_the_adapter_is_that_of_peft("adapter-one-layer", "untied");
}

#[test]
fn an_adapter_that_is_left_out_is_noticed() {
    let case = fixture("adapter-mlp");
    let own = logits(&Model::new(weights("tied")), &sequences(&case), 24);
    let largest = own.iter().zip(expected(&case)).map(|(own, other)| (own - other).abs()).fold(0.0, f32::max);
    assert!(largest > 100.0 * TOLERANCE, "{largest:e}");
}

/// What `adapter_config.json` of a rank 1 adapter says about one more key.
fn with(key: &str, set: &str) -> String {
    format!(
        r#"{{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "target_modules": ["q_proj"], "inference_mode": true, "{key}": {set}}}"#
    )
}

#[test]
fn settings_of_peft_that_are_not_computed_are_refused_by_name() {
    for (key, set) in [
        ("alpha_pattern", r#"{"q_proj": 2}"#),
        ("rank_pattern", r#"{"q_proj": 2}"#),
        ("layers_to_transform", "0"),
        ("modules_to_save", r#"["lm_head"]"#),
        ("lora_bias", "true"),
        ("init_lora_weights", r#""pissa_niter_16""#),
        ("alora_invocation_tokens", "[1, 2]"),
        ("a_setting_of_tomorrow", "true"),
    ] {
        let refused = LoraConfig::from_json(with(key, set).as_bytes()).expect_err(key);
        assert!(refused.to_string().contains(&format!("with {key} = ")), "{refused}");
    }
    let pattern = with("r", "1").replace(r#"["q_proj"]"#, r#"".*q_proj""#);
    assert!(LoraConfig::from_json(pattern.as_bytes()).expect_err("a pattern").to_string().contains("target_modules"));
}

#[test]
fn settings_of_peft_that_change_nothing_are_accepted() {
    for (key, set) in [
        ("alpha_pattern", "{}"),
        ("layers_to_transform", "null"),
        ("lora_bias", "false"),
        ("init_lora_weights", "true"),
        ("init_lora_weights", r#""gaussian""#),
        ("megatron_core", r#""megatron.core""#),
    ] {
        LoraConfig::from_json(with(key, set).as_bytes()).expect(key);
    }
}

#[test]
fn a_module_that_the_model_lacks_is_refused_by_name() {
    let mut config = LoraConfig::new(1, 1.0, &[Projection::Query]);
    config.target_modules.push("model.layers.7.mlp.up_proj".to_owned());
    let refused = config.maps(weights("tied").config()).expect_err("there are two layers");
    assert!(refused.to_string().contains("model.layers.7.mlp.up_proj"), "{refused}");
}

/// A copy of a fixture with one more tensor, or another in the place of one.
fn loaded_with(case: &str, name: &str, tensor: Tensor) -> Result<Weights, FileError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = "model.safetensors";
    let mut tensors = candle_core::safetensors::load(fixture(case).join(file), &Device::Cpu).expect("a fixture");
    tensors.insert(name.to_owned(), tensor);
    candle_core::safetensors::save(&tensors, folder.path().join(file)).expect("written");
    std::fs::copy(fixture(case).join("config.json"), folder.path().join("config.json")).expect("copied");
    Weights::load(folder.path(), DType::F32, &Device::Cpu)
}

fn ones(shape: impl Into<candle_core::Shape>) -> Tensor {
    Tensor::ones(shape, DType::F32, &Device::Cpu).expect("a tensor")
}

#[test]
fn a_tensor_without_a_place_is_refused_by_name() {
    let bias = "model.layers.0.self_attn.q_proj.bias";
    let refused = loaded_with("untied", bias, ones(16));
    assert!(matches!(refused, Err(FileError::Unplaced { name, .. }) if name == bias));
    loaded_with("untied", "model.layers.0.self_attn.rotary_emb.inv_freq", ones(2)).expect("as older files have it");
}

#[test]
fn a_tied_model_may_hold_its_matrix_twice_but_not_two() {
    let head = "lm_head.weight";
    let embedding = weights("tied").tensors()[0].clone();
    loaded_with("tied", head, embedding).expect("the same matrix under both names");
    assert!(matches!(loaded_with("tied", head, ones((32, 16))), Err(FileError::Untied { .. })));
}
