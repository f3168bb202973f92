//! `oracle cite`: where the words of an output stand in the training text.
//!
//! Spans of an output that stand word for word in some item are its citations, rarest first in mind: a span is told if the words in it are rare
//! enough together. Beside them, as a second opinion, stand the items that match the output best by their words (BM25). **Neither is part of
//! pay**: what stands verbatim need not be where a model has it from, and most of what it learned it says in other words.

mod page;
pub mod texts;

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::Table;
use compute::persist;
use corpus::{
    bm25::{Bm25, Parameters},
    spans::{self, Cut, Pieces, SpanIndex, TraceSettings},
    words::Vocabulary,
};
use serde::Serialize;

pub use texts::{Texts, Training};

/// What citations are, and are not.
pub const NOTE: &str =
    "Citations show where words stand in the training text. They are no part of pay: influence decides that.";

/// How citations are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Which spans are told.
    pub spans: TraceSettings,
    /// Items named that match by their words.
    pub matches: usize,
}

/// Citations of outputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cited {
    /// [`NOTE`]
    pub note: &'static str,
    /// Items that were searched.
    pub items: usize,
    /// The outputs, in their order.
    pub outputs: Vec<CitedOutput>,
}

/// One output with its citations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CitedOutput {
    /// The output.
    pub text: String,
    /// Part of its bytes that stands in a citation.
    pub covered: f64,
    /// Parts of it that stand in training text, in its order.
    pub citations: Vec<Citation>,
    /// Items that match it best by their words.
    pub matches: Vec<Match>,
}

/// A part of an output that stands in training text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    /// The part.
    pub text: String,
    /// First byte of it in the output.
    pub start: usize,
    /// Byte after it.
    pub end: usize,
    /// How rare it is, in nats.
    pub weight: f64,
    /// How often it stands in the training text.
    pub occurrences: usize,
    /// The first places where it does.
    pub places: Vec<CitedPlace>,
}

/// A place in the training text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CitedPlace {
    /// Rank of the item, from 0.
    pub item: usize,
    /// Where the item stands.
    pub at: String,
    /// Its contribution, where somebody said.
    pub contribution: Option<String>,
    /// Byte of the item at which the part begins.
    pub byte: usize,
}

/// An item that shares words with an output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// Rank of the item, from 0.
    pub item: usize,
    /// Where the item stands.
    pub at: String,
    /// Its contribution, where somebody said.
    pub contribution: Option<String>,
    /// BM25.
    pub score: f64,
}

/// Training text, ready to be searched.
pub struct Library<'a> {
    training: &'a Training,
    pieces: Pieces,
    cuts: Vec<Cut>,
    index: SpanIndex,
    vocabulary: Vocabulary,
    bm25: Bm25,
}

impl<'a> Library<'a> {
    /// Indexes the training text.
    ///
    /// # Errors
    /// If it is too long for one index.
    pub fn new(training: &'a Training) -> Result<Self> {
        let (mut pieces, mut vocabulary) = (Pieces::default(), Vocabulary::new());
        let texts = &training.texts.texts;
        let cuts: Vec<Cut> = texts.iter().map(|text| pieces.learn(text)).collect();
        let symbols: Vec<&[u32]> = cuts.iter().map(|cut| cut.symbols.as_slice()).collect();
        let index = SpanIndex::new(&symbols)?;
        let words: Vec<Vec<u32>> = texts.iter().map(|text| vocabulary.learn(text)).collect();
        let bm25 = Bm25::new(&words, Parameters::default())?;
        Ok(Self { training, pieces, cuts, index, vocabulary, bm25 })
    }

    /// Citations of an output.
    pub fn cite(&self, text: &str, wanted: &Wanted) -> CitedOutput {
        let output = self.pieces.encode(text);
        let found = self.index.trace(&output.output(), &wanted.spans, |_| String::new());
        let citations: Vec<Citation> = found.into_iter().map(|found| self.citation(text, &output, found)).collect();
        let covered: usize = citations.iter().map(|citation| citation.end - citation.start).sum();
        CitedOutput {
            text: text.to_owned(),
            covered: covered as f64 / text.len().max(1) as f64,
            citations,
            matches: self.matches(text, wanted.matches),
        }
    }

    fn citation(&self, text: &str, output: &Cut, found: spans::Citation) -> Citation {
        let bytes = output.bytes(found.start..found.start + found.length);
        let span = &text[bytes.clone()];
        // White space at the ends was matched too, and says nothing.
        let start = bytes.start + (span.len() - span.trim_start().len());
        let skipped = start - bytes.start;
        Citation {
            text: span.trim().to_owned(),
            start,
            end: start + span.trim().len(),
            weight: found.weight,
            occurrences: found.occurrence_count,
            places: found.occurrences.iter().map(|place| self.place(place, usize::from(skipped > 0))).collect(),
        }
    }

    /// Where an occurrence stands, from `skipped` pieces after its first.
    fn place(&self, occurrence: &spans::Occurrence, skipped: usize) -> CitedPlace {
        let piece = occurrence.offset + skipped;
        let byte = self.cuts[occurrence.item].ranges.get(piece).map_or(0, |range| range.start);
        let (at, contribution) = self.training.shown(occurrence.item);
        CitedPlace { item: occurrence.item, at, contribution, byte }
    }

    fn matches(&self, text: &str, most: usize) -> Vec<Match> {
        let scores = self.bm25.scores(&self.vocabulary.encode(text));
        let mut order: Vec<usize> = (0..scores.len()).filter(|item| scores[*item] > 0.0).collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        let matched = |item: usize| {
            let (at, contribution) = self.training.shown(item);
            Match { item, at, contribution, score: scores[item] }
        };
        order.into_iter().take(most).map(matched).collect()
    }
}

/// Cites all outputs.
///
/// # Errors
/// If the training text is too long for one index.
pub fn cite(training: &Training, outputs: &Texts, wanted: &Wanted) -> Result<Cited> {
    let library = Library::new(training)?;
    let outputs = outputs.texts.iter().map(|text| library.cite(text, wanted)).collect();
    Ok(Cited { note: NOTE, items: training.texts.texts.len(), outputs })
}

impl Cited {
    /// For people.
    pub fn render(&self) -> String {
        let outputs: Vec<String> = self.outputs.iter().map(CitedOutput::render).collect();
        format!("{}\n{}", outputs.join("\n"), self.note)
    }

    /// Writes the outputs with their citations beside them as one page.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let page = page::page(self)?;
        persist::replace(path, |partial| std::fs::write(partial, &page))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

impl CitedOutput {
    fn render(&self) -> String {
        let mut table = Table::new();
        table.set_header(["cited", "nats", "times", "first in", "contribution"]);
        for citation in &self.citations {
            let first = citation.places.first();
            table.add_row([
                citation.text.clone(),
                format!("{:.0}", citation.weight),
                citation.occurrences.to_string(),
                first.map_or_else(String::new, |place| place.at.clone()),
                first.and_then(|place| place.contribution.clone()).unwrap_or_default(),
            ]);
        }
        let of = |one: &Match| one.contribution.as_ref().map_or(one.at.clone(), |name| format!("{} ({name})", one.at));
        let matches: Vec<String> = self.matches.iter().map(|one| format!("{} {:.1}", of(one), one.score)).collect();
        let said =
            if self.citations.is_empty() { "no part of it is rare and verbatim".to_owned() } else { table.to_string() };
        let share = 100.0 * self.covered;
        format!("{:?}\n{said}\n{share:.0} % of it cited; by words (BM25): {}\n", self.text, matches.join(", "))
    }
}
