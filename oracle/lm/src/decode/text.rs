//! Text from tokens, as they come.

use crate::tokenizer::{Tokenizer, TokenizerError};

/// What stands for bytes that are no UTF-8.
const REPLACEMENT: char = '\u{FFFD}';
/// A character has four bytes at most, so that three may wait for the fourth.
const UNFINISHED: usize = 3;
/// Tokens of a window from which on its beginning is dropped, and those that stay: more than what may wait.
const LONGEST: usize = 32;
const KEPT: usize = 8;

/// Makes text of tokens one by one. What is given out is whole and does not change whatever comes: the bytes of a character that is spread
/// over tokens come with its last.
#[derive(Default)]
pub struct Detokenizer {
    /// Tokens whose text is not settled, after some that are, since a token's text may depend on those before it.
    window: Vec<u32>,
    /// Tokens of the window that were settled when it last was settled whole.
    settled: usize,
    /// Bytes of the window's text that were given out.
    given: usize,
}

impl Detokenizer {
    /// What is settled by one more token.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn push(&mut self, tokenizer: &Tokenizer, token: u32) -> Result<String, TokenizerError> {
        self.window.push(token);
        let text = tokenizer.decode(&self.window)?;
        let end = settled_end(&text);
        let piece = self.after_given(&text, end);
        if end < text.len() {
            self.given = self.given.max(end);
            self.shorten(tokenizer)?;
        } else if piece.is_empty() {
            // A token without text, as the one that ends an answer, tells nothing about what follows.
            self.window.pop();
        } else {
            self.window.drain(..self.settled);
            self.settled = self.window.len();
            self.given = tokenizer.decode(&self.window)?.len();
        }
        Ok(piece)
    }

    /// Drops the beginning of a window that is never settled whole, as of bytes that are no characters.
    fn shorten(&mut self, tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
        if self.window.len() > LONGEST {
            self.window.drain(..self.window.len() - KEPT);
            self.settled = 0;
            self.given = settled_end(&tokenizer.decode(&self.window)?);
        }
        Ok(())
    }

    /// What waited for more, after the last token.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn finish(&mut self, tokenizer: &Tokenizer) -> Result<String, TokenizerError> {
        let text = tokenizer.decode(&self.window)?;
        let piece = self.after_given(&text, text.len());
        *self = Self::default();
        Ok(piece)
    }

    /// What of the text up to `end` was not given out. A tokenizer that changes its mind about text given out cannot be followed back: then
    /// what follows at the next character is given.
    fn after_given(&self, text: &str, end: usize) -> String {
        let start = (self.given..end).find(|start| text.is_char_boundary(*start)).unwrap_or(end);
        text[start..end].to_owned()
    }
}

/// Bytes of a text that do not change whatever follows: all but replacements at its end, which may be the first bytes of a character.
fn settled_end(text: &str) -> usize {
    let unfinished = text.chars().rev().take(UNFINISHED).take_while(|last| *last == REPLACEMENT).count();
    text.len() - unfinished * REPLACEMENT.len_utf8()
}

/// Looks for sequences that end a text, in text that comes in pieces. What may be the beginning of one is held back; the sequence itself and
/// what follows it are never given out.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    sequences: Vec<String>,
    held: String,
}

/// What came out of [`Stops`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Text that no sequence can take back.
    pub text: String,
    /// Whether a sequence was found, so that this is the end.
    pub is_stopped: bool,
}

impl Stops {
    /// Looks for these; empty ones are never found.
    pub fn new(mut sequences: Vec<String>) -> Self {
        sequences.retain(|sequence| !sequence.is_empty());
        Self { sequences, held: String::new() }
    }

    /// What passes after one more piece: up to the sequence that begins first, if there is one.
    pub fn push(&mut self, piece: &str) -> Passed {
        self.held.push_str(piece);
        let found = self.sequences.iter().filter_map(|sequence| self.held.find(sequence)).min();
        if let Some(start) = found {
            let mut text = std::mem::take(&mut self.held);
            text.truncate(start);
            return Passed { text, is_stopped: true };
        }
        let rest = self.held.split_off(self.passing());
        Passed { text: std::mem::replace(&mut self.held, rest), is_stopped: false }
    }

    /// What was held back, after the last piece.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Bytes before the first place from which all that is held may be the beginning of a sequence.
    fn passing(&self) -> usize {
        let longest = self.sequences.iter().map(String::len).max().unwrap_or(0);
        let first = (self.held.len() + 1).saturating_sub(longest.max(1));
        let may_begin = |start: &usize| {
            let rest = &self.held.as_bytes()[*start..];
            self.sequences.iter().any(|sequence| sequence.as_bytes().starts_with(rest))
        };
        (first..self.held.len()).find(may_begin).unwrap_or(self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tokenizer that knows bytes and the few pairs of its text.
    fn tokenizer() -> Tokenizer {
        Tokenizer::learn(&["the ray of light and the ray of shade".to_owned()], 270).expect("learned")
    }

    /// The tokens of bytes, one for each.
    fn bytes(tokenizer: &Tokenizer, text: &[u8]) -> Vec<u32> {
        // A byte-level alphabet writes each byte as one printable character, which is one token.
        let alphabet: Vec<u32> = (0..256).collect();
        let of_byte = |byte: &u8| {
            let is_it = |token: &&u32| tokenizer.decode(&[**token]).is_ok_and(|text| text.as_bytes() == [*byte]);
            alphabet.iter().find(is_it).copied()
        };
        text.iter().map(|byte| of_byte(byte).expect("ASCII only")).collect()
    }

    fn pushed(tokenizer: &Tokenizer, tokens: &[u32]) -> (Vec<String>, String) {
        let mut detokenizer = Detokenizer::default();
        let pieces = tokens.iter().map(|token| detokenizer.push(tokenizer, *token).expect("decoded")).collect();
        (pieces, detokenizer.finish(tokenizer).expect("decoded"))
    }

    #[test]
    fn pieces_put_together_are_the_text_and_no_character_is_cut() {
        let tokenizer = tokenizer();
        for text in ["the ray of light", "né – 漢字 and 🦀🦀 of", "\u{FFFD}\u{FFFD}x", "", "ends with é"] {
            let tokens = tokenizer.encode(text, false).expect("encoded");
            let (pieces, rest) = pushed(&tokenizer, &tokens);
            assert_eq!(pieces.concat() + &rest, text);
            if !text.contains(REPLACEMENT) {
                assert!(rest.is_empty() && !pieces.iter().any(|piece| piece.contains(REPLACEMENT)), "{text}");
            }
        }
    }

    #[test]
    fn a_character_comes_with_its_last_byte() {
        let tokenizer = tokenizer();
        let tokens = tokenizer.encode("🦀", false).expect("encoded");
        assert_eq!(tokens.len(), 4, "nothing of it was learned");
        assert_eq!(pushed(&tokenizer, &tokens).0, ["", "", "", "🦀"]);
        // Without its end it is said at the end that it is none.
        let (pieces, rest) = pushed(&tokenizer, &tokens[..3]);
        assert_eq!((pieces.concat(), rest), (String::new(), REPLACEMENT.to_string()));
    }

    #[test]
    fn bytes_that_are_no_characters_do_not_hold_back_what_follows_them() {
        let tokenizer = tokenizer();
        let crab = tokenizer.encode("🦀", false).expect("encoded");
        // Only the last bytes of a character, again and again.
        let tokens: Vec<u32> = std::iter::repeat_n(crab[3], 40).chain(bytes(&tokenizer, b"ab")).collect();
        let (pieces, rest) = pushed(&tokenizer, &tokens);
        let text: String = pieces[..40].concat();
        assert!(text.chars().count() >= 37, "only three may wait");
        assert_eq!(pieces.concat() + &rest, tokenizer.decode(&tokens).expect("decoded"));
    }

    #[test]
    fn the_window_stays_short() {
        let tokenizer = tokenizer();
        let text = "the ray of light and é ".repeat(50);
        let mut detokenizer = Detokenizer::default();
        let mut found = String::new();
        for token in tokenizer.encode(&text, false).expect("encoded") {
            found += &detokenizer.push(&tokenizer, token).expect("decoded");
            assert!(detokenizer.window.len() <= 8);
        }
        assert_eq!(found, text);
    }

    fn passed(stops: &[&str], pieces: &[&str]) -> (Vec<String>, bool) {
        let mut stops = Stops::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
        let mut texts = Vec::new();
        for piece in pieces {
            let passed = stops.push(piece);
            texts.push(passed.text);
            if passed.is_stopped {
                return (texts, true);
            }
        }
        texts.push(stops.finish());
        (texts, false)
    }

    #[test]
    fn a_stop_over_several_pieces_is_found_and_not_given_out() {
        assert_eq!(
            passed(&["\n\nQ:"], &["so", "\n", "\nQ", ": no"]),
            (vec!["so".into(), "".into(), "".into(), "".into()], true)
        );
        assert_eq!(passed(&["stop"], &["a s", "top b"]), (vec!["a ".into(), "".into()], true));
        assert_eq!(passed(&["stop"], &["stop"]), (vec!["".into()], true));
    }

    #[test]
    fn what_only_seemed_to_begin_a_stop_comes_later() {
        assert_eq!(passed(&["stop"], &["sto", "re s"]), (vec!["".into(), "store ".into(), "s".into()], false));
        // The second a may begin it where the first did not.
        assert_eq!(passed(&["aab"], &["aa", "a", "b!"]), (vec!["".into(), "a".into(), "".into()], true));
    }

    #[test]
    fn the_sequence_that_begins_first_ends_the_text() {
        assert_eq!(passed(&["cd", "bcde"], &["ab", "cdef"]), (vec!["a".into(), "".into()], true));
        assert_eq!(passed(&["x", "bc"], &["abcx"]), (vec!["a".into()], true));
    }

    #[test]
    fn stops_of_several_bytes_a_character_and_none_at_all() {
        assert_eq!(passed(&["é!"], &["café", "!"]), (vec!["caf".into(), "".into()], true));
        assert_eq!(passed(&["é!"], &["è"]), (vec!["è".into(), "".into()], false));
        assert_eq!(passed(&[""], &["a", "b"]), (vec!["a".into(), "b".into(), "".into()], false));
    }
}
