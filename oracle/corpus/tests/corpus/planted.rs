//! Copies planted among originals, and how many of them are found. The tests and the example share it.

use std::io::Read;
use std::path::{Path, PathBuf};

use compute::random::{Random, Stream};
use corpus::duplicates::vectors::{Measure, Rows, Values, VectorSettings, near_vectors};
use corpus::duplicates::{Duplicate, Item, Place, Settings, find};
use flate2::read::GzDecoder;
use rules::item::{image_item, text_item};

/// Seed of all changes.
const SEED: u64 = 20;
/// Shorter paragraphs are left out: headings, figures and the short answers of dialogue.
const FEWEST_WORDS: usize = 20;
/// Side of an image.
const SIDE: u16 = 8;
/// Numbers in a sketch.
const SKETCH: usize = 256;
/// Brightest grey value of an image.
const BRIGHTEST: f64 = 16.0;

/// How a copy differs from its original.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Not at all.
    None,
    /// Each word is left out with this probability.
    Dropout(f32),
    /// Each word gives way to a random one of the same texts with this probability.
    Substitution(f32),
}

/// What was found of planted copies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Copies whose original was named, of all copies.
    pub recall: f64,
    /// Of all items called duplicates, the copies whose original was named.
    pub precision: f64,
    /// Originals that are called duplicates of one another.
    pub false_originals: usize,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name)
}

/// Paragraphs of the two books that are long enough.
pub fn paragraphs() -> Vec<String> {
    let mut paragraphs = Vec::new();
    for book in ["opticks.txt", "sawyer.txt"] {
        let text = std::fs::read_to_string(data(book)).expect("the books are kept in data/");
        let long = text.split("\n\n").filter(|paragraph| paragraph.split_whitespace().count() >= FEWEST_WORDS);
        paragraphs.extend(long.map(str::to_owned));
    }
    paragraphs
}

/// A changed copy of each text.
pub fn changed(texts: &[String], change: Change) -> Vec<String> {
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    let mut random = Random::new(SEED, Stream::Subsets);
    texts.iter().map(|text| changed_text(text, change, &words, &mut random)).collect()
}

fn changed_text(text: &str, change: Change, words: &[&str], random: &mut Random) -> String {
    let of_word = |word| match change {
        Change::Dropout(share) if random.unit() < share => None,
        Change::Substitution(share) if random.unit() < share => Some(words[random.below(words.len() as u32) as usize]),
        _ => Some(word),
    };
    match change {
        Change::None => text.to_owned(),
        _ => text.split_whitespace().filter_map(of_word).collect::<Vec<_>>().join(" "),
    }
}

/// Plants a changed copy of each text behind the texts and looks for them.
pub fn find_texts(texts: &[String], change: Change, settings: &Settings) -> Found {
    let copies = changed(texts, change);
    let canonical: Vec<Vec<u8>> = texts.iter().chain(&copies).map(|text| text_item(text)).collect();
    found(texts.len(), &search(&canonical, settings))
}

/// Grey values of the images, row by row, and their labels.
pub fn digits() -> Vec<(Vec<u8>, u16)> {
    let file = std::fs::File::open(data("digits.csv.gz")).expect("the digits are kept in data/");
    let mut lines = String::new();
    GzDecoder::new(file).read_to_string(&mut lines).expect("the digits are packed with gzip");
    lines.lines().map(digit).collect()
}

fn digit(line: &str) -> (Vec<u8>, u16) {
    let mut numbers: Vec<u8> =
        line.split(',').map(|number| number.parse().expect("digits are whole numbers")).collect();
    let label = numbers.pop().expect("the last number is the label");
    (numbers, u16::from(label))
}

/// Plants a copy of each image, with normal noise of this standard deviation on every grey value, and looks for them.
pub fn find_images(images: &[(Vec<u8>, u16)], noise: f64, settings: &Settings) -> Found {
    let mut random = Random::new(SEED, Stream::Subsets);
    let copies: Vec<_> = images.iter().map(|(pixels, label)| (noisy(pixels, noise, &mut random), *label)).collect();
    let canonical =
        |(pixels, label): &(Vec<u8>, u16)| image_item(SIDE, SIDE, pixels, *label).expect("all pixels are there");
    let canonical: Vec<Vec<u8>> = images.iter().chain(&copies).map(canonical).collect();
    found(images.len(), &search(&canonical, settings))
}

/// Plants a copy of each image, shifted by up to `most` pixels each way and at least one, with noise as in [`find_images`], and looks for them.
pub fn find_shifted(images: &[(Vec<u8>, u16)], (most, noise): (u32, f64), settings: &Settings) -> Found {
    let mut random = Random::new(SEED, Stream::Subsets);
    let copies: Vec<_> = images
        .iter()
        .map(|(pixels, label)| (noisy(&shifted(pixels, most, &mut random), noise, &mut random), *label))
        .collect();
    let canonical =
        |(pixels, label): &(Vec<u8>, u16)| image_item(SIDE, SIDE, pixels, *label).expect("all pixels are there");
    let canonical: Vec<Vec<u8>> = images.iter().chain(&copies).map(canonical).collect();
    found(images.len(), &search(&canonical, settings))
}

/// Moved by up to `most` pixels to the right and down, or back, but not left as it is; what comes in is blank.
fn shifted(pixels: &[u8], most: u32, random: &mut Random) -> Vec<u8> {
    let (side, most) = (i64::from(SIDE), i64::from(most));
    let mut step = || i64::from(random.below(2 * most as u32 + 1)) - most;
    let (right, down) = std::iter::repeat_with(|| (step(), step())).find(|shift| *shift != (0, 0)).expect("endless");
    let inside = |at: i64| (0..side).contains(&at);
    let pixel = |line: i64, column: i64| match (line - down, column - right) {
        (line, column) if inside(line) && inside(column) => pixels[(line * side + column) as usize],
        _ => 0,
    };
    (0..side)
        .flat_map(|line| (0..side).map(move |column| (line, column)))
        .map(|(line, column)| pixel(line, column))
        .collect()
}

/// How many of the images are said to repeat another one, though none was planted.
pub fn accused(images: &[(Vec<u8>, u16)], settings: &Settings) -> usize {
    let canonical = |(pixels, label): &(Vec<u8>, u16)| image_item(SIDE, SIDE, pixels, *label).expect("all pixels");
    search(&images.iter().map(canonical).collect::<Vec<_>>(), settings).len()
}

fn noisy(pixels: &[u8], noise: f64, random: &mut Random) -> Vec<u8> {
    let change = |pixel: &u8| (f64::from(*pixel) + noise * random.normal()).round().clamp(0.0, BRIGHTEST) as u8;
    pixels.iter().map(change).collect()
}

/// Plants a copy of each of `count` random sketches of 256 whole numbers, at this cosine in the mean, and looks for links of at least `threshold`:
/// the copies found, and how many links join others.
pub fn find_sketches(count: usize, cosine: f64, threshold: f64) -> (usize, usize) {
    let mut random = Random::new(SEED, Stream::Subsets);
    let noise = (1.0 / (cosine * cosine) - 1.0).sqrt();
    let mut sketches = || (0..SKETCH * count).map(|_| random.normal()).collect::<Vec<_>>();
    let (first, other) = (sketches(), sketches());
    let copies = first.iter().zip(&other).map(|(value, other)| value + noise * other);
    let whole = |value: f64| (20.0 * value).round().clamp(-127.0, 127.0) as i8;
    let values: Vec<i8> = first.iter().copied().chain(copies).map(whole).collect();
    let settings = VectorSettings { measure: Measure::Cosine, threshold, ..VectorSettings::default() };
    let rows = Rows { dimension: SKETCH, values: Values::Integers(&values) };
    let links = near_vectors(&rows, &settings).expect("the settings are in range");
    let right = links.iter().filter(|link| link.first + count == link.second).count();
    (right, links.len() - right)
}

/// Duplicates among items of which each is committed after those before it.
fn search(canonical: &[Vec<u8>], settings: &Settings) -> Vec<Duplicate> {
    let place = |rank: usize| Place { committed_at: rank as u64, contribution: 0, index: 0 };
    let item = |(rank, canonical)| Item { place: place(rank), canonical: Vec::as_slice(canonical) };
    let items: Vec<Item<'_>> = canonical.iter().enumerate().map(item).collect();
    find(&items, settings).expect("the settings are in range")
}

/// Item `n + k` is the copy of item `k`.
fn found(originals: usize, duplicates: &[Duplicate]) -> Found {
    let right = duplicates.iter().filter(|one| one.original + originals == one.item).count() as f64;
    Found {
        recall: right / originals as f64,
        precision: right / (duplicates.len().max(1)) as f64,
        false_originals: duplicates.iter().filter(|one| one.item < originals).count(),
    }
}
