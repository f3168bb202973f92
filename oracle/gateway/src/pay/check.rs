//! Whether a receipt is for what was sent and got. Nothing is signed for another one.

use cosmwasm_std::Uint128;
use protocol::{Hash32, ModelId};
use rules::{
    hash::Domain,
    order::{SealKey, served_digest},
    payment::{self, Receipt, Tariff},
};

use crate::{account::Reach, order::SealedOrder, x402::Charged};

/// The receipt is not for what was asked and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the receipt of call {number} does not match the call: {what}; nothing was signed, and the channel is used no further"
)]
pub struct FalseReceipt {
    /// Rank of the call.
    pub number: u64,
    /// What differs.
    pub what: &'static str,
}

/// What was sent and got.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Domain of `settlement`.
    pub domain: &'a Domain,
    /// The model.
    pub model: ModelId,
    /// The order.
    pub order: &'a SealedOrder,
    /// The price that it names.
    pub tariff: Tariff,
    /// Canonical bytes of the prompt.
    pub prompt: &'a [u8],
    /// The answer, as a receipt holds it.
    pub output: &'a [u8],
    /// Tokens of the answer, as receipts count them: bytes of a text, 1 for a label.
    pub tokens_out: u64,
    /// The epochs that the call can be of, first and last.
    pub epochs: (u64, u64),
}

/// Where the channel stands after a call, if its receipt is true.
///
/// # Errors
/// [`FalseReceipt`].
pub fn check(sent: &Sent<'_>, charged: &Charged, key: &SealKey) -> Result<Reach, FalseReceipt> {
    let order = sent.order;
    let wrong = |what| Err(FalseReceipt { number: order.number, what });
    let tokens_in = sent.prompt.len() as u64;
    if charged.number != order.number || charged.price_sheet != order.price_sheet {
        return wrong("number or price sheet");
    }
    if charged.tokens_in != tokens_in || charged.tokens_out != sent.tokens_out {
        return wrong("tokens");
    }
    let fee = charged.charged_amount;
    if sent.tariff.fee(tokens_in, sent.tokens_out) != Some(fee.u128()) || fee > order.ceiling {
        return wrong("fee");
    }
    if !(sent.epochs.0..=sent.epochs.1).contains(&charged.epoch) {
        return wrong("epoch");
    }
    let after = expected(sent, charged, fee);
    if after != charged.after || charged.commitment != after.head {
        return wrong("head or sum");
    }
    let served = served_digest(&order.order().digest(sent.domain), &after.head.0);
    if key.is_seal(&served, &charged.seal.0) { Ok(after) } else { wrong("the gateway's seal") }
}

fn expected(sent: &Sent<'_>, charged: &Charged, fee: Uint128) -> Reach {
    let order = sent.order;
    let receipt = Receipt {
        model: sent.model.get(),
        version: charged.version,
        channel: order.channel.get(),
        epoch: charged.epoch,
        number: order.number,
        prompt_hash: payment::salted_hash(&order.salt.0, sent.prompt),
        output_hash: payment::output_hash(sent.output),
        tokens_in: charged.tokens_in,
        tokens_out: charged.tokens_out,
        fee: fee.u128(),
        price_sheet: charged.price_sheet,
    };
    let head = payment::next_head(&order.head.0, &receipt.digest(sent.domain));
    Reach { number: order.number, sum: order.cumulative.saturating_add(fee), head: Hash32(head) }
}

#[cfg(test)]
mod tests;
