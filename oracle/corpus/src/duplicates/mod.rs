//! Items that repeat earlier ones.
//!
//! Four searches find *links*, pairs of items that are alike: [`exact`] by equal canonical bytes, [`text`] by the share of common
//! shingles, [`vectors`] by cosine, [`shifts`] by correlation at the best shift. [`clusters`] joins linked items and names the earliest of
//! each cluster. [`find`] does all of it for items as contributions hold them, [`find_vectors`] for items that are vectors. [`mod@copiers`]
//! says which contributions do little but repeat others.
//!
//! A cluster is closed under links: if A is like B and B like C, then C is said to repeat A, however unlike the two are. So a
//! [`Duplicate`] also names the item that it is directly like, and how much.

mod candidates;
pub mod clusters;
pub mod copiers;
pub mod exact;
mod find;
mod rows;
pub mod shifts;
pub mod shingles;
pub mod text;
pub mod vectors;

use serde::{Deserialize, Serialize};

pub use candidates::Banding;
pub use clusters::resolve;
pub use copiers::copiers;
pub use find::{Item, Settings, find};
pub use rows::{find_image_vectors, find_vectors};

/// Where an item stands, and since when. The order is that of precedence: by commit time, then position, then index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Block time of the contribution's commit, in seconds.
    pub committed_at: u64,
    /// Position of the contribution.
    pub contribution: u64,
    /// Index of the item in its contribution, from 0.
    pub index: u64,
}

/// How two items are alike. A smaller kind is the stronger statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Equal canonical bytes.
    Exact,
    /// Texts that share shingles.
    NearText,
    /// Vectors that point the same way.
    NearVector,
    /// Images that are the same but for a shift.
    Shifted,
}

/// Two items that are alike, by their ranks in the input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// One item.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// From 0 to 1; what it measures depends on the kind.
    pub similarity: f64,
    /// How they are alike.
    pub kind: Kind,
}

/// An item that repeats an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duplicate {
    /// Rank of the item in the input.
    pub item: usize,
    /// Rank of the earliest item of its cluster.
    pub original: usize,
    /// Rank of the item that it is directly like: the original if it is, else the most similar one of the cluster.
    pub matched: usize,
    /// Similarity of `item` and `matched`.
    pub similarity: f64,
    /// How `item` and `matched` are alike.
    pub kind: Kind,
}

/// Why duplicates could not be looked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// A threshold outside its range.
    #[error("the threshold {0} is not above 0 and at most 1: choose one that is")]
    Threshold(f64),
    /// A search without bands, or with bands too narrow or wide.
    #[error("{bands} bands of {rows} rows cannot be searched: take 1 to 4096 bands of 1 to 64 rows")]
    Banding {
        /// Bands.
        bands: usize,
        /// Rows per band.
        rows: usize,
    },
    /// No room in a bucket.
    #[error("a bucket limit of 0 compares nothing: take at least 1")]
    BucketLimit,
    /// Shingles without words or characters.
    #[error("shingles of length 0 tell no texts apart: take at least 1")]
    ShingleLength,
    /// Vectors that are not whole.
    #[error("{values} values are no rows of {dimension} each: give whole rows of at least one value")]
    Rows {
        /// Values given.
        values: usize,
        /// Values per row.
        dimension: usize,
    },
    /// Images whose lines are not whole.
    #[error("rows of {dimension} pixels are no lines of {width} each: give the width of the images")]
    Width {
        /// Pixels of an image.
        dimension: usize,
        /// Pixels of a line.
        width: usize,
    },
    /// A value that is not a finite number.
    #[error("row {row} holds a value that is no finite number: leave the row out")]
    NotFinite {
        /// The row.
        row: usize,
    },
    /// Places of other items than those given.
    #[error("{places} places do not belong to {items} items: give one for each")]
    Places {
        /// Places given.
        places: usize,
        /// Items given.
        items: usize,
    },
    /// A link to an item that does not exist.
    #[error("a link names item {item} of {items}: links count items from 0")]
    Link {
        /// The item named.
        item: usize,
        /// Items given.
        items: usize,
    },
}

fn check_threshold(threshold: f64) -> Result<(), SearchError> {
    if threshold > 0.0 && threshold <= 1.0 { Ok(()) } else { Err(SearchError::Threshold(threshold)) }
}
