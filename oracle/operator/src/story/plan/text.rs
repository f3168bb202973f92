//! Two books: a passage is some words of a paragraph. The base's contributors have passages of the first, the adapter's of the second.
//! A prompt is the beginning of a passage that nobody contributed, and its end the true answer.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use influence::language::{Answered, Text};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rules::item::text_item;

use super::{AdapterPlan, Batch, Conduct, Plan, Size, calls};
use crate::{inputs::texts::item_of, published::ValidationExample, story::subject::Subject};

/// Words of a passage.
const WORDS: usize = 28;
/// Of them, those that a prompt has.
const ASKED: usize = 16;
/// Passages of the honest contributions.
const HONEST_SIZES: [usize; 6] = [12, 20, 32, 48, 64, 96];
/// Passages with wrong answers, and passages of noise.
const BAD_SIZE: usize = 40;
/// The honest contribution that the copier resubmits.
const COPIED_SIZE: usize = 32;
/// The honest contribution that an annotator helped with.
const SHARED: &str = "honest-64";
/// Questions that each round consumes.
const VALIDATION_PER_ROUND: usize = 80;
/// Passages that payers ask about.
const ASKED_ABOUT: usize = 120;
/// Paid calls of each epoch.
const CALLS_PER_EPOCH: usize = 120;
/// Sizes of the contributions that the adapter is made from.
const ADAPTING_SIZES: [usize; 2] = [24, 48];
/// Paid calls of the adapter's epoch.
const ADAPTER_CALLS: usize = 80;

/// The texts of the story.
#[derive(Clone, Debug)]
pub struct Books {
    first: Vec<Passage>,
    second: Vec<Passage>,
}

/// Some words of a paragraph, and in which half of its book it stands.
#[derive(Clone, Debug)]
struct Passage {
    words: Vec<String>,
    half: u16,
}

impl Books {
    /// Reads `opticks.txt` and `sawyer.txt` of a folder.
    ///
    /// # Errors
    /// Names the file.
    pub fn load(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok::<_, anyhow::Error>(passages(&text))
        };
        Ok(Self { first: read("opticks.txt")?, second: read("sawyer.txt")? })
    }
}

fn passages(text: &str) -> Vec<Passage> {
    let text = text.replace("\r\n", "\n");
    let middle = text.len() / 2;
    let mut passages = Vec::new();
    let mut place = 0;
    for paragraph in text.split("\n\n") {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        for words in words.chunks_exact(WORDS) {
            let half = u16::from(place > middle);
            passages.push(Passage { words: words.iter().map(|word| (*word).to_owned()).collect(), half });
        }
        place += paragraph.len() + 2;
    }
    passages
}

impl Passage {
    fn item(&self) -> Vec<u8> {
        item_of(&Text::Whole(self.words.join(" ")))
    }

    fn prompt(&self) -> Vec<u8> {
        text_item(&self.words[..ASKED].join(" "))
    }

    fn question(&self, answer: impl Iterator<Item = String>) -> Vec<u8> {
        let answer: String = answer.flat_map(|word| [" ".to_owned(), word]).collect();
        item_of(&Text::Answered(Answered { prompt: self.words[..ASKED].join(" "), answer }))
    }

    /// The stratum is the half of the book.
    fn example(&self) -> ValidationExample {
        ValidationExample::new(&self.question(self.words[ASKED..].iter().cloned()), self.half)
    }

    /// The true beginning, and an end whose words are spelled backwards.
    fn wrong(&self) -> Vec<u8> {
        self.question(self.words[ASKED..].iter().map(|word| word.chars().rev().collect()))
    }
}

impl Plan {
    /// Draws a plan from books.
    ///
    /// # Errors
    /// If they are too short.
    pub fn draw_texts(books: &Books, size: Size) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(size.seed);
        let validating = VALIDATION_PER_ROUND * size.rounds();
        let honest: usize = HONEST_SIZES.iter().sum();
        let mut passages = drawn(&books.first, honest + BAD_SIZE + validating + ASKED_ABOUT, &mut rng)?;
        let asked = passages.split_off(honest + BAD_SIZE + validating);
        let validation = passages.split_off(honest + BAD_SIZE);
        let batches = batches(passages, &mut rng);
        let prompts: Vec<Vec<u8>> = asked.iter().map(Passage::prompt).collect();
        let base_calls = (0..size.epochs).map(|_| calls(&prompts, CALLS_PER_EPOCH, &mut rng)).collect();
        Ok(Self {
            subject: Subject::Text,
            batches,
            shared: SHARED,
            validation: validation.iter().map(Passage::example).collect(),
            validation_per_round: VALIDATION_PER_ROUND,
            calls: base_calls,
            adapter: adapter(&books.second, &mut rng)?,
        })
    }
}

fn drawn(book: &[Passage], count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Passage>> {
    let available = book.len();
    ensure!(available >= count, "the story needs {count} passages and a book has {available}: ask for fewer epochs");
    let mut passages = book.to_vec();
    passages.shuffle(rng);
    passages.truncate(count);
    Ok(passages)
}

fn adapter(book: &[Passage], rng: &mut ChaCha8Rng) -> Result<AdapterPlan> {
    let adapting: usize = ADAPTING_SIZES.iter().sum();
    let mut passages = drawn(book, adapting + VALIDATION_PER_ROUND + ASKED_ABOUT, rng)?;
    let asked = passages.split_off(adapting + VALIDATION_PER_ROUND);
    let validation = passages.split_off(adapting);
    let batch = |&size: &usize| Batch {
        name: format!("sawyer-{size}"),
        conduct: Conduct::Adapting,
        items: passages.drain(..size).map(|passage| passage.item()).collect(),
    };
    let batches = ADAPTING_SIZES.iter().map(batch).collect();
    let prompts: Vec<Vec<u8>> = asked.iter().map(Passage::prompt).collect();
    let validation = validation.iter().map(Passage::example).collect();
    Ok(AdapterPlan { batches, validation, calls: calls(&prompts, ADAPTER_CALLS, rng) })
}

fn batches(mut passages: Vec<Passage>, rng: &mut ChaCha8Rng) -> Vec<Batch> {
    let mut batches: Vec<Batch> = HONEST_SIZES
        .iter()
        .map(|&size| Batch {
            name: format!("honest-{size}"),
            conduct: Conduct::Honest,
            items: passages.drain(..size).map(|passage| passage.item()).collect(),
        })
        .collect();
    let copied = batches.iter().find(|batch| batch.items.len() == COPIED_SIZE);
    let copied = copied.map(|batch| batch.items.clone()).unwrap_or_default();
    let wrong = passages.iter().map(Passage::wrong).collect();
    let noise = (0..BAD_SIZE).map(|_| noise(rng)).collect();
    batches.push(Batch { name: "wrong-answers".to_owned(), conduct: Conduct::Wrong, items: wrong });
    batches.push(Batch { name: "noise".to_owned(), conduct: Conduct::Noise, items: noise });
    batches.push(Batch { name: "copier".to_owned(), conduct: Conduct::Copy, items: copied });
    batches
}

/// Words of random letters.
fn noise(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut word = || (0..rng.random_range(2..9)).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect();
    let words: Vec<String> = (0..WORDS).map(|_| word()).collect();
    item_of(&Text::Whole(words.join(" ")))
}
