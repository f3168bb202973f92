//! All that the module can be asked for. The fields are named as in `packages/rules`, which documents what they mean.

use serde::Deserialize;

use crate::{
    Answer,
    items::{Commitment, Copies, Item, Record},
    ledger::{Account, RoundOfAccount},
    order::{Message, Ordered, Sealed},
    payment::{Called, Promise, Sheet},
    scores::{Column, Revealed, Said},
    text::{Bytes, Digest, Number, Place},
};

/// A request; `op` says which.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Canonical bytes and digest of an item; under the key of a private DataNet if there is one.
    Item(Item),
    /// `items_root` of a contribution with these item digests.
    ItemsRoot {
        /// Digests in order.
        digests: Vec<Digest>,
    },
    /// What a private DataNet publishes of its key.
    KeyCommitment {
        /// The key.
        key: Digest,
    },
    /// Digest of a validation example.
    Example {
        /// Digest of its item.
        item: Digest,
        /// Its stratum.
        stratum: u16,
    },
    /// Commitment to validation examples.
    ValidationRoot {
        /// Digests of the examples, in order.
        digests: Vec<Digest>,
    },
    /// What a contributor commits to.
    ContributionCommitment(Commitment),
    /// What a DataNet's tree holds of a contribution.
    ContributionDigest(Record),
    /// A proof that one list of items repeats another.
    Duplicates(Copies),
    /// Digest of a receipt.
    Receipt(Called),
    /// Head of a channel without receipts.
    GenesisHead {
        /// Chain and `settlement`.
        domain: Place,
        /// The channel.
        channel: Number<u64>,
    },
    /// Head after one more receipt.
    NextHead {
        /// Head before.
        head: Digest,
        /// Digest of the receipt.
        receipt: Digest,
    },
    /// What the voucher key signs.
    Voucher(Promise),
    /// Hash of a prompt under its salt.
    Salted {
        /// The salt.
        salt: Digest,
        /// The prompt.
        bytes: Bytes,
    },
    /// Hash of an answer.
    OutputHash {
        /// The answer.
        bytes: Bytes,
    },
    /// Fee of a call.
    Fee(Sheet),
    /// What a receipt holds of a prompt that is one text.
    Prompt {
        /// The text.
        text: String,
    },
    /// What a receipt holds of a prompt that is a conversation.
    Conversation {
        /// Its messages.
        messages: Vec<Message>,
    },
    /// Digest of an HTTP request as it is sent.
    RequestDigest {
        /// Where to.
        path: String,
        /// What.
        body: Bytes,
    },
    /// Digest of an order.
    Order(Ordered),
    /// What a gateway seals when it has answered.
    Served {
        /// Digest of the order.
        order: Digest,
        /// Receipts head after it.
        head: Digest,
    },
    /// Seal of a digest under the key of a channel's two sides.
    Seal(Sealed),
    /// What the voucher key signs to correct an answer.
    Correction {
        /// Chain and `settlement`.
        domain: Place,
        /// The channel.
        channel: Number<u64>,
        /// Rank of the call in it.
        number: Number<u64>,
        /// What should have been answered, as a receipt holds answers.
        answer: Bytes,
    },
    /// Median of one position.
    MedianEntry(Column),
    /// Medians of revealed vectors, and D.
    Medians(Revealed),
    /// What an operator commits to.
    ReportCommitment(Said),
    /// What an account comes to, read with a z.
    Readings {
        /// The account.
        entry: Account,
        /// Standard errors, in tenths.
        z_tenths: u8,
    },
    /// An account after a settled round of fees.
    Advance(RoundOfAccount),
    /// An account after a settled valuation.
    Revalue(RoundOfAccount),
    /// An account after debt was taken from its bond.
    Repay {
        /// The account.
        entry: Account,
        /// What was taken, in uopen.
        amount: Number<u64>,
    },
    /// An account of a stopped model, released.
    Retire {
        /// The account.
        entry: Account,
    },
    /// Stake that a valuation gives to a position.
    ReserveShare {
        /// What there is to give, in units.
        tranche: Number<u128>,
        /// The score.
        score: i32,
        /// Its error.
        error: u32,
        /// Standard errors, in tenths.
        z_tenths: u8,
        /// What scores are divided by: D.
        positive_sum: Number<u64>,
    },
}

impl Request {
    /// Computes the answer.
    ///
    /// # Errors
    /// What `packages/rules` refuses, in its words.
    pub fn answer(self) -> Answer {
        match self {
            Self::Item(item) => item.answer(),
            Self::ItemsRoot { digests } => Ok(crate::items::items_root(&digests)),
            Self::KeyCommitment { key } => Ok(crate::items::key_commitment(&key)),
            Self::Example { item, stratum } => Ok(crate::items::example(&item, stratum)),
            Self::ValidationRoot { digests } => Ok(crate::items::validation_root(&digests)),
            Self::ContributionCommitment(commitment) => commitment.answer(),
            Self::ContributionDigest(record) => record.answer(),
            Self::Duplicates(copies) => copies.answer(),
            Self::Receipt(called) => called.answer(),
            Self::GenesisHead { domain, channel } => Ok(crate::payment::genesis_head(domain, channel)),
            Self::NextHead { head, receipt } => Ok(crate::payment::next_head(&head, &receipt)),
            Self::Voucher(promise) => promise.answer(),
            Self::Salted { salt, bytes } => Ok(crate::payment::salted(&salt, &bytes)),
            Self::OutputHash { bytes } => Ok(crate::payment::output_hash(&bytes)),
            Self::Fee(sheet) => sheet.answer(),
            Self::Prompt { text } => crate::order::prompt(&text),
            Self::Conversation { messages } => crate::order::conversation(&messages),
            Self::RequestDigest { path, body } => Ok(crate::order::request_digest(&path, &body)),
            Self::Order(ordered) => ordered.answer(),
            Self::Served { order, head } => Ok(crate::order::served_digest(&order, &head)),
            Self::Seal(sealed) => sealed.answer(),
            Self::Correction { domain, channel, number, answer } => {
                Ok(crate::order::correction_digest(domain, channel, number, &answer))
            }
            Self::MedianEntry(column) => column.answer(),
            Self::Medians(revealed) => revealed.answer(),
            Self::ReportCommitment(said) => said.answer(),
            Self::Readings { entry, z_tenths } => entry.readings(z_tenths),
            Self::Advance(round) => round.advance(),
            Self::Revalue(round) => round.revalue(),
            Self::Repay { entry, amount } => entry.repay(amount),
            Self::Retire { entry } => entry.retire(),
            Self::ReserveShare { tranche, score, error, z_tenths, positive_sum } => {
                crate::scores::reserve_share(tranche, score, error, z_tenths, positive_sum)
            }
        }
    }
}
