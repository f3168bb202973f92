//! Transactions of a node, read as the embedded chain tells them.

use cosmrs::{
    Any,
    crypto::PublicKey,
    proto::{
        cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw},
        cosmwasm::wasm::v1::MsgExecuteContract,
        traits::{Message, Name as _},
    },
    tendermint::abci::{self, types::ExecTxResult},
};
use cosmwasm_std::{Attribute, Coin, Event, StdError, Uint128};

use super::hash;
use crate::{ADDRESS_PREFIX, ChainError, TxMessage, TxRecord, error::Result};

/// The SDK marks events of messages with the message's number; events without it are of fees and signatures.
const MESSAGE_NUMBER: &str = "msg_index";

/// Where a transaction stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub height: u64,
    /// In seconds.
    pub time: u64,
}

/// A transaction of a block.
#[derive(Clone, Debug)]
pub struct BlockTransaction {
    /// What it is.
    pub record: TxRecord,
    /// Whether it went through; one that failed has paid its fee and done nothing.
    pub went_through: bool,
}

/// A transaction, unless it failed.
pub(crate) fn record(place: Place, bytes: &[u8], result: &ExecTxResult) -> Result<Option<TxRecord>> {
    if result.code.is_err() { Ok(None) } else { read(place, bytes, result).map(Some) }
}

/// A transaction, whether it failed or not.
pub(crate) fn read(place: Place, bytes: &[u8], result: &ExecTxResult) -> Result<TxRecord> {
    let Place { height, time } = place;
    let raw: TxRaw = decode(bytes)?;
    let body: TxBody = decode(&raw.body_bytes)?;
    let auth: AuthInfo = decode(&raw.auth_info_bytes)?;
    let messages = executes(&body)?;
    let sender = signer(auth).or_else(|| messages.first().map(|message| message.sender.clone())).unwrap_or_default();
    let messages = messages.into_iter().map(message).collect::<Result<_>>()?;
    Ok(TxRecord { height, time, hash: hash(bytes), sender, messages, events: events(&result.events) })
}

/// Events of messages, without what the SDK adds to them.
pub(crate) fn events(raw: &[abci::Event]) -> Vec<Event> {
    raw.iter().filter_map(event).collect()
}

fn event(raw: &abci::Event) -> Option<Event> {
    let mut event = Event::new(&raw.kind);
    event.attributes = raw.attributes.iter().map(attribute).collect();
    // A contract may use the name itself; the SDK's own comes last.
    let number = event.attributes.iter().rposition(|attribute| attribute.key == MESSAGE_NUMBER)?;
    event.attributes.remove(number);
    Some(event)
}

fn attribute(raw: &abci::EventAttribute) -> Attribute {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Attribute { key: text(raw.key_bytes()), value: text(raw.value_bytes()) }
}

fn executes(body: &TxBody) -> Result<Vec<MsgExecuteContract>> {
    let ours = body.messages.iter().filter(|any| any.type_url == MsgExecuteContract::type_url());
    ours.map(|any| decode(&any.value)).collect()
}

fn message(raw: MsgExecuteContract) -> Result<TxMessage> {
    let msg = String::from_utf8(raw.msg).map_err(|error| malformed(error.into()))?;
    let funds = raw.funds.into_iter().map(|coin| {
        let amount: Uint128 = coin.amount.parse().map_err(malformed)?;
        Ok(Coin { denom: coin.denom, amount })
    });
    Ok(TxMessage { contract: raw.contract, msg, funds: funds.collect::<Result<_>>()? })
}

/// Address of the first signer's key.
fn signer(auth: AuthInfo) -> Option<String> {
    let key: Any = auth.signer_infos.into_iter().next()?.public_key?;
    Some(PublicKey::try_from(key).ok()?.account_id(ADDRESS_PREFIX).ok()?.to_string())
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|error| malformed(StdError::generic_err(error.to_string())))
}

fn malformed(source: StdError) -> ChainError {
    ChainError::Decode { what: "a transaction".to_owned(), source }
}
