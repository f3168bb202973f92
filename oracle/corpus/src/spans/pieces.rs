//! Texts as symbols that are words and what stands between them.
//!
//! A text is cut into its words (runs of letters and digits) and, between them, runs of white space and single other characters. All white
//! space is one symbol, so that a line end and a space are alike; everything else must agree to the letter.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Output;

/// What all white space is taken for.
const SPACE: &str = " ";
/// The number of a piece that no item has. [`Pieces::learn`] never gives it.
const UNKNOWN: u32 = u32::MAX;

/// A number for each piece that items have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    numbers: BTreeMap<String, u32>,
}

/// A text cut into pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// A number for each piece.
    pub symbols: Vec<u32>,
    /// Where each piece stands in the text, in bytes.
    pub ranges: Vec<Range<usize>>,
}

impl Pieces {
    /// The pieces of an item; new ones are given a number.
    pub fn learn(&mut self, text: &str) -> Cut {
        cut(text, |piece| self.number(piece))
    }

    /// The pieces of any other text; those that no item has equal none.
    pub fn encode(&self, text: &str) -> Cut {
        cut(text, |piece| self.numbers.get(piece).copied().unwrap_or(UNKNOWN))
    }

    fn number(&mut self, piece: &str) -> u32 {
        if let Some(number) = self.numbers.get(piece) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).expect("memory ends long before 2^32 pieces");
        self.numbers.insert(piece.to_owned(), number);
        number
    }
}

fn cut(text: &str, mut number: impl FnMut(&str) -> u32) -> Cut {
    let ranges = ranges(text);
    let compared = |range: &Range<usize>| {
        let piece = &text[range.clone()];
        if piece.starts_with(char::is_whitespace) { SPACE } else { piece }
    };
    let symbols = ranges.iter().map(|range| number(compared(range))).collect();
    Cut { symbols, ranges }
}

impl Cut {
    /// The pieces as an output, which may be cut anywhere between them.
    pub fn output(&self) -> Output {
        Output::tokens(&self.symbols)
    }

    /// The bytes of the text under some pieces in a row.
    pub fn bytes(&self, pieces: Range<usize>) -> Range<usize> {
        match self.ranges.get(pieces).and_then(|ranges| Some((ranges.first()?, ranges.last()?))) {
            Some((first, last)) => first.start..last.end,
            None => 0..0,
        }
    }
}

/// What a character belongs to: runs of one class are a piece, but for other characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Other,
}

fn class(character: char) -> Class {
    match character {
        _ if character.is_alphanumeric() => Class::Word,
        _ if character.is_whitespace() => Class::Space,
        _ => Class::Other,
    }
}

fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut last = Class::Other;
    for (start, character) in text.char_indices() {
        let (class, end) = (class(character), start + character.len_utf8());
        match ranges.last_mut().filter(|_| class == last && class != Class::Other) {
            Some(range) => range.end = end,
            None => ranges.push(start..end),
        }
        last = class;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::{SpanIndex, TraceSettings};

    #[test]
    fn a_text_is_its_pieces_one_after_the_other() {
        let text = "Né, a  ray—\nof light!";
        let cut = Pieces::default().learn(text);
        let pieces: Vec<&str> = cut.ranges.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(pieces, ["Né", ",", " ", "a", "  ", "ray", "—", "\n", "of", " ", "light", "!"]);
        assert_eq!(pieces.concat(), text);
        assert_eq!(&text[cut.bytes(3..6)], "a  ray");
        assert_eq!(cut.symbols[2], cut.symbols[4]);
        assert_eq!(cut.symbols[7], cut.symbols[9]);
    }

    #[test]
    fn a_span_is_found_across_another_line_end_and_ends_at_an_unknown_word() {
        let mut pieces = Pieces::default();
        let items = ["the rays that differ in\nrefrangibility", "and a bucket of whitewash"];
        let cuts: Vec<Cut> = items.iter().map(|item| pieces.learn(item)).collect();
        let symbols: Vec<&[u32]> = cuts.iter().map(|cut| cut.symbols.as_slice()).collect();
        let index = SpanIndex::new(&symbols).unwrap();
        let text = "we say that differ in refrangibility";
        let output = pieces.encode(text);
        let settings = TraceSettings { shortest: 3, smallest_weight: 1.0, most_occurrences: 2 };
        let found = index.trace(&output.output(), &settings, |_| String::new());
        assert_eq!(found.len(), 1);
        let bytes = output.bytes(found[0].start..found[0].start + found[0].length);
        assert_eq!(text[bytes].trim(), "that differ in refrangibility");
        assert_eq!(found[0].occurrences[0].item, 0);
    }
}
