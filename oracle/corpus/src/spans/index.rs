//! All training items as one sorted list of suffixes.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use libsais::SuffixArrayConstruction;

use super::{IndexError, Occurrence};

/// Stands after every item. No symbol of an output equals it.
const SEPARATOR: i32 = 0;
/// A symbol that occurs in no item.
pub(super) const UNKNOWN: i32 = -1;
/// Most symbols and separators of an index: positions are 32-bit numbers.
const LARGEST: usize = i32::MAX as usize;

/// The training text, ready to be searched.
///
/// # Units
/// Memory: 8 bytes per symbol and separator, that is 8 per byte of text where symbols are bytes and about 2 where they are tokens of four; 8 bytes
/// per distinct symbol; 4 per item. Making it takes about as much again for a moment.
pub struct SpanIndex {
    /// Distinct symbols, ascending. A symbol's number is its rank plus one.
    alphabet: Vec<u32>,
    /// How often each number occurs; [`SEPARATOR`] never.
    counts: Vec<u32>,
    /// Numbers of all items, a separator after each.
    text: Vec<i32>,
    /// Positions in `text`, sorted by what stands from there on.
    suffixes: Vec<i32>,
    /// Position of each item's first symbol.
    starts: Vec<u32>,
}

impl SpanIndex {
    /// Sorts the suffixes of `items`.
    ///
    /// # Errors
    /// If the items are longer than one index holds, or memory ran out.
    pub fn new<I: AsRef<[u32]>>(items: &[I]) -> Result<Self, IndexError> {
        let symbols = items.iter().map(|item| item.as_ref().len() + 1).sum();
        if symbols > LARGEST {
            return Err(IndexError::TooLong { symbols, largest: LARGEST });
        }
        let alphabet = alphabet(items);
        let mut index =
            Self { alphabet, counts: Vec::new(), text: Vec::new(), suffixes: Vec::new(), starts: Vec::new() };
        index.append(items, symbols);
        index.suffixes = sorted_suffixes(&mut index.text)?;
        Ok(index)
    }

    fn append<I: AsRef<[u32]>>(&mut self, items: &[I], symbols: usize) {
        self.counts = vec![0; self.alphabet.len() + 1];
        self.text.reserve_exact(symbols);
        for item in items {
            self.starts.push(self.text.len() as u32);
            for symbol in item.as_ref() {
                let number = self.number(*symbol);
                self.counts[number as usize] += 1;
                self.text.push(number);
            }
            self.text.push(SEPARATOR);
        }
    }

    /// The number of a symbol.
    pub(super) fn number(&self, symbol: u32) -> i32 {
        // At most as many as symbols of the text: they fit.
        self.alphabet.binary_search(&symbol).map_or(UNKNOWN, |rank| rank as i32 + 1)
    }

    /// `−ln` of a number's share of the training text. The number must be that of a symbol that occurs.
    pub(super) fn surprise(&self, number: i32) -> f64 {
        let total = self.text.len() - self.starts.len();
        -(f64::from(self.counts[number as usize]) / total as f64).ln()
    }

    /// Length of the longest beginning of `query` that occurs.
    pub(super) fn longest_match(&self, query: &[i32]) -> usize {
        // The suffixes most like the query stand on both sides of where it would stand itself.
        let rank = self.suffixes.partition_point(|suffix| self.suffix(*suffix) < query);
        let around = rank.saturating_sub(1)..(rank + 1).min(self.suffixes.len());
        self.suffixes[around].iter().map(|suffix| common_beginning(self.suffix(*suffix), query)).max().unwrap_or(0)
    }

    /// Ranks of the suffixes that begin with `span`.
    pub(super) fn ranks(&self, span: &[i32]) -> Range<usize> {
        let compare = |suffix: i32| {
            let suffix = self.suffix(suffix);
            suffix[..span.len().min(suffix.len())].cmp(span)
        };
        let start = self.suffixes.partition_point(|suffix| compare(*suffix) == Ordering::Less);
        let length = self.suffixes[start..].partition_point(|suffix| compare(*suffix) == Ordering::Equal);
        start..start + length
    }

    /// The first `most` places of the suffixes at `ranks`, in order.
    pub(super) fn occurrences(&self, ranks: Range<usize>, most: usize) -> Vec<Occurrence> {
        let mut first = BinaryHeap::with_capacity(most + 1);
        for position in &self.suffixes[ranks] {
            first.push(*position);
            if first.len() > most {
                first.pop();
            }
        }
        first.into_sorted_vec().into_iter().map(|position| self.occurrence(position)).collect()
    }

    fn occurrence(&self, position: i32) -> Occurrence {
        let position = position as u32;
        let item = self.starts.partition_point(|start| *start <= position) - 1;
        Occurrence { item, offset: (position - self.starts[item]) as usize }
    }

    fn suffix(&self, position: i32) -> &[i32] {
        &self.text[position as usize..]
    }
}

fn alphabet<I: AsRef<[u32]>>(items: &[I]) -> Vec<u32> {
    let mut alphabet = std::collections::BTreeSet::new();
    for item in items {
        alphabet.extend(item.as_ref());
    }
    alphabet.into_iter().collect()
}

fn sorted_suffixes(text: &mut [i32]) -> Result<Vec<i32>, IndexError> {
    let symbols = text.len();
    if symbols == 0 {
        return Ok(Vec::new());
    }
    let construction = SuffixArrayConstruction::for_text_mut(text).in_owned_buffer32().single_threaded();
    let sorted = construction.run().map_err(|error| IndexError::Sort { symbols, reason: error.to_string() })?;
    Ok(sorted.into_vec())
}

fn common_beginning(one: &[i32], other: &[i32]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}
