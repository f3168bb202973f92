//! Numbers from files: numpy arrays, and tables with a column of labels.

use std::{fs::File, io::BufReader, path::Path};

use anyhow::{Context, Result, bail, ensure};
use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};

/// The column of labels.
const LABEL: &str = "label";

/// Rows of features.
pub(super) struct Features {
    pub(super) width: usize,
    /// `[rows, width]`
    pub(super) values: Vec<f32>,
    /// Where the file has them.
    pub(super) labels: Option<Vec<i64>>,
}

impl Features {
    /// Reads `.npy`, `[rows, …]` of any numbers, or `.csv`, a line of names with `label` among them.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let features = match path.extension().and_then(|ending| ending.to_str()) {
            Some("npy") => array(path)?,
            Some("csv") => table(path)?,
            _ => bail!("{} has no known ending: use .npy or .csv", path.display()),
        };
        ensure!(!features.values.is_empty(), "{} holds no rows", path.display());
        let wrong = features.values.iter().position(|value| !value.is_finite());
        match wrong.map(|place| (place / features.width, place % features.width)) {
            None => Ok(features),
            Some((row, column)) => bail!("{}: row {row}, column {column} is not a finite number", path.display()),
        }
    }
}

/// Labels of as many rows as `rows`.
pub(super) fn labels(path: &Path, rows: usize) -> Result<Vec<i64>> {
    let file = open(path)?;
    ensure!(file.shape().len() == 1, "{} has {} axes: labels are a list", path.display(), file.shape().len());
    let labels = integers(path, file)?;
    let found = labels.len();
    ensure!(found == rows, "{} has {found} labels for {rows} rows", path.display());
    Ok(labels)
}

fn open(path: &Path) -> Result<NpyFile<BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    NpyFile::new(BufReader::new(file)).with_context(|| format!("{} is no numpy array", path.display()))
}

fn array(path: &Path) -> Result<Features> {
    let file = open(path)?;
    let axes = file.shape().to_vec();
    ensure!(axes.len() >= 2, "{} has {} axes: features are [rows, features]", path.display(), axes.len());
    ensure!(
        file.order() == Order::C,
        "{} is stored column by column: save it with numpy.ascontiguousarray",
        path.display()
    );
    let width = axes[1..].iter().product::<u64>() as usize;
    Ok(Features { width, values: numbers(path, file)?, labels: None })
}

fn numbers(path: &Path, file: NpyFile<BufReader<File>>) -> Result<Vec<f32>> {
    match kind(&file) {
        Some((TypeChar::Float, 4)) => converted(path, file, |value: f32| value),
        Some((TypeChar::Float, 8)) => converted(path, file, |value: f64| value as f32),
        _ => Ok(integers(path, file)?.into_iter().map(|value| value as f32).collect()),
    }
}

fn integers(path: &Path, file: NpyFile<BufReader<File>>) -> Result<Vec<i64>> {
    match kind(&file) {
        Some((TypeChar::Uint, 1)) => converted(path, file, |value: u8| value.into()),
        Some((TypeChar::Uint, 2)) => converted(path, file, |value: u16| value.into()),
        Some((TypeChar::Uint, 4)) => converted(path, file, |value: u32| value.into()),
        Some((TypeChar::Int, 1)) => converted(path, file, |value: i8| value.into()),
        Some((TypeChar::Int, 2)) => converted(path, file, |value: i16| value.into()),
        Some((TypeChar::Int, 4)) => converted(path, file, |value: i32| value.into()),
        Some((TypeChar::Int, 8)) => converted(path, file, |value: i64| value),
        _ => bail!("{} holds numbers of another kind: save features as float32 and labels as int64", path.display()),
    }
}

fn kind(file: &NpyFile<BufReader<File>>) -> Option<(TypeChar, u64)> {
    match file.dtype() {
        DType::Plain(kind) => Some((kind.type_char(), kind.size_field())),
        _ => None,
    }
}

fn converted<T: Deserialize, R>(path: &Path, file: NpyFile<BufReader<File>>, convert: fn(T) -> R) -> Result<Vec<R>> {
    let failed = || format!("{} cannot be read as the array that its header describes", path.display());
    let values = file.data::<T>().with_context(failed)?;
    values.map(|value| Ok(convert(value.with_context(failed)?))).collect()
}

fn table(path: &Path) -> Result<Features> {
    let failed = || format!("cannot read {}", path.display());
    let mut reader = csv::Reader::from_path(path).with_context(failed)?;
    let names = reader.headers().with_context(failed)?.clone();
    let place = names.iter().position(|name| name.trim() == LABEL);
    let mut features = Features { width: names.len() - usize::from(place.is_some()), values: Vec::new(), labels: None };
    ensure!(features.width > 0, "{} has no column of features", path.display());
    let mut labels = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.with_context(failed)?;
        for (column, text) in record.iter().enumerate() {
            let at = || format!("{}: row {row}, column {column}: `{text}` is no number", path.display());
            if Some(column) == place {
                labels.push(text.trim().parse().with_context(at)?);
            } else {
                features.values.push(text.trim().parse().with_context(at)?);
            }
        }
    }
    features.labels = place.map(|_| labels);
    Ok(features)
}
