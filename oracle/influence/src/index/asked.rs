//! What was asked: paid receipts and validation examples, in the one order that every step takes them in.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use lm::pack::TokenItem;
use serde::{Deserialize, Serialize};

use super::manifest::{METHOD, item_hash};
use crate::digest::{Digest, digest, hex};

/// Why there is nothing to score by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskedError {
    /// Neither paid receipts nor examples.
    #[error("there are neither paid receipts nor validation examples: nothing can be scored")]
    Nothing,
    /// More money than there is.
    #[error("the receipts' fees add up to more than 2^64 uopen, more than there is: check their unit")]
    Fees,
    /// Receipts of one prompt in different strata.
    #[error("receipts of the prompt {0} are of different strata: a prompt is of one")]
    Stratum(String),
    /// Usefulness cannot be measured where something was paid.
    #[error("receipts were paid in stratum {0}, which has no validation example: put them into the nearest that has")]
    NoExample(u16),
}

/// One paid answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Prompt and answer; the answer is what is explained.
    pub item: TokenItem,
    /// The prompt: receipts of one prompt are one draw.
    pub prompt: Digest,
    /// Fee after the protocol's share, in uopen; 0 counts for nothing.
    pub net_fee_uopen: u64,
    /// What kind of query it is.
    pub stratum: u16,
}

/// One fresh validation example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What is asked and what is true.
    pub item: TokenItem,
    /// What kind of query it is.
    pub stratum: u16,
}

/// How much evidence scores need; below either, there are too few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Smallest effective number of paid prompts.
    pub effective_prompts: u32,
    /// Smallest number of fresh validation examples.
    pub validation_examples: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { effective_prompts: 16, validation_examples: 200 }
    }
}

/// Everything that scores depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoringManifest {
    /// Name of the method.
    pub method: String,
    /// The job of the index, 64 hex digits.
    pub index: String,
    /// Hash of what was asked, 64 hex digits.
    pub asked: String,
    /// Queries that are sketched and held at a time.
    pub queries_at_once: u32,
    /// How much evidence scores need.
    pub thresholds: Thresholds,
}

impl ScoringManifest {
    /// The manifest of scores from an index.
    pub fn new(index: &Digest, asked: &Asked, queries_at_once: u32, thresholds: Thresholds) -> Self {
        let queries_at_once = queries_at_once.max(1);
        Self { method: METHOD.to_owned(), index: hex(index), asked: hex(&asked.hash()), queries_at_once, thresholds }
    }

    /// The job.
    pub fn job(&self) -> Digest {
        let bytes = serde_json::to_vec(self).expect("plain structs always serialise");
        digest("influence/scoring/1", &[&bytes])
    }
}

/// Whether a draw was paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A prompt with its receipts.
    Paid,
    /// A validation example.
    True,
}

/// One independent draw: a prompt, or an example.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    /// Its group.
    pub(super) group: usize,
    /// Its queries.
    pub(super) queries: Range<usize>,
    /// What it weighs: uopen, or 1.
    pub(super) weight: u64,
}

/// Draws of one kind and stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) kind: Kind,
    pub(super) stratum: u16,
    /// Number of draws.
    pub(super) draws: u64,
    /// `Σ w`, below 2^64.
    pub(super) weight: u128,
    /// `Σ w²`
    pub(super) squares: u128,
}

/// Receipts by prompt, then examples.
#[derive(Clone, Debug)]
pub struct Asked {
    items: Vec<TokenItem>,
    /// What each query weighs within its draw.
    fees: Vec<u64>,
    pub(super) draws: Vec<Draw>,
    pub(super) groups: Vec<Group>,
    hash: Digest,
}

impl Asked {
    /// Puts receipts and examples in order; receipts without a fee are left out. The order in which receipts are given changes nothing.
    ///
    /// Strata of a single prompt or example have no standard error of their own: whoever knows which kinds of queries are near puts them together first.
    ///
    /// # Errors
    /// If there is nothing, fees are more than there is, or strata do not fit.
    pub fn new(receipts: Vec<Receipt>, examples: Vec<Example>) -> Result<Self, AskedError> {
        let mut receipts: Vec<_> = receipts.into_iter().filter(|receipt| receipt.net_fee_uopen > 0).collect();
        receipts.sort_by_cached_key(|receipt| (receipt.prompt, item_hash(&receipt.item), receipt.net_fee_uopen));
        check(&receipts, &examples)?;
        let hash = hash(&receipts, &examples);
        let (draws, groups) = grouped(&receipts, &examples);
        let fees = receipts.iter().map(|receipt| receipt.net_fee_uopen).chain(examples.iter().map(|_| 1)).collect();
        let items =
            receipts.into_iter().map(|receipt| receipt.item).chain(examples.into_iter().map(|example| example.item));
        Ok(Self { items: items.collect(), fees, draws, groups, hash })
    }

    /// Hash of all that was asked, with fees and strata.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// All queries in order.
    pub fn items(&self) -> &[TokenItem] {
        &self.items
    }

    /// What each query weighs within its draw.
    pub(super) fn fees(&self) -> &[u64] {
        &self.fees
    }
}

fn check(receipts: &[Receipt], examples: &[Example]) -> Result<(), AskedError> {
    if receipts.is_empty() && examples.is_empty() {
        return Err(AskedError::Nothing);
    }
    let sum = receipts.iter().try_fold(0u64, |sum, receipt| sum.checked_add(receipt.net_fee_uopen));
    sum.ok_or(AskedError::Fees)?;
    for pair in receipts.windows(2) {
        if pair[0].prompt == pair[1].prompt && pair[0].stratum != pair[1].stratum {
            return Err(AskedError::Stratum(hex(&pair[0].prompt)));
        }
    }
    let shown: BTreeSet<u16> = examples.iter().map(|example| example.stratum).collect();
    match receipts.iter().find(|receipt| !shown.is_empty() && !shown.contains(&receipt.stratum)) {
        Some(receipt) => Err(AskedError::NoExample(receipt.stratum)),
        None => Ok(()),
    }
}

fn hash(receipts: &[Receipt], examples: &[Example]) -> Digest {
    let of_receipt = |receipt: &Receipt| {
        let (fee, stratum) = (receipt.net_fee_uopen.to_be_bytes(), receipt.stratum.to_be_bytes());
        digest("influence/receipt/1", &[&item_hash(&receipt.item), &receipt.prompt, &fee, &stratum])
    };
    let of_example =
        |example: &Example| digest("influence/example/2", &[&item_hash(&example.item), &example.stratum.to_be_bytes()]);
    let hashes: Vec<Digest> = receipts.iter().map(of_receipt).chain(examples.iter().map(of_example)).collect();
    digest("influence/asked/1", &hashes.iter().map(|hash| hash.as_slice()).collect::<Vec<_>>())
}

/// Draws in the order of queries, and their groups by kind and stratum.
fn grouped(receipts: &[Receipt], examples: &[Example]) -> (Vec<Draw>, Vec<Group>) {
    let mut found: Vec<((Kind, u16), Range<usize>, u64)> = Vec::new();
    let mut first = 0;
    for of_prompt in receipts.chunk_by(|left, right| left.prompt == right.prompt) {
        let weight = of_prompt.iter().map(|receipt| receipt.net_fee_uopen).sum();
        found.push(((Kind::Paid, of_prompt[0].stratum), first..first + of_prompt.len(), weight));
        first += of_prompt.len();
    }
    let shown = examples.iter().enumerate();
    found.extend(shown.map(|(rank, example)| ((Kind::True, example.stratum), first + rank..first + rank + 1, 1)));

    let mut groups: BTreeMap<(Kind, u16), Group> = BTreeMap::new();
    for ((kind, stratum), _, weight) in &found {
        let empty = Group { kind: *kind, stratum: *stratum, draws: 0, weight: 0, squares: 0 };
        let group = groups.entry((*kind, *stratum)).or_insert(empty);
        group.draws += 1;
        group.weight += u128::from(*weight);
        group.squares += u128::from(*weight).pow(2);
    }
    let rank = |key: &(Kind, u16)| groups.keys().position(|own| own == key).expect("all groups were entered");
    let draws =
        found.iter().map(|(key, queries, weight)| Draw { group: rank(key), queries: queries.clone(), weight: *weight });
    (draws.collect(), groups.values().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(prompt: u8, net_fee_uopen: u64, stratum: u16) -> Receipt {
        Receipt { item: TokenItem::whole(vec![1, u32::from(prompt)]), prompt: [prompt; 32], net_fee_uopen, stratum }
    }

    fn example(stratum: u16) -> Example {
        Example { item: TokenItem::whole(vec![3, 4]), stratum }
    }

    #[test]
    fn receipts_of_one_prompt_are_one_draw_in_any_order() {
        let receipts = vec![receipt(2, 5, 1), receipt(1, 3, 0), receipt(2, 7, 1), receipt(9, 0, 4)];
        let examples = vec![example(0), example(1)];
        let asked = Asked::new(receipts.clone(), examples.clone()).expect("asked");
        let draws: Vec<_> = asked.draws.iter().map(|draw| (draw.queries.clone(), draw.weight)).collect();
        assert_eq!(draws, [(0..1, 3), (1..3, 12), (3..4, 1), (4..5, 1)]);
        let turned = Asked::new(receipts.into_iter().rev().collect(), examples).expect("asked");
        assert_eq!(turned.hash(), asked.hash());
        assert_eq!(turned.items(), asked.items());
    }

    #[test]
    fn groups_add_weights_and_their_squares() {
        let receipts = vec![receipt(1, 3, 0), receipt(2, 5, 0), receipt(3, 2, 7)];
        let asked = Asked::new(receipts, vec![example(0), example(7), example(7)]).expect("asked");
        let groups: Vec<_> =
            asked.groups.iter().map(|group| (group.kind, group.stratum, group.weight, group.squares)).collect();
        let expected = [(Kind::Paid, 0, 8, 34), (Kind::Paid, 7, 2, 4), (Kind::True, 0, 1, 1), (Kind::True, 7, 2, 2)];
        assert_eq!(groups, expected);
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        let refused = |receipts, examples| Asked::new(receipts, examples).expect_err("refused");
        assert_eq!(refused(vec![receipt(1, 0, 0)], vec![]), AskedError::Nothing);
        assert_eq!(refused(vec![receipt(1, u64::MAX, 0), receipt(2, 1, 0)], vec![]), AskedError::Fees);
        assert_eq!(refused(vec![receipt(1, 1, 0), receipt(1, 2, 1)], vec![]), AskedError::Stratum(hex(&[1; 32])));
        assert_eq!(refused(vec![receipt(1, 1, 2)], vec![example(0)]), AskedError::NoExample(2));
    }
}
