//! How wide rows are, and what they go through on the way.

use compute::random::{Random, Stream};
use serde::{Deserialize, Serialize};

use super::rows::ALIGNMENT;

/// Numbers that the wide sketches of all landmarks may have together: 512 MiB of them.
const HELD: usize = 1 << 27;
/// The widest a sketch becomes before its axes are found.
const WIDEST_SKETCH: usize = 1 << 18;
/// Numbers of a wide sketch for each coordinate of a small model: more say nothing new.
const ROOM: usize = 16;
/// Part of [`Stream::Samples`] that landmarks are drawn from.
const DRAW: u64 = 1;

/// How gradients are drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SketchSettings {
    /// Numbers of a row, `k`: a multiple of 64, at most 2^17. An index of no more items than landmarks has narrower rows.
    pub width: u32,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Most items that the axes of rows are found from; 0 for rows that are plain count sketches.
    pub landmarks: u32,
}

impl Default for SketchSettings {
    fn default() -> Self {
        Self { width: 4_096, seed: 0, landmarks: 2_048 }
    }
}

impl SketchSettings {
    /// Numbers of a row in an index of so many items: where all of them are landmarks, one for each is enough.
    pub fn row_width(&self, items: usize) -> u32 {
        if self.holds_all(items) { (items as u32).next_multiple_of(ALIGNMENT) } else { self.width }
    }

    /// Whether every item is a landmark, so that rows keep all that items have to say to each other.
    pub(super) fn holds_all(&self, items: usize) -> bool {
        items <= self.landmarks.min(self.width) as usize
    }

    /// Number of landmarks among so many items.
    pub(super) fn landmarks_of(&self, items: usize) -> usize {
        items.min(self.landmarks as usize)
    }

    /// Numbers of the sketch that axes are found in, for gradients of so many coordinates.
    pub(super) fn wide(&self, items: usize, coordinates: usize) -> usize {
        let width = self.row_width(items) as usize;
        let landmarks = self.landmarks_of(items);
        if landmarks == 0 {
            return width;
        }
        let held = (HELD / landmarks + 1).next_power_of_two() / 2;
        held.min(coordinates.next_power_of_two() * ROOM).min(WIDEST_SKETCH).max(width)
    }

    /// Ranks of the landmarks, in the order in which they were drawn; all in their own order where all are.
    pub(super) fn drawn_landmarks(&self, items: usize) -> Vec<usize> {
        let landmarks = self.landmarks_of(items);
        let mut order: Vec<u32> = (0..items as u32).collect();
        if landmarks < items {
            Random::of_part(self.seed, Stream::Samples, DRAW).shuffle(&mut order);
        }
        order.into_iter().take(landmarks).map(|item| item as usize).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: SketchSettings = SketchSettings { width: 1_024, seed: 3, landmarks: 256 };

    #[test]
    fn rows_of_few_items_are_as_wide_as_there_are_items() {
        assert_eq!([1, 64, 65, 256].map(|items| SETTINGS.row_width(items)), [64, 64, 128, 256]);
        assert_eq!(SETTINGS.row_width(257), 1_024);
        assert_eq!(SketchSettings { width: 128, ..SETTINGS }.row_width(129), 128);
        assert_eq!(SketchSettings { landmarks: 0, ..SETTINGS }.row_width(5), 1_024);
    }

    #[test]
    fn wide_sketches_fit_what_is_held_and_need_no_more_than_the_model_has() {
        let million = 1 << 20;
        assert_eq!(SETTINGS.wide(1_000, million), 1 << 18);
        assert_eq!(SketchSettings { landmarks: 2_048, ..SETTINGS }.wide(9_999, million), 1 << 16);
        assert_eq!(SETTINGS.wide(1_000, 5_000), 1 << 17);
        assert_eq!(SETTINGS.wide(1_000, 10), 1_024);
        assert_eq!(SketchSettings { landmarks: 0, ..SETTINGS }.wide(1_000, million), 1_024);
    }

    #[test]
    fn landmarks_are_different_items_and_depend_on_the_seed() {
        let drawn = SETTINGS.drawn_landmarks(1_000);
        let mut sorted = drawn.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((drawn.len(), sorted.len()), (256, 256));
        assert_ne!(drawn, SketchSettings { seed: 4, ..SETTINGS }.drawn_landmarks(1_000));
        assert_eq!(SETTINGS.drawn_landmarks(200), (0..200).collect::<Vec<_>>());
    }
}
