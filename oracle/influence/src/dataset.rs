//! Labelled images, and the digits set that holds them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

pub use crate::examples::Examples;

/// Width and height of an image of the digits set.
pub const DIGITS_SIDE: usize = 8;
/// Largest pixel value of the digits set; features are pixels divided by it.
pub const DIGITS_MAX_PIXEL: u8 = 16;
/// Number of labels of the digits set.
pub const DIGITS_LABELS: u16 = 10;

/// Why examples could not be read or put together.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file could not be opened or unpacked.
    #[error("cannot read images from {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line has too few or too many columns.
    #[error("{}: line {line} has {found} columns, not {expected}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Columns found.
        found: usize,
        /// Columns wanted: one per pixel and the label.
        expected: usize,
    },
    /// A column is not a whole number in its range.
    #[error("{}: line {line}, column {column}: `{text}` is not a whole number from 0 to {largest}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What stands there.
        text: String,
        /// Largest value allowed.
        largest: u16,
    },
    /// The file holds no image.
    #[error("{} holds no images", .0.display())]
    Empty(PathBuf),
    /// An example does not have as many features as the others.
    #[error("an example has {found} features, not {expected}")]
    Width {
        /// Features found.
        found: usize,
        /// Features of every example of the set.
        expected: usize,
    },
}

/// A grey image with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledImage {
    /// Grey values row by row, 0 to [`DIGITS_MAX_PIXEL`].
    pub pixels: Vec<u8>,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What the image shows, from 0.
    pub label: u16,
}

impl LabelledImage {
    /// The pixels as a model sees them: divided by [`DIGITS_MAX_PIXEL`], so from 0 to 1; exact in `f32`.
    pub fn features(&self) -> Vec<f32> {
        self.pixels.iter().map(|&pixel| f32::from(pixel) / f32::from(DIGITS_MAX_PIXEL)).collect()
    }
}

/// Reads the digits set: gzip, one image per line, 64 pixels (0 to 16) and the label (0 to 9), separated by commas.
///
/// # Errors
/// Names the file, and the line and column where it is not as described.
pub fn load_digits(path: &Path) -> Result<Vec<LabelledImage>, DatasetError> {
    let read = |source| DatasetError::Read { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(read)?;
    let mut images = Vec::new();
    for (index, line) in BufReader::new(GzDecoder::new(file)).lines().enumerate() {
        let line = line.map_err(read)?;
        images.push(parse_line(path, index + 1, line.trim_end())?);
    }
    if images.is_empty() {
        return Err(DatasetError::Empty(path.to_path_buf()));
    }
    Ok(images)
}

fn parse_line(path: &Path, line: usize, text: &str) -> Result<LabelledImage, DatasetError> {
    let columns: Vec<&str> = text.split(',').collect();
    let pixel_count = DIGITS_SIDE * DIGITS_SIDE;
    if columns.len() != pixel_count + 1 {
        let (found, expected) = (columns.len(), pixel_count + 1);
        return Err(DatasetError::Columns { path: path.to_path_buf(), line, found, expected });
    }
    let number = |column: usize, largest: u16| {
        let text = columns[column].trim();
        // Some copies of the set write the label as `7.000`.
        let whole = text.split_once('.').filter(|(_, part)| part.bytes().all(|digit| digit == b'0'));
        let digits = whole.map_or(text, |(whole, _)| whole);
        digits.parse::<u16>().ok().filter(|value| *value <= largest).ok_or_else(|| DatasetError::Value {
            path: path.to_path_buf(),
            line,
            column: column + 1,
            text: text.to_owned(),
            largest,
        })
    };
    let pixels = (0..pixel_count)
        .map(|column| number(column, u16::from(DIGITS_MAX_PIXEL)).map(|value| value as u8))
        .collect::<Result<Vec<u8>, _>>()?;
    let label = number(pixel_count, DIGITS_LABELS - 1)?;
    Ok(LabelledImage { pixels, width: DIGITS_SIDE, height: DIGITS_SIDE, label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn digits_file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("digits.csv.gz");
        let mut packed = GzEncoder::new(File::create(&path).expect("writable"), Compression::fast());
        packed.write_all(text.as_bytes()).expect("writable");
        packed.finish().expect("writable");
        (folder, path)
    }

    fn line(first: &str, label: &str) -> String {
        format!("{first},{}{label}\n", "0,".repeat(63))
    }

    #[test]
    fn the_committed_digits_are_read_whole() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/digits.csv.gz");
        let images = load_digits(&path).expect("the committed file");
        assert_eq!(images.len(), 1797);
        assert_eq!(&images[0].pixels[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!(images[0].label, 0);
        assert_eq!(images[0].features()[3], 13.0 / 16.0);
    }

    #[test]
    fn a_short_line_is_named() {
        let (_folder, path) = digits_file(&format!("{}1,2,3\n", line("16", "9")));
        let error = load_digits(&path).expect_err("line 2 is short");
        assert!(matches!(error, DatasetError::Columns { line: 2, found: 3, expected: 65, .. }), "{error}");
    }

    #[test]
    fn a_pixel_above_the_largest_is_named() {
        let (_folder, path) = digits_file(&line("17", "9"));
        let error = load_digits(&path).expect_err("17 is too much");
        assert!(matches!(error, DatasetError::Value { line: 1, column: 1, .. }), "{error}");
    }

    #[test]
    fn a_label_that_does_not_exist_is_named() {
        let (_folder, path) = digits_file(&line("3", "10"));
        let error = load_digits(&path).expect_err("there is no label 10");
        assert!(matches!(error, DatasetError::Value { line: 1, column: 65, .. }), "{error}");
    }

    #[test]
    fn an_empty_file_and_a_missing_file_are_told_apart() {
        let (_folder, path) = digits_file("");
        assert!(matches!(load_digits(&path), Err(DatasetError::Empty(_))));
        assert!(matches!(load_digits(&path.with_extension("gone")), Err(DatasetError::Read { .. })));
    }
}
