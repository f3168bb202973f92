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

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use corpus::duplicates::{
    self, Duplicate, Place, Settings,
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
    /// Lines and columns of the images that rows of arrays are; such rows are compared as images are.
    pub image_shape: Option<(usize, usize)>,
    /// Part of a contribution's items that, once it repeats others, has all of it left out.
    pub refuse: Option<f64>,
}

/// Finds what repeats what.
///
/// # Errors
/// If the settings are out of range, or a value of an array is not finite.
pub fn find(input: &Input, wanted: &Wanted) -> Result<Found> {
    let places = input.places();
    let duplicates = match &input.bodies {
        Bodies::Canonical(bodies) => {
            let item = |(&place, canonical)| duplicates::Item { place, canonical };
            let items: Vec<_> = places.iter().zip(bodies.iter().map(Vec::as_slice)).map(item).collect();
            duplicates::find(&items, &wanted.items)?
        }
        Bodies::Vectors { dimension, values } => {
            vector_duplicates(&places, &Rows { dimension: *dimension, values: Values::Floats(values) }, wanted)?
        }
    };
    let refused = match wanted.refuse {
        Some(share) => duplicates::copiers(&places, &duplicates, share)?,
        None => BTreeSet::new(),
    };
    Ok(Found::new(input, &duplicates, &refused))
}

fn vector_duplicates(places: &[Place], rows: &Rows<'_>, wanted: &Wanted) -> Result<Vec<Duplicate>> {
    let Some((lines, columns)) = wanted.image_shape else {
        return Ok(duplicates::find_vectors(places, rows, &wanted.vectors)?);
    };
    let numbers = rows.dimension;
    ensure!(
        lines.checked_mul(columns) == Some(numbers),
        "rows of {numbers} numbers are no images of {lines} lines and {columns} columns: say the shape of the images"
    );
    Ok(duplicates::find_image_vectors(places, rows, columns, &wanted.items)?)
}
