//! How much of what was planted the searches find with their default settings. `examples/duplicates.rs` prints the whole tables.

use corpus::duplicates::Settings;
use corpus::duplicates::shingles::jaccard;
use corpus::duplicates::text::{TextSettings, near_texts};

use crate::planted::{
    Change, Found, accused, changed, digits, find_images, find_shifted, find_sketches, find_texts, paragraphs,
};

/// Paragraphs that repeat earlier ones of the same book: an observation of *Opticks* told three times, a definition told twice.
const REPEATED_PARAGRAPHS: usize = 5;

fn assert_found(case: &str, found: Found, recall: f64, precision: f64) {
    assert!(found.recall >= recall, "{case}: {found:?}");
    assert!(found.precision >= precision, "{case}: {found:?}");
}

#[test]
fn copies_of_paragraphs_are_found_though_a_fifth_of_their_words_changed() {
    let texts = paragraphs();
    let cases = [
        (Change::None, 0.99),
        (Change::Dropout(0.05), 0.99),
        (Change::Dropout(0.1), 0.99),
        (Change::Dropout(0.2), 0.98),
        (Change::Substitution(0.05), 0.99),
        (Change::Substitution(0.1), 0.99),
        (Change::Substitution(0.2), 0.95),
    ];
    for (change, recall) in cases {
        let found = find_texts(&texts, change, &Settings::default());
        assert_found(&format!("{change:?}"), found, recall, 0.99);
        assert!(found.false_originals <= REPEATED_PARAGRAPHS, "{change:?}: {found:?}");
    }
}

#[test]
fn the_search_misses_few_pairs_that_comparing_all_with_all_would_find() {
    let (texts, settings) = (paragraphs(), TextSettings::default());
    let texts: Vec<String> = texts.into_iter().take(300).collect();
    let copies = changed(&texts, Change::Substitution(0.2));
    let all: Vec<&str> = texts.iter().chain(&copies).map(String::as_str).collect();
    let sets: Vec<Vec<u64>> = all.iter().map(|text| settings.shingles.of(text)).collect();
    let alike = |first: usize, second: usize| jaccard(&sets[first], &sets[second]) >= settings.threshold;
    let pairs: usize = (0..all.len()).map(|second| (0..second).filter(|first| alike(*first, second)).count()).sum();
    let found = near_texts(&all, &settings).unwrap().len();
    assert!(pairs > 250 && found <= pairs && 100 * found >= 98 * pairs, "{found} of {pairs}");
}

#[test]
fn copies_of_digits_are_found_under_noise_of_one_grey_value_in_sixteen() {
    let images = digits();
    for (noise, recall) in [(0.0, 0.99), (0.25, 0.99), (0.5, 0.99), (1.0, 0.93)] {
        let found = find_images(&images, noise, &Settings::default());
        assert_found(&format!("noise {noise}"), found, recall, 0.98);
    }
}

#[test]
fn copies_of_digits_are_found_though_they_are_shifted_by_a_pixel_or_two() {
    let images = digits();
    for (shift, noise, recall) in [(1, 0.0, 0.98), (1, 1.0, 0.91), (2, 0.5, 0.98)] {
        let found = find_shifted(&images, (shift, noise), &Settings::default());
        assert_found(&format!("shifted by {shift}, noise {noise}"), found, recall, 0.97);
    }
}

#[test]
fn few_of_the_digits_are_said_to_repeat_another_though_they_may_be_shifted() {
    let images = digits();
    let accused = accused(&images, &Settings::default());
    assert!(100 * accused <= images.len(), "{accused} of {}", images.len());
}

#[test]
fn copies_of_sketches_are_found_at_a_cosine_of_nine_tenths() {
    let (found, others) = find_sketches(500, 0.9, 0.8);
    // The bands miss one in 220 at this angle.
    assert!(found >= 490, "{found} of 500");
    assert_eq!(others, 0);
}
