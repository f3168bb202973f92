//! Training items from files: JSON lines, CSV, plain text and numpy arrays.
//!
//! A file becomes [`Row`]s, each of which knows where it stands; [`Encoder`] makes of them the items that a model learns from. A row that
//! cannot be used is an error that names the file and the line; none is left out. A file is read row by row, and a row longer than the
//! reader's maximum is refused before it is held in memory.

use std::path::{Path, PathBuf};

pub use encode::Encoder;
pub use error::{DataError, Place, RowError};
pub use fields::Fields;

mod arrays;
mod encode;
mod error;
mod fields;
mod json_lines;
mod lines;
mod plain;
mod table;

/// How a file holds items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// An object per line, as [`Fields`] names its keys. Other keys are ignored.
    JsonLines(Fields),
    /// Comma-separated values under a line of names, as [`Fields`] names its columns. Other columns are ignored. Values may be quoted and
    /// then hold line ends.
    Csv(Fields),
    /// Plain text, an item per paragraph; empty lines are between paragraphs.
    Paragraphs,
    /// Plain text, one item per file.
    Whole,
    /// A numpy array of integers: one item, or `[items, tokens]`.
    Arrays {
        /// What shorter items are filled up with at their end, if they are.
        padding: Option<i64>,
    },
}

impl Format {
    /// The format that a file's name promises: `.jsonl`, `.csv`, `.txt` (paragraphs) or `.npy`, with the usual names of fields.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::JsonLines(Fields::default())),
            "csv" => Some(Self::Csv(Fields::default())),
            "txt" => Some(Self::Paragraphs),
            "npy" => Some(Self::Arrays { padding: None }),
            _ => None,
        }
    }
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, all of which is learned.
    Text(String),
    /// An answer that is learned, given a prompt. The answer follows the prompt with nothing between them.
    Answered {
        /// The prompt; may be empty.
        prompt: String,
        /// The answer.
        answer: String,
    },
    /// Tokens, all of which are learned.
    Tokens(Vec<u32>),
}

/// An item in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it begins.
    pub place: Place,
    /// What it holds.
    pub content: Content,
}

/// Reads files of one format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The format.
    pub format: Format,
    /// Longest row, bytes as it stands in the file; four for each token of an array.
    pub maximum_bytes: usize,
}

impl Reader {
    /// Longest row unless another is set: 16 MiB.
    pub const MAXIMUM_BYTES: usize = 16 << 20;

    /// A reader with the usual maximum.
    pub fn new(format: Format) -> Self {
        Self { format, maximum_bytes: Self::MAXIMUM_BYTES }
    }

    /// All rows of a file, in its order.
    ///
    /// # Errors
    /// If the file cannot be read or holds no rows, or at the first row that cannot be used.
    pub fn read(&self, path: &Path) -> Result<Vec<Row>, DataError> {
        let rows = match &self.format {
            Format::JsonLines(fields) => json_lines::read(path, fields, self.maximum_bytes),
            Format::Csv(fields) => table::read(path, fields, self.maximum_bytes),
            Format::Paragraphs => plain::paragraphs(path, self.maximum_bytes),
            Format::Whole => plain::whole(path, self.maximum_bytes),
            Format::Arrays { padding } => arrays::read(path, *padding, self.maximum_bytes),
        }?;
        if rows.is_empty() { Err(DataError::Empty { path: path.to_path_buf() }) } else { Ok(rows) }
    }

    /// All rows of several files, in the given order.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_all(&self, paths: &[PathBuf]) -> Result<Vec<Row>, DataError> {
        let mut rows = Vec::new();
        for path in paths {
            rows.extend(self.read(path)?);
        }
        Ok(rows)
    }
}
