//! Vectors in numpy arrays.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, ensure};
use npyz::{DType, NpyFile, Order, TypeChar};

/// Rows of numbers.
pub(super) struct Floats {
    /// Rows.
    pub rows: usize,
    /// Numbers of a row: all axes but the first.
    pub dimension: usize,
    /// All numbers.
    pub values: Vec<f32>,
}

/// The numbers of an array of 32- or 64-bit floats; `None` for a file of another kind.
///
/// # Errors
/// Names the file if it is an array of floats that has no rows, is cut off, or is stored column by column.
pub(super) fn floats(path: &Path) -> Result<Option<Floats>> {
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("npy")) {
        return Ok(None);
    }
    let unreadable = || format!("cannot read the array at {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let bytes = file.metadata().with_context(unreadable)?.len();
    let file = NpyFile::new(BufReader::new(file)).with_context(unreadable)?;
    let DType::Plain(kind) = file.dtype() else { return Ok(None) };
    if kind.type_char() != TypeChar::Float {
        return Ok(None);
    }
    let (rows, dimension) = shape(&file, path)?;
    // A header may promise more than the file has, and memory would be taken for it.
    let promised = (rows as u64).saturating_mul(dimension as u64).saturating_mul(kind.size_field());
    ensure!(promised <= bytes, "{} is cut off: save it again", path.display());
    let values: Vec<f32> = match kind.size_field() {
        4 => file.into_vec::<f32>().with_context(unreadable)?,
        8 => file.into_vec::<f64>().with_context(unreadable)?.into_iter().map(|value| value as f32).collect(),
        _ => return Ok(None),
    };
    Ok(Some(Floats { rows, dimension, values }))
}

fn shape<R: std::io::Read>(file: &NpyFile<R>, path: &Path) -> Result<(usize, usize)> {
    let shown = path.display();
    let whole =
        |sizes: &[u64]| sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(usize::try_from(*size).ok()?));
    let (rows, dimension) = match file.shape() {
        [rows, rest @ ..] if !rest.is_empty() => (whole(&[*rows]), whole(rest)),
        _ => anyhow::bail!("{shown} has one axis: save it as [items, numbers]"),
    };
    let is_by_rows = file.order() == Order::C;
    ensure!(is_by_rows, "{shown} is stored column by column: make it numpy.ascontiguousarray");
    match (rows, dimension) {
        (Some(rows), Some(dimension)) if rows > 0 && dimension > 0 => Ok((rows, dimension)),
        _ => anyhow::bail!("{shown} holds no rows that can be compared"),
    }
}
