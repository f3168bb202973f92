//! Tasks as files that programs in other languages read: models as Hugging Face has them or as safetensors, items and queries as numpy arrays.

pub mod classifiers;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use compute::{Job, persist};
use lm::model::Model;
use lm::pack::{TokenItem, pack};
use npyz::WriterBuilder;

use crate::text::{Adapting, LENGTH, SUBSETS, Task};
use crate::truth;

/// Seed of the model that adapters are trained on.
const BASE_SEED: u64 = 0;
/// Queries whose logits are written.
const SHOWN_QUERIES: usize = 2;

/// The folder of the model of a seed.
pub fn model_folder(folder: &Path, seed: u64) -> PathBuf {
    folder.join(format!("model-{seed}"))
}

/// The folder of the adapter of a seed.
pub fn adapter_folder(folder: &Path, seed: u64) -> PathBuf {
    folder.join(format!("adapter-{seed}"))
}

/// The model of a seed, trained on all items; taken from `folder` if it is there. Of an adapter's task the base is written beside it.
///
/// # Errors
/// If training fails or the folder cannot be written.
pub fn model(task: &Task, seed: u64, folder: &Path, job: &Job) -> Result<Model> {
    match &task.adapting {
        None => {
            let own = model_folder(folder, seed);
            kept((&own, None), || Ok(truth::train(task, None, seed, job)?.weights().save(&own)?))
        }
        Some(Adapting { base, .. }) => {
            let (below, own) = (model_folder(folder, BASE_SEED), adapter_folder(folder, seed));
            kept((&below, Some(&own)), || {
                base.save(&below)?;
                let model = truth::train(task, None, seed, job)?;
                Ok(model.adapter().context("an adapter was trained")?.save(&own)?)
            })
        }
    }
}

/// The model of its folders, made first if it is not there.
fn kept((model, adapter): (&Path, Option<&Path>), make: impl FnOnce() -> Result<()>) -> Result<Model> {
    let last = adapter.map_or_else(|| model.join("model.safetensors"), |own| own.join("adapter_model.safetensors"));
    if !last.exists() {
        make()?;
    }
    Ok(Model::load(model, adapter)?)
}

/// Task C over the model of Task B, which is trained and kept in `base` if it is not there.
///
/// # Errors
/// As [`model`].
pub fn adapter_task(base: &Path, job: &Job) -> Result<Task> {
    Task::adapter(model(&Task::base()?, BASE_SEED, base, job)?.weights().clone())
}

/// Writes `items.npy` and `queries.npy`, `[items, tokens]` as int32, and `keep.npy`, `[halves, items]` as uint8.
///
/// # Errors
/// If the folder cannot be written.
pub fn arrays(task: &Task, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    let tokens = |items: &[TokenItem]| -> Vec<i32> {
        items.iter().flat_map(|item| &item.tokens).map(|token| *token as i32).collect()
    };
    let width = task.items.first().map_or(0, |item| item.tokens.len());
    array(&folder.join("items.npy"), &[task.items.len(), width], tokens(&task.items))?;
    array(&folder.join("queries.npy"), &[task.queries.len(), width], tokens(&task.queries))?;
    let keep: Vec<u8> = (0..SUBSETS).flat_map(|subset| task.subset(subset)).map(u8::from).collect();
    array(&folder.join("keep.npy"), &[SUBSETS, task.items.len()], keep)
}

/// Writes what a model says of the first queries: `logits.npy`, `[queries, positions, vocabulary]`.
///
/// # Errors
/// If they cannot be computed or written.
pub fn logits(task: &Task, model: &Model, folder: &Path) -> Result<()> {
    let queries = &task.queries[..SHOWN_QUERIES.min(task.queries.len())];
    let (packed, weights) = (pack(queries, LENGTH), model.weights());
    let batch = packed.batch(0..queries.len(), model.config(), weights.dtype(), weights.device())?;
    let values = model.forward(&batch)?.logits.flatten_all()?.to_vec1::<f32>()?;
    array(&folder.join("logits.npy"), &[queries.len(), LENGTH, model.config().vocab_size], values)
}

/// Writes a numpy array, row by row.
///
/// # Errors
/// If it cannot be written.
pub fn array<T: npyz::AutoSerialize>(path: &Path, shape: &[usize], values: Vec<T>) -> Result<()> {
    let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
    persist::replace::<std::io::Error>(path, |partial| {
        let file = std::io::BufWriter::new(std::fs::File::create(partial)?);
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        writer.extend(values)?;
        writer.finish()
    })
    .with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a numpy array of f32 with its shape, row by row however it lies in the file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = npyz::NpyFile::new(&bytes[..]).with_context(|| format!("{} is no numpy array", path.display()))?;
    let shape: Vec<usize> = file.shape().iter().map(|size| *size as usize).collect();
    let by_rows = file.order() == npyz::Order::C;
    let values: Vec<f32> = file.into_vec().with_context(|| format!("{} holds no float32", path.display()))?;
    match shape[..] {
        [rows, columns] if !by_rows => Ok((shape, transposed(&values, rows, columns))),
        _ if by_rows || shape.len() < 2 => Ok((shape, values)),
        _ => bail!("{} lies column by column and is no matrix", path.display()),
    }
}

fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..rows).flat_map(|row| (0..columns).map(move |column| values[column * rows + row])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_that_lies_column_by_column_is_read_as_the_same_matrix() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("matrix.npy");
        for (order, values) in
            [(npyz::Order::C, [1f32, 2.0, 3.0, 4.0, 5.0, 6.0]), (npyz::Order::Fortran, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0])]
        {
            let mut bytes = Vec::new();
            let options = npyz::WriteOptions::new().default_dtype().order(order).shape(&[2, 3]);
            let mut writer = options.writer(&mut bytes).begin_nd().expect("in memory");
            writer.extend(values).and_then(|()| writer.finish()).expect("in memory");
            std::fs::write(&path, bytes).expect("writable");
            assert_eq!(read(&path).expect("readable"), (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "{order:?}");
        }
    }
}
