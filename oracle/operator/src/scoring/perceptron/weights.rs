//! Weights of perceptrons from safetensors, under torch's names or anybody's.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use influence::mlp::{Architecture, LayerShape, Mlp};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

const WEIGHT: &str = ".weight";
const BIAS: &str = ".bias";

/// The files `model*.safetensors` of a folder: several are an ensemble.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("model") && name.ends_with(".safetensors") {
            files.push(path);
        }
    }
    files.sort_by_key(|path| natural(&path.to_string_lossy()));
    ensure!(!files.is_empty(), "{} has no model.safetensors: save the weights there", folder.display());
    Ok(files)
}

/// A model. Its layers are the tensors `<name>.weight` `[outputs, inputs]` with `<name>.bias` `[outputs]`, in the order of the numbers in
/// their names: torch's `0.weight`, `2.weight`, or this project's `layer.0.weight`, `layer.1.weight`.
pub(super) fn load(path: &Path, architecture: &Architecture) -> Result<Mlp> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let tensors =
        SafeTensors::deserialize(&bytes).with_context(|| format!("{} is no safetensors file", path.display()))?;
    let (names, shapes) = (layer_names(path, &tensors)?, architecture.shapes());
    let (found, expected) = (names.len(), shapes.len());
    ensure!(found == expected, "{} has {found} layers {names:?}, config.json has {expected}", path.display());
    let mut weights = Vec::with_capacity(architecture.parameters());
    for (name, shape) in names.iter().zip(shapes) {
        weights.extend(layer(path, &tensors, name, shape)?);
    }
    Mlp::from_weights(architecture.clone(), weights).with_context(|| format!("{} cannot be used", path.display()))
}

/// The layers in their order; every tensor belongs to one.
fn layer_names(path: &Path, tensors: &SafeTensors<'_>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for name in tensors.names() {
        match (name.strip_suffix(WEIGHT), name.strip_suffix(BIAS)) {
            (Some(layer), _) => names.push(layer.to_owned()),
            (_, Some(layer)) if tensors.tensor(&format!("{layer}{WEIGHT}")).is_ok() => {}
            _ => bail!("{} has the tensor `{name}`, which is no layer's weight or bias", path.display()),
        }
    }
    names.sort_by_key(|name| natural(name));
    Ok(names)
}

/// A layer's rows: a unit's input weights and then its bias.
fn layer(path: &Path, tensors: &SafeTensors<'_>, name: &str, shape: LayerShape) -> Result<Vec<f32>> {
    let tensor = |name: String, expected: &[usize]| -> Result<Vec<f32>> {
        let tensor = tensors.tensor(&name).with_context(|| format!("{} has no tensor `{name}`", path.display()))?;
        let found = tensor.shape();
        ensure!(found == expected, "{}: tensor `{name}` is {found:?}, config.json says {expected:?}", path.display());
        values(&tensor).with_context(|| format!("{}: tensor `{name}`", path.display()))
    };
    let weights = tensor(format!("{name}{WEIGHT}"), &[shape.outputs, shape.inputs])?;
    let biases = tensor(format!("{name}{BIAS}"), &[shape.outputs])?;
    let rows = weights.chunks_exact(shape.inputs).zip(biases);
    Ok(rows.flat_map(|(row, bias)| row.iter().copied().chain([bias])).collect())
}

fn values(tensor: &TensorView<'_>) -> Result<Vec<f32>> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => Ok(data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        Dtype::F64 => Ok(data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()),
        other => bail!("its numbers are {other:?}: save it as F32"),
    }
}

/// A name as texts and numbers, so that 10 comes after 9.
fn natural(name: &str) -> Vec<(String, u64)> {
    let pieces = name.as_bytes().chunk_by(|left, right| left.is_ascii_digit() == right.is_ascii_digit());
    let part = |piece: &[u8]| {
        let text = String::from_utf8_lossy(piece).into_owned();
        text.parse().map_or_else(|_| (text, 0), |number| (String::new(), number))
    };
    pieces.map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_ordered_as_numbers() {
        let mut names = ["net.10.weight", "net.2.weight", "net.0.weight", "fc9", "fc11"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["fc9", "fc11", "net.0.weight", "net.2.weight", "net.10.weight"]);
    }
}
