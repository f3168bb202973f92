//! How a payment travels over HTTP: x402, version 2, its scheme `batch-settlement` on a Cosmos chain.
//!
//! The binding: a channel of `settlement` is the deposit. An order names the most that a call may cost; the voucher that comes with the next order, or alone, pays exactly
//! what it did cost. The identifier of a commitment is the receipts head after the call. What each field means for money stands in docs/gateway.md.
//!
//! # Source
//! x402 specification version 2, transport HTTP and scheme `batch-settlement`; CAIP-2 with the namespace `cosmos`.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use cosmwasm_std::{Addr, Uint128};
use protocol::{ChannelId, Hash32, ModelId, model::Price, settlement::SignedVoucher};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::{
    account::{Account, Reach},
    order::SealedOrder,
    till::Booked,
};

/// Header of what is asked for payment.
pub const PAYMENT_REQUIRED: &str = "payment-required";
/// Header of a payment.
pub const PAYMENT_SIGNATURE: &str = "payment-signature";
/// Header of what was charged.
pub const PAYMENT_RESPONSE: &str = "payment-response";
/// The scheme.
pub const SCHEME: &str = "batch-settlement";
/// The version of x402.
pub const VERSION: u8 = 2;

/// The longest header that is read, in bytes.
const MAX_HEADER: usize = 16 * 1024;
/// The longest reference of a CAIP-2 name.
const MAX_REFERENCE: usize = 32;

/// What must be paid, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequired {
    /// 2
    pub x402_version: u8,
    /// Why, for people.
    pub error: String,
    /// What is sold.
    pub resource: Resource,
    /// Ways to pay: one per price of the sheet.
    pub accepts: Vec<Requirements>,
}

/// What is sold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its path.
    pub url: String,
    /// What it is.
    pub description: String,
    /// What it answers with.
    pub mime_type: String,
}

/// A way to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirements {
    /// [`SCHEME`]
    pub scheme: String,
    /// The chain, as [`network`] names it.
    pub network: String,
    /// The most that this call can cost at this price, in uopen: what a ceiling should be.
    pub amount: Uint128,
    /// The cw20 contract of OPEN.
    pub asset: Addr,
    /// The gateway's account.
    pub pay_to: Addr,
    /// How long an answer may take, in seconds.
    pub max_timeout_seconds: u64,
    /// What is particular to this chain.
    pub extra: Extra,
}

/// What a payer must know of the sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extra {
    /// The contract that holds channels.
    pub settlement: Addr,
    /// The model.
    pub model: ModelId,
    /// The version that answers.
    pub version: u32,
    /// The version of the price sheet.
    pub price_sheet: u32,
    /// The price.
    pub price: Price,
    /// Public key of the gateway's account (compressed, hex): its address must be `payTo`.
    pub gateway_key: String,
    /// The epoch that calls are booked to now.
    pub epoch: u64,
    /// How conversations become prompts, if the version has a template of its own: [`crate::template::RULE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Where the channel named stands here, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_state: Option<ChannelState>,
}

/// A channel as its gateway keeps it: for a payer that has lost count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelState {
    /// The channel.
    pub channel: ChannelId,
    /// Paid in, in uopen.
    pub deposit: Uint128,
    /// What was served.
    pub served: Reach,
    /// What was signed for.
    pub signed: Reach,
    /// What the chain has booked.
    pub redeemed: Reach,
    /// Epoch of the last call.
    pub epoch: Option<u64>,
}

impl From<&Account> for ChannelState {
    fn from(account: &Account) -> Self {
        Self {
            channel: account.channel,
            deposit: account.deposit,
            served: account.served,
            signed: account.signed,
            redeemed: account.redeemed,
            epoch: account.epoch.map(protocol::Epoch::get),
        }
    }
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentPayload {
    /// 2
    pub x402_version: u8,
    /// The way that the payer chose.
    pub accepted: Requirements,
    /// The payment itself.
    pub payload: Payment,
}

/// An order, and the voucher for the calls before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Payment {
    /// What is ordered.
    pub order: SealedOrder,
    /// For all calls before it, where one is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<SignedVoucher>,
}

/// What a call did cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettlementResponse {
    /// Whether it was served.
    pub success: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    /// Empty: a call moves nothing on chain.
    pub transaction: String,
    /// The chain.
    pub network: String,
    /// The channel's payer.
    pub payer: String,
    /// Empty, as `transaction`.
    pub amount: String,
    /// The charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Charged>,
}

/// A charge, with all that its payer needs to check it and to sign for it: the receipt but for prompt, salt and answer, which the payer takes from what it sent and got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charged {
    /// Names the commitment: the receipts head after the call.
    pub commitment: Hash32,
    /// The fee, in uopen.
    pub charged_amount: Uint128,
    /// Name of the receipt, for what is asked of it later: `<channel>-<number>`.
    pub receipt_id: String,
    /// Version that answered.
    pub version: u32,
    /// Epoch of the call.
    pub epoch: u64,
    /// Rank of the call in its channel.
    pub number: u64,
    /// Tokens read, as receipts count them.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
    /// The version of the price sheet.
    pub price_sheet: u32,
    /// Where the channel stands after it: what the next voucher signs.
    pub after: Reach,
    /// The gateway's seal of `rules::order::served_digest`.
    pub seal: Hash32,
}

impl Charged {
    /// What is said of a call that was booked.
    pub fn new(channel: ChannelId, booked: &Booked, seal: Hash32) -> Self {
        let Booked { receipt, after, .. } = booked;
        Self {
            commitment: after.head,
            charged_amount: receipt.fee,
            receipt_id: format!("{channel}-{}", receipt.number),
            version: receipt.version,
            epoch: receipt.epoch,
            number: receipt.number,
            tokens_in: receipt.tokens_in,
            tokens_out: receipt.tokens_out,
            price_sheet: receipt.price_sheet,
            after: *after,
            seal,
        }
    }
}

/// Why a header cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// It is too long.
    #[error("the header has {0} bytes, at most {MAX_HEADER} are read")]
    TooLong(usize),
    /// It is not base64.
    #[error("the header is not base64")]
    Base64(#[from] base64::DecodeError),
    /// It is not what is expected.
    #[error("the header is not the JSON that is expected: {0}")]
    Json(#[from] serde_json::Error),
}

/// A value as a header has it: JSON in base64.
///
/// # Panics
/// Never: plain structs always serialise.
pub fn encode(value: &impl Serialize) -> String {
    BASE64.encode(serde_json::to_vec(value).expect("plain structs always serialise"))
}

/// Reads a header or a comment of the other side.
///
/// # Errors
/// [`HeaderError`].
pub fn decode<T: DeserializeOwned>(header: &[u8]) -> Result<T, HeaderError> {
    if header.len() > MAX_HEADER {
        return Err(HeaderError::TooLong(header.len()));
    }
    Ok(serde_json::from_slice(&BASE64.decode(header)?)?)
}

/// A chain in CAIP-2 form: its id where that is 1 to 32 letters, digits, `-` or `_`, else the first 16 hex digits of its SHA-256 after `hashed-`.
pub fn network(chain_id: &str) -> String {
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '-' || symbol == '_';
    let fits = (1..=MAX_REFERENCE).contains(&chain_id.len()) && chain_id.chars().all(plain);
    if fits && !chain_id.starts_with("hashed-") {
        return format!("cosmos:{chain_id}");
    }
    format!("cosmos:hashed-{}", &hex::encode(Sha256::digest(chain_id))[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_named_as_caip_2_does() {
        // The examples of the namespace's own specification.
        assert_eq!(network("cosmoshub-3"), "cosmos:cosmoshub-3");
        assert_eq!(network("Binance-Chain-Tigris"), "cosmos:Binance-Chain-Tigris");
        assert_eq!(network("x"), "cosmos:x");
        assert_eq!(network("hash-"), "cosmos:hash-");
        assert_eq!(network("hashed"), "cosmos:hashed");
        assert_eq!(network("hashed-"), "cosmos:hashed-c904589232422def");
        assert_eq!(network("hashed-123"), "cosmos:hashed-99df5cd68192b33e");
        assert_eq!(network("123456789012345678901234567890123456789012345678"), "cosmos:hashed-0204c92a0388779d");
        assert_eq!(network(" "), "cosmos:hashed-36a9e7f1c95b82ff");
        assert_eq!(network("wonderland🧝‍♂️"), "cosmos:hashed-843d2fc87f40eeb9");
    }

    #[test]
    fn headers_read_back_and_long_ones_are_not_read() {
        let value = vec!["a".to_owned(); 3];
        assert_eq!(decode::<Vec<String>>(encode(&value).as_bytes()).expect("just written"), value);
        let long = encode(&vec!["a".to_owned(); 9_000]);
        assert!(matches!(decode::<Vec<String>>(long.as_bytes()), Err(HeaderError::TooLong(_))));
        assert!(matches!(decode::<Vec<String>>(b"@"), Err(HeaderError::Base64(_))));
        assert!(matches!(decode::<Vec<String>>(encode(&7).as_bytes()), Err(HeaderError::Json(_))));
    }
}
