//! Texts as items, prompts and answers.
//!
//! An item is a text in canonical form ([`rules::item::text_item`]). Where it holds the unit separator U+001F once, what stands before it
//! is a prompt and what stands after it the answer; all validation examples are such. A prompt is what can stand there: in canonical form, but
//! that white space at its end counts; an answer is any text: it goes on where the prompt ends.

use std::collections::BTreeMap;

use influence::{
    language::{Answered, LanguageManifest, Text},
    report::Ownership,
};
use protocol::{ModelId, attribution::Round};
use rules::item::text_item;

use super::{InputsError, PaidCall, Serves, Sources, examples, item_bytes, trained_on};
use crate::{
    contracts::Contracts,
    originals::{self, Since},
    published::{Published, PublishedReceipt},
};

/// Stands between a prompt and its answer.
pub const SEPARATOR: char = '\u{1f}';

/// A paid call of a language model.
pub type PaidText = PaidCall<String, String>;

/// A contribution's place in the training data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBatch {
    /// Position in the model.
    pub position: u32,
    /// Its texts.
    pub texts: Vec<Text>,
}

/// The validation examples of a round, with the stratum of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Prompts with their true answers.
    pub questions: Vec<Answered>,
    /// Their strata, in the same order.
    pub strata: Vec<u16>,
}

/// Canonical bytes of a text as an item.
pub fn item_of(text: &Text) -> Vec<u8> {
    match text {
        Text::Whole(text) => text_item(text),
        Text::Answered(Answered { prompt, answer }) => text_item(&format!("{prompt}{SEPARATOR}{answer}")),
    }
}

/// Reads an item.
pub fn text(canonical: &[u8], what: &'static str, index: usize) -> Result<Text, InputsError> {
    let read = || {
        let text = canonical_text(canonical)?;
        let Some((prompt, answer)) = text.split_once(SEPARATOR) else { return Some(Text::Whole(text.to_owned())) };
        let fits = !prompt.is_empty() && !answer.is_empty() && !answer.contains(SEPARATOR);
        fits.then(|| Text::Answered(Answered { prompt: prompt.to_owned(), answer: answer.to_owned() }))
    };
    read().ok_or(InputsError::NotAText { what, index })
}

/// Reads a prompt.
pub fn prompt(canonical: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(canonical).ok().filter(|text| !text.is_empty() && !text.contains(SEPARATOR))?;
    let item = format!("{text}{SEPARATOR}.");
    (text_item(&item) == item.as_bytes()).then(|| text.to_owned())
}

/// A text that is not empty and in canonical form.
fn canonical_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && text_item(text) == bytes).then_some(text)
}

/// The training data of a language model's version, by position: without copies, if its manifest says that none were learned.
pub async fn training(
    sources: Sources<'_>,
    model: ModelId,
    number: u32,
    manifest: &LanguageManifest,
) -> Result<Vec<TextBatch>, InputsError> {
    let (mut batches, mut since) = (Vec::new(), Vec::new());
    for (position, contribution) in trained_on(sources, model, number).await? {
        let items = item_bytes(sources, &contribution).await?;
        batches.push(TextBatch { position, texts: read_items(&items)? });
        since.push(Since { committed_at: contribution.committed_at.get(), contribution: contribution.id.get() });
    }
    match manifest.originals.as_deref() {
        None => Ok(batches),
        Some(originals::PROCEDURE) => without_copies(batches, &since),
        Some(other) => Err(InputsError::Originals(other.to_owned())),
    }
}

/// Batches without texts that repeat an earlier one; `since` is each batch's precedence.
pub fn without_copies(mut batches: Vec<TextBatch>, since: &[Since]) -> Result<Vec<TextBatch>, InputsError> {
    let of_items = batches.iter().zip(since).flat_map(|(batch, since)| batch.texts.iter().map(move |_| *since));
    let places = originals::places(of_items);
    let canonical: Vec<Vec<u8>> = batches.iter().flat_map(|batch| batch.texts.iter().map(item_of)).collect();
    let copies = originals::repeated(&places, &canonical)?;
    let mut stays = vec![true; canonical.len()];
    copies.iter().for_each(|copy| stays[copy.item] = false);
    let mut stays = stays.into_iter();
    for batch in &mut batches {
        batch.texts.retain(|_| stays.next().unwrap_or(true));
    }
    Ok(batches)
}

/// Reads the items of a contribution.
pub fn read_items(items: &[Vec<u8>]) -> Result<Vec<Text>, InputsError> {
    items.iter().enumerate().map(|(index, bytes)| text(bytes, "item", index)).collect()
}

/// Training items and whose they are, as the engine takes them.
pub fn items(batches: &[TextBatch], positions: usize) -> (Vec<Text>, Ownership) {
    let item_positions = batches.iter().flat_map(|batch| batch.texts.iter().map(|_| batch.position)).collect();
    let texts = batches.iter().flat_map(|batch| &batch.texts).cloned().collect();
    (texts, Ownership { item_positions, positions })
}

/// The validation examples of a language model's round.
pub async fn validation(contracts: &Contracts, published: &Published, round: &Round) -> Result<Questions, InputsError> {
    let mut validation = Questions::default();
    for (index, example) in examples(contracts, published, round).await?.iter().enumerate() {
        let what = "validation example";
        let Text::Answered(question) = text(&example.item, what, index)? else {
            return Err(InputsError::NotAText { what, index });
        };
        validation.questions.push(question);
        validation.strata.push(example.stratum);
    }
    Ok(validation)
}

/// A prompt and what a receipt says was answered.
pub type Exchange = (String, String);

/// What a language model's version can have answered to prompts: a receipt that says otherwise was never served by it.
#[derive(Clone, Debug)]
pub struct Served(BTreeMap<Exchange, Result<bool, String>>);

impl Served {
    /// Whether each can be, or why it cannot be told.
    pub fn new(judged: BTreeMap<Exchange, Result<bool, String>>) -> Self {
        Self(judged)
    }
}

/// Prompt and answer of the receipt at `index` of its redemption, if they can be read.
///
/// # Errors
/// Why they cannot.
pub fn exchange(receipt: &PublishedReceipt, index: usize) -> Result<Exchange, String> {
    let number = receipt.number;
    let prompt = prompt(&receipt.prompt).ok_or_else(|| InputsError::NotAText { what: "prompt", index }.to_string())?;
    let answer =
        std::str::from_utf8(&receipt.output).map_err(|_| format!("the output of receipt {number} is not a text"))?;
    Ok((prompt, answer.to_owned()))
}

impl Serves for Served {
    type Prompt = String;
    type Answer = String;

    fn read(&self, receipt: &PublishedReceipt, index: usize) -> Result<(String, String), String> {
        let (exchange, number) = (exchange(receipt, index)?, receipt.number);
        match self.0.get(&exchange) {
            Some(Ok(true)) => Ok(exchange),
            Some(Ok(false)) => Err(format!("receipt {number} names an answer that is none of its version's")),
            Some(Err(reason)) => Err(format!("receipt {number} cannot be told from an invented one: {reason}")),
            None => Err(format!("receipt {number} was not judged")),
        }
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::Uint128;
    use protocol::Hash32;

    use super::*;

    fn receipt(prompt: &[u8], output: &[u8]) -> PublishedReceipt {
        PublishedReceipt {
            version: 1,
            epoch: 1,
            number: 3,
            prompt: prompt.into(),
            salt: Hash32([0; 32]),
            output: output.into(),
            tokens_in: 1,
            tokens_out: 1,
            fee: Uint128::new(1),
            price_sheet: 1,
        }
    }

    #[test]
    fn items_read_back_with_and_without_a_prompt() {
        let said = Answered { prompt: "the ray of".to_owned(), answer: " light".to_owned() };
        for item in [Text::Whole("a text\nof two lines".to_owned()), Text::Answered(said)] {
            assert_eq!(text(&item_of(&item), "item", 0).expect("it is a text"), item);
        }
    }

    #[test]
    fn what_is_no_text_in_canonical_form_is_named() {
        for bytes in [b"".as_slice(), b" outer space", &[0xff, 1], b"a\x1fb\x1fc", b"\x1fanswer", "e\u{301}".as_bytes()]
        {
            let refused = text(bytes, "item", 4);
            assert!(matches!(refused, Err(InputsError::NotAText { what: "item", index: 4 })), "{bytes:?}");
        }
    }

    #[test]
    fn a_call_counts_only_with_an_answer_that_its_version_can_give() {
        let exchange = |prompt: &str, answer: &str| (prompt.to_owned(), answer.to_owned());
        let served = Served::new(BTreeMap::from([
            (exchange("asked", " and answered"), Ok(true)),
            (exchange("asked", " and invented"), Ok(false)),
            (exchange("strange", "x"), Err("it is strange".to_owned())),
        ]));
        let read = |prompt: &[u8], output: &[u8]| served.read(&receipt(prompt, output), 0);
        assert_eq!(read(b"asked", b" and answered"), Ok(exchange("asked", " and answered")));
        assert_eq!(
            prompt(b"<|assistant|>\n").as_deref(),
            Some("<|assistant|>\n"),
            "models go on from where they were trained to"
        );
        assert!(prompt("e\u{301}".as_bytes()).is_none() && prompt(b"a\r\n").is_none() && prompt(b"").is_none());
        let reason = |prompt: &[u8], output: &[u8]| read(prompt, output).expect_err("it was not served so");
        assert_eq!(reason(b"asked", b" and invented"), "receipt 3 names an answer that is none of its version's");
        assert_eq!(reason(b"asked", b" otherwise"), "receipt 3 was not judged");
        assert_eq!(reason(b"asked", &[0xff]), "the output of receipt 3 is not a text");
        assert_eq!(reason(b"strange", b"x"), "receipt 3 cannot be told from an invented one: it is strange");
        assert_eq!(reason(b" asked", b"x"), "prompt 0 is not a text, or not in canonical form");
    }
}
