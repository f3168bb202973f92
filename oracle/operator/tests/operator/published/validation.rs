//! Validation examples as published objects: ranges of an extension, under its approved root.

use operator::published::{ValidationExample, ValidationSlice, validation_root};

use super::{Shelf, examples, falsehood, is_missing};

/// The examples, of two strata.
fn validation() -> Vec<ValidationExample> {
    (0..).zip(examples()).map(|(number, item)| ValidationExample::new(&item, number % 2)).collect()
}

#[tokio::test]
async fn any_range_of_an_extension_is_read_as_it_was_put() {
    let (examples, root) = (validation(), validation_root(&validation()));
    for Shelf { published, .. } in &Shelf::each() {
        for from in 0..5_usize {
            for count in 1..=5 - from {
                let slice = ValidationSlice::cut(&examples, from as u64, count as u64).expect("the range is in it");
                published.put_validation(&slice).await.expect("it can be written");
                let read = published.validation(&root, from as u64, count).await.expect("it is there");
                assert_eq!(read, examples[from..from + count]);
                assert!(published.has_validation(&root, from as u64, count).await.expect("the store answers"));
            }
        }
    }
}

#[test]
fn a_range_beyond_an_extension_cannot_be_cut() {
    for (from, count) in [(4, 2), (5, 1), (0, 6), (u64::MAX, 2)] {
        assert_eq!(ValidationSlice::cut(&validation(), from, count), None);
    }
}

#[tokio::test]
async fn missing_validation_is_named_as_missing() {
    for Shelf { published, .. } in &Shelf::each() {
        let slice = ValidationSlice::cut(&validation(), 0, 2).expect("it is in it");
        published.put_validation(&slice).await.expect("it can be written");
        assert!(is_missing(published.validation(&validation_root(&validation()), 2, 2).await));
        assert!(is_missing(published.validation(&[1; 32], 0, 2).await));
    }
}

#[tokio::test]
async fn validation_that_is_another_range_or_not_under_the_root_is_false() {
    let root = validation_root(&validation());
    let outside = "its examples are not under the approved root";
    let another = "it is another range";
    let last = "{\n      \"item\": \"020202\"";
    let hex_root = hex::encode(root);
    let edits = [
        ("\"from\": 1".to_owned(), "\"from\": 2".to_owned(), another),
        ("020202".to_owned(), "020203".to_owned(), outside),
        ("\"of\": 5".to_owned(), "\"of\": 6".to_owned(), ""),
        // Of the five examples those at 1 and 2: strata 1 and 0.
        ("\"stratum\": 1".to_owned(), "\"stratum\": 2".to_owned(), outside),
        (last.to_owned(), format!("{{ \"item\": \"030303\", \"stratum\": 1 }}, {last}"), another),
        (hex_root, hex::encode([1; 32]), another),
    ];
    for (from, to, reason) in edits {
        for shelf in Shelf::each() {
            let slice = ValidationSlice::cut(&validation(), 1, 2).expect("it is in it");
            shelf.published.put_validation(&slice).await.expect("it can be written");
            shelf.edit(&shelf.only().await, &from, &to).await;
            let found = falsehood(shelf.published.validation(&root, 1, 2).await);
            assert!(reason.is_empty() || found == reason, "{found}");
        }
    }
}

#[test]
fn a_slice_at_the_end_of_all_numbers_is_false_and_not_a_panic() {
    let mut slice = ValidationSlice::cut(&validation(), 0, 2).expect("it is in it");
    slice.from = u64::MAX;
    assert_eq!(slice.check(), Err("the range overflows".to_owned()));
    slice.from = 0;
    slice.of = u64::MAX;
    assert!(slice.check().is_err());
}
