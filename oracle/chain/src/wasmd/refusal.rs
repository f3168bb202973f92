//! What a node says when it refuses, read: the SDK wraps a contract's words in its own, and tells its own errors mostly by their words.

use super::messages::Batch;
use crate::ChainError;

/// A node's words for a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    codespace: String,
    code: u32,
    log: String,
}

/// Who asked for a refused transaction, and what it costs as far as is known.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    pub batch: &'a Batch,
    pub address: &'a str,
    pub denom: &'a str,
    pub fee: u128,
}

/// What the SDK puts before a contract's words when one contract called another.
const BEFORE: [&str; 4] = ["dispatch: ", "submessages: ", "messages: ", "reply: "];

/// What the SDK puts after a contract's words.
const AFTER: [&str; 9] = [
    ": unknown request",
    ": execute wasm contract failed",
    ": instantiate wasm contract failed",
    ": migrate wasm contract failed",
    ": query wasm contract failed",
    ": reply wasm contract failed",
    ": sudo wasm contract failed",
    ": reply to contract failed",
    ": invalid request",
];

/// What a node says while it cannot answer at all.
const NOT_READY: [&str; 4] =
    ["not ready", "wait for first block", "failed to load state at height", "context deadline exceeded"];

impl Refusal {
    pub(crate) fn new(codespace: &str, code: u32, log: &str) -> Self {
        Self { codespace: codespace.to_owned(), code, log: without_status(without_gas(log)).to_owned() }
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.log.contains(words)
    }

    /// The expected and the signed sequence, if that is what is wrong.
    pub(crate) fn sequence(&self) -> Option<(u64, u64)> {
        let (_, after) = self.log.split_once("account sequence mismatch, expected ")?;
        let (expected, after) = after.split_once(", got ")?;
        let got: String = after.chars().take_while(char::is_ascii_digit).collect();
        Some((expected.parse().ok()?, got.parse().ok()?))
    }

    /// Whether the node has the transaction already.
    pub(crate) fn is_known(&self) -> bool {
        self.says("already exists in cache") || self.says("tx already in mempool")
    }

    /// Whether the node takes no transactions for now.
    pub(crate) fn is_full(&self) -> bool {
        self.says("mempool is full")
    }

    /// A refusal in which no contract had a part.
    pub(crate) fn unexpected(self) -> ChainError {
        let text = format!("{} ({} {})", self.log, self.codespace, self.code);
        if NOT_READY.iter().any(|words| self.says(words)) {
            ChainError::Transport(text)
        } else {
            ChainError::Node(text)
        }
    }

    /// The message that failed and what was said about it, if it came as far as the messages.
    fn of_message(&self) -> Option<(usize, &str)> {
        let (_, after) = self.log.split_once("failed to execute message; message index: ")?;
        let (number, words) = after.split_once(": ")?;
        Some((number.parse().ok()?, words))
    }

    fn by_contract(&self) -> bool {
        AFTER.iter().filter(|words| words.contains("contract failed")).any(|words| self.log.ends_with(words))
    }
}

/// Why a transaction was refused.
pub(crate) fn of_transaction(refusal: Refusal, asked: &Asked<'_>) -> ChainError {
    let reason = cleaned(refusal.of_message().map_or(refusal.log.as_str(), |(_, words)| words)).to_owned();
    if refusal.by_contract() {
        return rejected(&refusal, asked, reason);
    }
    match () {
        () if refusal.says("out of gas") => ChainError::OutOfGas { reason },
        () if refusal.says("insufficient fee") => ChainError::FeeTooLow { reason },
        () if refusal.says("insufficient funds") => ChainError::InsufficientFunds {
            address: asked.address.to_owned(),
            needed: asked.fee.saturating_add(asked.batch.sent(asked.denom)),
            denom: asked.denom.to_owned(),
            reason,
        },
        () if refusal.is_full() => ChainError::MempoolFull,
        () if refusal.of_message().is_some() => rejected(&refusal, asked, reason),
        () => refusal.unexpected(),
    }
}

fn rejected(refusal: &Refusal, asked: &Asked<'_>, reason: String) -> ChainError {
    let number = refusal.of_message().map_or(0, |(number, _)| number);
    ChainError::Rejected { contract: asked.batch.target(number), reason }
}

/// Why a contract did not answer; a node that could not ask it is another matter.
pub(crate) fn of_query(contract: &str, refusal: Refusal) -> ChainError {
    let absent = ["no such contract", "no such code", "not found", "bech32"].iter().any(|words| refusal.says(words));
    if !refusal.log.contains("query wasm contract failed") && !absent {
        return refusal.unexpected();
    }
    ChainError::NotFound { contract: contract.to_owned(), reason: cleaned(&refusal.log).to_owned() }
}

/// A contract's own words.
fn cleaned(mut words: &str) -> &str {
    while let Some(rest) = BEFORE.iter().find_map(|before| words.strip_prefix(before)) {
        words = rest;
    }
    while let Some(rest) = AFTER.iter().find_map(|after| words.strip_suffix(after)) {
        words = rest;
    }
    words
}

/// Without what gRPC puts before a refusal, once for each service that it came through.
fn without_status(mut log: &str) -> &str {
    while let Some((_, rest)) = log.strip_prefix("rpc error: code = ").and_then(|rest| rest.split_once(" desc = ")) {
        log = rest;
    }
    log
}

/// Without what a simulation adds: the place in the SDK's source and the gas used until then.
fn without_gas(log: &str) -> &str {
    let words = log.rfind(" with gas used: '").map_or(log, |end| &log[..end]);
    match words.rfind(" [") {
        Some(start) if words.ends_with(']') && words[start..].contains(".go:") => &words[..start],
        _ => words,
    }
}
