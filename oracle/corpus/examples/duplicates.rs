//! Prints how many planted copies the searches find, as tables: `cargo run --package corpus --example duplicates`.

#[path = "../tests/corpus/planted.rs"]
mod planted;

use std::time::Instant;

use corpus::duplicates::Settings;
use corpus::duplicates::shingles::Shingles;
use corpus::duplicates::vectors::Measure;
use planted::{Change, Found, accused, digits, find_images, find_shifted, find_sketches, find_texts, paragraphs};

fn main() {
    let texts = paragraphs();
    println!("\n{} paragraphs and as many copies; kept settings are {:?}\n", texts.len(), Settings::default().text);
    head("shingles | threshold | change");
    for shingles in [Shingles::Words(2), Shingles::Words(3), Shingles::Characters(8)] {
        for threshold in [0.2, 0.3, 0.4, 0.5] {
            text_rows(&texts, shingles, threshold);
        }
    }
    let images = digits();
    println!(
        "\n{} images of 8 by 8 and as many copies; kept settings are {:?}\n",
        images.len(),
        Settings::default().images
    );
    head("measure | threshold | noise of 16 grey values");
    for measure in [Measure::Cosine, Measure::Correlation] {
        for threshold in [0.98, 0.985, 0.99, 0.995] {
            image_rows(&images, measure, threshold);
        }
    }
    println!("\nthe same images and as many shifted copies; kept settings are {:?}\n", Settings::default().shifts);
    head("looked for | threshold | shifted by, noise");
    for most in [1, 2] {
        for threshold in [0.98, 0.985, 0.99, 0.995] {
            shifted_rows(&images, most, threshold);
        }
    }
    println!(
        "\n1000 sketches of 256 numbers and as many copies\n\n| mean cosine | threshold | found | others |\n|---|---|---|---|"
    );
    for (cosine, threshold) in [(0.99, 0.98), (0.95, 0.9), (0.9, 0.85), (0.8, 0.7)] {
        let (found, others) = find_sketches(1000, cosine, threshold);
        println!("| {cosine} | {threshold} | {found} | {others} |");
    }
}

fn head(columns: &str) {
    println!("| {columns} | recall | precision | originals accused | seconds |\n|---|---|---|---|---|---|---|");
}

fn text_rows(texts: &[String], shingles: Shingles, threshold: f64) {
    let mut settings = Settings::default();
    (settings.text.shingles, settings.text.threshold) = (shingles, threshold);
    let shares = [0.05, 0.1, 0.2];
    let changes = shares.map(Change::Dropout).into_iter().chain(shares.map(Change::Substitution));
    for change in std::iter::once(Change::None).chain(changes) {
        row(&format!("{shingles:?} | {threshold} | {change:?}"), || find_texts(texts, change, &settings));
    }
}

fn image_rows(images: &[(Vec<u8>, u16)], measure: Measure, threshold: f64) {
    let mut settings = Settings::default();
    (settings.images.measure, settings.images.threshold) = (measure, threshold);
    for noise in [0.0, 0.25, 0.5, 1.0, 2.0] {
        row(&format!("{measure:?} | {threshold} | {noise}"), || find_images(images, noise, &settings));
    }
}

fn shifted_rows(images: &[(Vec<u8>, u16)], most: usize, threshold: f64) {
    let mut settings = Settings::default();
    (settings.shifts.most, settings.shifts.threshold) = (most, threshold);
    println!("| {most} | {threshold} | nothing planted | | | {} | |", accused(images, &settings));
    for planted in [(1, 0.0), (1, 0.5), (1, 1.0), (2, 0.0), (2, 0.5)] {
        row(&format!("{most} | {threshold} | {planted:?}"), || find_shifted(images, planted, &settings));
    }
}

fn row(case: &str, measure: impl FnOnce() -> Found) {
    let start = Instant::now();
    let Found { recall, precision, false_originals } = measure();
    let seconds = start.elapsed().as_secs_f64();
    println!("| {case} | {recall:.4} | {precision:.4} | {false_originals} | {seconds:.2} |");
}
