//! Searches over vectors that items are given as: embeddings, images without labels, sketches.

use super::exact::exact_copies;
use super::find::{by_precedence, near_images, of_ranks, without_copies};
use super::vectors::{Rows, Values, VectorSettings, near_vectors};
use super::{Duplicate, Link, Place, SearchError, Settings, resolve};

/// Says of each row that repeats an earlier one what it repeats, by rank in `rows`. Rows with the same values are exact copies of one
/// another, even those without direction; the near search goes over what is left.
///
/// # Errors
/// If the settings are out of range, the rows are not whole, as many places are not given, or a value is not finite.
pub fn find_vectors(
    places: &[Place],
    rows: &Rows<'_>,
    settings: &VectorSettings,
) -> Result<Vec<Duplicate>, SearchError> {
    find_rows(places, rows, |firsts| near_vectors(firsts, settings))
}

/// The same for rows that are images of `width` pixels to a line: by correlation, at rest and shifted, as [`super::find`] compares
/// images with labels.
///
/// # Errors
/// As [`find_vectors`]; also if lines are not whole.
pub fn find_image_vectors(
    places: &[Place],
    rows: &Rows<'_>,
    width: usize,
    settings: &Settings,
) -> Result<Vec<Duplicate>, SearchError> {
    find_rows(places, rows, |firsts| near_images(firsts, width, settings))
}

fn find_rows(
    places: &[Place],
    rows: &Rows<'_>,
    near: impl FnOnce(&Rows<'_>) -> Result<Vec<Link>, SearchError>,
) -> Result<Vec<Duplicate>, SearchError> {
    let count = rows.count()?;
    if places.len() != count {
        return Err(SearchError::Places { places: places.len(), items: count });
    }
    let order = by_precedence(places);
    let bytes: Vec<Vec<u8>> = order.iter().map(|rank| rows.bytes(*rank)).collect();
    let mut links = of_ranks(exact_copies(bytes.iter().map(Vec::as_slice)), &order);
    let firsts = without_copies(order, &links);
    let picked = rows.picked(&firsts);
    let kept = Rows { dimension: rows.dimension, values: picked.values() };
    links.extend(of_ranks(near(&kept)?, &firsts));
    resolve(places, &links)
}

/// Some rows, copied.
enum Picked {
    Unsigned(Vec<u8>),
    Integers(Vec<i8>),
    Floats(Vec<f32>),
}

impl Picked {
    fn values(&self) -> Values<'_> {
        match self {
            Self::Unsigned(values) => Values::Unsigned(values),
            Self::Integers(values) => Values::Integers(values),
            Self::Floats(values) => Values::Floats(values),
        }
    }
}

impl Rows<'_> {
    fn picked(&self, ranks: &[usize]) -> Picked {
        match self.values {
            Values::Unsigned(values) => Picked::Unsigned(rows_of(values, self.dimension, ranks)),
            Values::Integers(values) => Picked::Integers(rows_of(values, self.dimension, ranks)),
            Values::Floats(values) => Picked::Floats(rows_of(values, self.dimension, ranks)),
        }
    }

    /// The values of a row, little endian: what exact copies have in common.
    fn bytes(&self, row: usize) -> Vec<u8> {
        let range = row * self.dimension..(row + 1) * self.dimension;
        match self.values {
            Values::Unsigned(values) => values[range].to_vec(),
            Values::Integers(values) => values[range].iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::Floats(values) => values[range].iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

fn rows_of<T: Copy>(values: &[T], dimension: usize, ranks: &[usize]) -> Vec<T> {
    ranks.iter().flat_map(|rank| &values[rank * dimension..(rank + 1) * dimension]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::Kind;
    use crate::duplicates::vectors::Measure;

    fn place(committed_at: u64) -> Place {
        Place { committed_at, contribution: 0, index: committed_at }
    }

    #[test]
    fn equal_rows_and_rows_of_one_direction_go_to_the_earliest_commit() {
        let values = [3.0, 4.0, 0.0, 3.0, 4.0, 0.0, 6.0, 8.0, 0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        let rows = Rows { dimension: 3, values: Values::Floats(&values) };
        let places = [place(3), place(1), place(2), place(0), place(4)];
        let settings = VectorSettings { measure: Measure::Cosine, threshold: 0.99, ..VectorSettings::default() };
        let found = find_vectors(&places, &rows, &settings).unwrap();
        let said: Vec<_> = found.iter().map(|one| (one.item, one.original, one.kind)).collect();
        assert_eq!(said, [(0, 1, Kind::Exact), (2, 1, Kind::NearVector)]);
    }

    #[test]
    fn as_many_places_as_rows_are_wanted() {
        let rows = Rows { dimension: 1, values: Values::Unsigned(&[1, 2]) };
        let refused = find_vectors(&[place(0)], &rows, &VectorSettings::default());
        assert_eq!(refused, Err(SearchError::Places { places: 1, items: 2 }));
    }
}
