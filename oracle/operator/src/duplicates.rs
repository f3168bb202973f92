//! `oracle duplicates`: items that repeat earlier ones, found before training, each traced to the earliest commit.
//!
//! Items come from files or from the published contributions of a snapshot ([`input`], [`snapshot`]); the crate `corpus` compares them. What is
//! found ([`found`]) is a table, JSON, and a list of the items to leave out. An item belongs to one contribution: to the one that committed
//! to it first.

mod array;
pub mod found;
pub mod input;
pub mod order;
pub mod snapshot;

use anyhow::Result;
use corpus::duplicates::{
    self, Duplicate, Settings,
    vectors::{Rows, Values, VectorSettings},
};

pub use found::Found;
pub use input::{Bodies, Input};

/// How alike items must be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wanted {
    /// For texts and images, as contributions hold them.
    pub items: Settings,
    /// For arrays.
    pub vectors: VectorSettings,
}

/// Finds what repeats what.
///
/// # Errors
/// If the settings are out of range, or a value of an array is not finite.
pub fn find(input: &Input, wanted: &Wanted) -> Result<Found> {
    let places = input.places();
    let duplicates: Vec<Duplicate> = match &input.bodies {
        Bodies::Canonical(bodies) => {
            let item = |(place, canonical)| duplicates::Item { place, canonical };
            let items: Vec<_> = places.into_iter().zip(bodies.iter().map(Vec::as_slice)).map(item).collect();
            duplicates::find(&items, &wanted.items)?
        }
        Bodies::Vectors { dimension, values } => {
            let rows = Rows { dimension: *dimension, values: Values::Floats(values) };
            duplicates::find_vectors(&places, &rows, &wanted.vectors)?
        }
    };
    Ok(Found::new(input, &duplicates))
}
