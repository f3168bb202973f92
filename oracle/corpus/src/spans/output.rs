//! What is traced, and where spans of it may begin and end.

/// An output as symbols, with the places where it may be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub(super) symbols: Vec<u32>,
    /// Whether a span may begin or end before the symbol of the same rank, or, last, at the end.
    pub(super) cuts: Vec<bool>,
}

impl Output {
    /// Tokens, with cuts everywhere.
    pub fn tokens(tokens: &[u32]) -> Self {
        Self { symbols: tokens.to_vec(), cuts: vec![true; tokens.len() + 1] }
    }

    /// Tokens, with cuts only before those that `begins_word` accepts, and at both ends.
    pub fn tokens_of_words(tokens: &[u32], begins_word: impl Fn(u32) -> bool) -> Self {
        let mut cuts: Vec<bool> = tokens.iter().map(|token| begins_word(*token)).collect();
        cuts.push(true);
        cuts[0] = true;
        Self { symbols: tokens.to_vec(), cuts }
    }

    /// Bytes of a text, with cuts where a word begins or ends, and at both ends.
    pub fn bytes(text: &str) -> Self {
        let mut cuts = vec![false; text.len() + 1];
        let mut in_word = false;
        for (at, character) in text.char_indices() {
            cuts[at] = character.is_alphanumeric() != in_word;
            in_word = character.is_alphanumeric();
        }
        cuts[0] = true;
        cuts[text.len()] = true;
        Self { symbols: byte_symbols(text), cuts }
    }
}

/// Bytes of a text as symbols.
pub fn byte_symbols(text: &str) -> Vec<u32> {
    text.bytes().map(u32::from).collect()
}

/// The text of symbols that are bytes. What is no UTF-8, and symbols that are no bytes, show as U+FFFD.
pub fn bytes_as_text(symbols: &[u32]) -> String {
    // 0xff is in no UTF-8 text.
    let bytes: Vec<u8> = symbols.iter().map(|symbol| u8::try_from(*symbol).unwrap_or(0xff)).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(output: &Output) -> Vec<usize> {
        (0..output.cuts.len()).filter(|at| output.cuts[*at]).collect()
    }

    #[test]
    fn a_text_is_cut_at_words_and_never_inside_a_character() {
        assert_eq!(cuts(&Output::bytes("né, a")), [0, 3, 5, 6]);
        assert_eq!(cuts(&Output::bytes("")), [0]);
        assert_eq!(bytes_as_text(&byte_symbols("né, a")), "né, a");
    }

    #[test]
    fn tokens_are_cut_before_those_that_begin_a_word() {
        assert_eq!(cuts(&Output::tokens_of_words(&[5, 10, 6, 11], |token| token >= 10)), [0, 1, 3, 4]);
        assert_eq!(cuts(&Output::tokens_of_words(&[], |_| false)), [0]);
    }
}
