//! Words of a text, and numbers for them.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

/// A text as it is compared: Unicode NFKC in lower case. Forms of letters that read alike become equal.
pub fn normalized(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The longest runs of letters and digits (the Unicode properties `Alphabetic` and `Number`), in order.
///
/// A script that puts no space between words gives one long word per sentence.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A number for each word, in the order in which the words were first seen, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    numbers: BTreeMap<String, u32>,
}

impl Vocabulary {
    /// A vocabulary without words.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it has no words.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Numbers of the normalised words of `text`; new words are taken in.
    pub fn learn(&mut self, text: &str) -> Vec<u32> {
        words(&normalized(text)).map(|word| self.number(word)).collect()
    }

    /// Numbers of those normalised words of `text` that are known. Others are left out.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        words(&normalized(text)).filter_map(|word| self.numbers.get(word).copied()).collect()
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).expect("memory ends long before 2^32 words");
        self.numbers.insert(word.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_punctuation_do_not_make_another_word() {
        let text = normalized("“Light, LIGHT — and ﬁre!”");
        assert_eq!(words(&text).collect::<Vec<_>>(), ["light", "light", "and", "fire"]);
    }

    #[test]
    fn words_are_numbered_as_they_come_and_unknown_ones_are_left_out() {
        let mut vocabulary = Vocabulary::new();
        assert_eq!(vocabulary.learn("The ray, the prism."), [0, 1, 0, 2]);
        assert_eq!(vocabulary.encode("prism of the RAY"), [2, 0, 1]);
        assert_eq!(vocabulary.len(), 3);
    }
}
