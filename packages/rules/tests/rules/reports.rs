//! Reports: packing, canonical bytes and bounds.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::bitmap::Bitmap;
use rules::score::{Report, SCALE, ScoreEntry, ScoreError, Vector, pack_entries, unpack_entries};

fn entries() -> impl Strategy<Value = Vec<ScoreEntry>> {
    let entry = (any::<i32>(), any::<u32>());
    vec(entry.prop_map(|(score, error)| ScoreEntry { score, error }), 0..40)
}

fn bitmaps() -> impl Strategy<Value = Bitmap> {
    vec(any::<bool>(), 0..70).prop_map(|bits| {
        let mut bitmap = Bitmap::new(bits.len());
        for (position, _) in bits.iter().enumerate().filter(|(_, bit)| **bit) {
            bitmap.set(position).unwrap();
        }
        bitmap
    })
}

fn vectors() -> impl Strategy<Value = Vector> {
    (entries(), any::<u64>(), bitmaps()).prop_map(|(entries, reach, unresolved)| Vector { entries, reach, unresolved })
}

/// The bounds of DESIGN section 4, all at once.
fn within_bounds(vector: &Vector) -> bool {
    let one = i64::from(SCALE);
    let scores = || vector.entries.iter().map(|entry| i64::from(entry.score));
    scores().map(|score| score.max(0)).sum::<i64>() <= one
        && scores().map(i64::abs).sum::<i64>() <= 2 * one
        && scores().all(|score| score.abs() <= one)
        && vector.entries.iter().all(|entry| i64::from(entry.error) <= one)
        && vector.reach <= one.unsigned_abs()
}

proptest! {
    #[test]
    fn entries_survive_packing(entries in entries()) {
        let packed = pack_entries(&entries);
        prop_assert_eq!(packed.len(), entries.len() * ScoreEntry::BYTES);
        prop_assert_eq!(unpack_entries(&packed), Ok(entries));
    }

    #[test]
    fn entries_cut_short_are_refused(entries in entries(), cut in 1..8_usize) {
        let mut packed = pack_entries(&entries);
        packed.extend(vec![0; cut]);
        let bytes = packed.len();
        prop_assert_eq!(unpack_entries(&packed), Err(ScoreError::Packed { bytes }));
        prop_assert!(ScoreEntry::unpack(&packed[..cut]).is_err());
    }

    #[test]
    fn a_report_reads_back_from_its_bytes_and_from_no_others(
        vector in vectors(),
        place in any::<prop::sample::Index>(),
        flip in 1..=u8::MAX,
    ) {
        let report = Report::Vector(vector);
        let mut bytes = report.to_bytes();
        prop_assert_eq!(Report::from_bytes(&bytes), Ok(report.clone()));
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(other) = Report::from_bytes(&bytes) {
            prop_assert_ne!(&other, &report);
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..100)) {
        let _ = Report::from_bytes(&bytes);
    }

    #[test]
    fn a_report_passes_exactly_within_its_bounds(
        vector in vectors(),
        divisor in prop_oneof![1..4_i32, 20..200_i32],
    ) {
        let shrink = |entry: &ScoreEntry| ScoreEntry {
            score: entry.score / divisor,
            error: entry.error / divisor.unsigned_abs(),
        };
        let vector = Vector {
            entries: vector.entries.iter().map(shrink).collect(),
            reach: vector.reach >> 34,
            ..vector
        };
        let positions = u32::try_from(vector.entries.len()).unwrap();
        let redemptions = u32::try_from(vector.unresolved.len()).unwrap();
        let expected = within_bounds(&vector);
        let report = Report::Vector(vector);
        prop_assert_eq!(report.check(positions, redemptions).is_ok(), expected);
        let entries = usize::try_from(positions).unwrap();
        let wrong = ScoreError::Entries { entries, positions: positions + 1 };
        prop_assert_eq!(report.check(positions + 1, redemptions), Err(wrong));
        let bits = usize::try_from(redemptions).unwrap();
        let wrong = ScoreError::Unresolved { bits, redemptions: redemptions + 1 };
        prop_assert_eq!(report.check(positions, redemptions + 1), Err(wrong));
        prop_assert_eq!(Report::TooFew.check(positions, redemptions), Ok(()));
    }

    #[test]
    fn bitmaps_survive_packing(bitmap in bitmaps()) {
        let bytes = bitmap.as_bytes().to_vec();
        prop_assert_eq!(bitmap.count_ones(), bitmap.ones().count());
        prop_assert!(bitmap.ones().all(|position| bitmap.get(position)));
        prop_assert_eq!(Bitmap::from_bytes(bitmap.len(), bytes), Ok(bitmap));
    }
}
