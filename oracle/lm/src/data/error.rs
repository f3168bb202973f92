//! What can be wrong with a file of items, and where.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tokenizer::TokenizerError;

/// Why items could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file could not be read.
    #[error("cannot read the items at {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no items.
    #[error("{} holds no items: take it off the list of files or put items into it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not an array that items can be read from.
    #[error("{} {problem}: save it with numpy.save as an array of integers, [items, tokens]", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// A row cannot be used.
    #[error("cannot use {place}")]
    Row {
        /// Where it is.
        place: Place,
        /// What is wrong with it.
        #[source]
        source: RowError,
    },
}

/// Why a row cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// It is longer than the reader allows.
    #[error("it is longer than {maximum} bytes: split it into several items or raise the maximum")]
    TooLong {
        /// The reader's maximum.
        maximum: usize,
    },
    /// It is not UTF-8.
    #[error("its byte {byte} is not UTF-8: save the file as UTF-8")]
    NotUtf8 {
        /// The first such byte of the line, from 1.
        byte: usize,
    },
    /// A line is empty where each is an item.
    #[error("the line is empty: delete it, as every line is an item")]
    Blank,
    /// A line is not a JSON object.
    #[error("it is not a JSON object on one line: write one object per line")]
    Json(#[source] serde_json::Error),
    /// A field is missing.
    #[error("it has no field {wanted}: add it, or name the fields that there are ({found})")]
    Missing {
        /// What was looked for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// A row says twice what it is.
    #[error("it has both `{one}` and `{other}`: keep one of them")]
    Ambiguous {
        /// A field.
        one: String,
        /// Another that excludes it.
        other: String,
    },
    /// A field is not text.
    #[error("its field `{field}` is {found}: make it a text")]
    NotText {
        /// The field.
        field: String,
        /// What kind of JSON value it is.
        found: &'static str,
    },
    /// There is nothing to learn.
    #[error("its field `{field}` is empty: fill it or delete the row")]
    Nothing {
        /// The field.
        field: String,
    },
    /// A quoted value of a CSV file does not end.
    #[error("a quoted value begins here and does not end: close it, and write each quote within it twice")]
    OpenQuote,
    /// A quote stands where CSV has none.
    #[error(
        "a quote stands within a value that is not quoted: quote the whole value and write each quote within it twice"
    )]
    StrayQuote,
    /// A row of a CSV file is longer or shorter than its first line.
    #[error("it has {found} values under {expected} names: quote the values that hold commas")]
    Width {
        /// Values.
        found: usize,
        /// Names in the first line.
        expected: usize,
    },
    /// Two columns of a CSV file have one name.
    #[error("two columns are named `{name}`: rename one of them")]
    TwoColumns {
        /// The name.
        name: String,
    },
    /// The csv library refused.
    #[error("it is not a line of comma-separated values: write them as RFC 4180 has it")]
    Csv(#[source] csv::Error),
    /// A number of an array is not a token of the model.
    #[error("its number {found} is not a token: tokens are from 0 to {largest}")]
    Token {
        /// The number.
        found: i128,
        /// The largest token.
        largest: u32,
    },
    /// An item is so short that nothing in it is predicted.
    #[error("it has {tokens} tokens and predicts none: an item needs two, or one of an answer after one of a prompt")]
    TooShort {
        /// Its tokens.
        tokens: usize,
    },
    /// There is no tokenizer.
    #[error("it is text, which needs a tokenizer: name one, or give arrays of tokens")]
    NoTokenizer,
    /// The tokenizer refused.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<Path>,
    /// Its first line, from 1; in an array, its rank, from 0.
    pub number: usize,
    /// Whether lines or ranks are counted.
    pub unit: Unit,
}

/// What a place counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Lines, from 1.
    Line,
    /// Rows of an array, from 0.
    Row,
}

impl Place {
    /// A line, from 1.
    pub fn line(path: &Arc<Path>, number: usize) -> Self {
        Self { path: path.clone(), number, unit: Unit::Line }
    }

    /// A row of an array, from 0.
    pub fn row(path: &Arc<Path>, number: usize) -> Self {
        Self { path: path.clone(), number, unit: Unit::Row }
    }

    /// This place with what is wrong there.
    pub(super) fn refused(&self, source: RowError) -> DataError {
        DataError::Row { place: self.clone(), source }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Line => "line",
            Unit::Row => "row",
        };
        write!(formatter, "{unit} {} of {}", self.number, self.path.display())
    }
}
