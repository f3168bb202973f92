//! Models and items small enough to differentiate number by number.

use candle_core::{DType, Device, Result, Tensor};
use lm::config::{Heads, LlamaConfig};
use lm::lora::{Adapter, LoraConfig};
use lm::model::Model;
use lm::pack::{Batch, Packed, TokenItem, pack};
use lm::weights::{Projection, Weights};

/// Two blocks, four query heads on two heads of keys and values.
pub fn config(tied: bool) -> LlamaConfig {
    let mut config = LlamaConfig::new(11, 8, 2, Heads { query: 4, key_value: 2 }, 12, 16);
    config.tie_word_embeddings = tied;
    config
}

/// Random weights of ordinary size in f64; the initial ones are so small that everything would be nearly linear.
pub fn model(tied: bool) -> Result<Model> {
    let weights = Weights::initial(&config(tied), 7)?.to(DType::F64, &Device::Cpu)?;
    let stretched = weights.tensors().iter().map(|tensor| if tensor.rank() > 1 { tensor * 15.0 } else { tensor * 1.1 });
    Ok(Model::new(Weights::new(config(tied), stretched.collect::<Result<_>>()?)?))
}

/// The same with an adapter of rank 2 of three kinds of maps, none of its weights 0.
pub fn adapted() -> Result<Model> {
    let base = model(true)?;
    let lora = LoraConfig::new(2, 6.0, &[Projection::Query, Projection::Value, Projection::Down]);
    let adapter = Adapter::initial(&lora, base.config(), 9)?.to(DType::F64, &Device::Cpu)?;
    let wave = |(index, tensor): (usize, &Tensor)| -> Result<Tensor> {
        let values: Vec<f64> =
            (0..tensor.elem_count()).map(|place| (index as f64 + 0.7 * place as f64).sin() * 0.3).collect();
        tensor + Tensor::from_vec(values, tensor.dims(), &Device::Cpu)?
    };
    let tensors = adapter.tensors().iter().enumerate().map(wave).collect::<Result<_>>()?;
    Ok(Model::adapted(base.weights().clone(), Adapter::new(lora, base.config(), tensors)?))
}

/// Items of several lengths, one with a prompt, one longer than a block.
pub fn items() -> Vec<TokenItem> {
    vec![
        TokenItem::whole(vec![1, 5, 3, 8]),
        TokenItem::answered(vec![2, 2, 9, 10, 4], 3),
        TokenItem::whole((0..9).map(|place| (7 * place + 3) % 11).collect()),
        TokenItem::whole(vec![6, 0]),
    ]
}

/// The items in blocks of six rows.
pub fn packed() -> Packed {
    pack(&items(), 6)
}

/// All blocks at once.
pub fn batch(model: &Model) -> Result<Batch> {
    let packed = packed();
    packed.batch(0..packed.blocks.len(), model.config(), model.weights().dtype(), &Device::Cpu)
}

/// `Σ weight · (−log p(target))` in f64, from logits and nothing else of the crate's.
pub fn loss(logits: &Tensor, batch: &Batch) -> Result<f64> {
    let rows: Vec<Vec<f64>> = logits.to_vec2()?;
    let row = |((row, target), weight): ((&Vec<f64>, &u32), &f32)| {
        let total: f64 = row.iter().map(|logit| logit.exp()).sum();
        f64::from(*weight) * (total.ln() - row[*target as usize])
    };
    Ok(rows.iter().zip(batch.targets()).zip(batch.weights()).map(row).sum())
}
