//! All transactions, as far as the protocol's contracts speak of money in them. An event of another contract says nothing here,
//! whatever it is called.

use chain::{ChainClient, TxFilter, TxRecord};
use cosmwasm_std::Event;
use protocol::{
    ModelId,
    event::{AttributionEvent, DatanetEvent, MalformedEvent, SettlementEvent, StakeEvent},
};
use report::statement::Place;

use super::{StatementError, records::Records};

/// A movement of a cw20.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// From whom; none where it was made.
    pub from: Option<String>,
    /// To whom; none where it was destroyed.
    pub to: Option<String>,
    /// How much.
    pub amount: u128,
}

impl Movement {
    /// Whether it came to an account, and whether it left it.
    pub fn touches(&self, account: &str) -> (bool, bool) {
        (self.to.as_deref() == Some(account), self.from.as_deref() == Some(account))
    }
}

/// What a contract told.
#[derive(Clone, Debug)]
pub enum Told {
    /// OPEN moved.
    Open(Movement),
    /// Stake of a model moved.
    Units(ModelId, Movement),
    /// By `datanet`.
    Datanet(DatanetEvent),
    /// By `attribution`.
    Attribution(AttributionEvent),
    /// By `settlement`.
    Settlement(SettlementEvent),
    /// By the stake contract of a model.
    Stake(ModelId, StakeEvent),
}

/// A transaction.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Where it stands.
    pub place: Place,
    /// What was told in it, in order.
    pub told: Vec<Told>,
}

/// All of them, oldest first.
#[derive(Clone, Debug)]
pub struct History {
    /// Transactions.
    pub transactions: Vec<Transaction>,
    /// Whether an account signed one of them, or is named in one.
    pub mentions: bool,
}

impl History {
    /// Reads the chain; looks out for an account.
    pub async fn read(chain: &dyn ChainClient, records: &Records, account: &str) -> Result<Self, StatementError> {
        let all = chain.txs(&TxFilter::event("execute")).await?;
        let mentions = all.iter().any(|record| names(record, account));
        let transactions = all.iter().map(|record| transaction(record, records)).collect::<Result<_, _>>()?;
        Ok(Self { transactions, mentions })
    }

    /// Everything that was told, each with where it stands.
    pub fn told(&self) -> impl Iterator<Item = (&Place, &Told)> {
        self.transactions.iter().flat_map(|transaction| transaction.told.iter().map(|told| (&transaction.place, told)))
    }

    /// What settlement told.
    pub fn settlement(&self) -> impl Iterator<Item = (&Place, &SettlementEvent)> {
        self.told().filter_map(|(place, told)| match told {
            Told::Settlement(event) => Some((place, event)),
            _ => None,
        })
    }
}

fn names(record: &TxRecord, account: &str) -> bool {
    let mut attributes = record.events.iter().flat_map(|event| &event.attributes);
    record.sender == account
        || attributes.any(|attribute| attribute.value == account)
        // Who may review, curate or operate is told in messages alone.
        || record.messages.iter().any(|message| message.msg.contains(account))
}

fn transaction(record: &TxRecord, records: &Records) -> Result<Transaction, MalformedEvent> {
    let epoch = records.clock.epoch_at(record.time);
    let place = Place { epoch, time: record.time, height: record.height, tx: record.hash.to_string() };
    let told = record.events.iter().filter_map(|event| told(event, records).transpose()).collect::<Result<_, _>>()?;
    Ok(Transaction { place, told })
}

fn told(event: &Event, records: &Records) -> Result<Option<Told>, MalformedEvent> {
    let at = &records.at;
    let Some(contract) = attribute(event, "_contract_address") else {
        return Ok(None);
    };
    Ok(match () {
        () if at.open_token.as_str() == contract => movement(event)?.map(Told::Open),
        () if at.datanet.as_str() == contract => DatanetEvent::parse(event).transpose()?.map(Told::Datanet),
        () if at.attribution.as_str() == contract => AttributionEvent::parse(event).transpose()?.map(Told::Attribution),
        () if at.settlement.as_str() == contract => SettlementEvent::parse(event).transpose()?.map(Told::Settlement),
        () => match records.stakes.get(contract) {
            Some(model) => by_stake(event, *model)?,
            None => None,
        },
    })
}

fn by_stake(event: &Event, model: ModelId) -> Result<Option<Told>, MalformedEvent> {
    if let Some(moved) = movement(event)? {
        return Ok(Some(Told::Units(model, moved)));
    }
    Ok(StakeEvent::parse(event).transpose()?.map(|event| Told::Stake(model, event)))
}

/// A movement, if the event is of cw20-base and of an action that moves something.
fn movement(event: &Event) -> Result<Option<Movement>, MalformedEvent> {
    if event.ty != "wasm" {
        return Ok(None);
    }
    let (gives, takes) = match attribute(event, "action") {
        Some("transfer" | "send" | "transfer_from" | "send_from") => (true, true),
        Some("burn" | "burn_from") => (true, false),
        Some("mint") => (false, true),
        _ => return Ok(None),
    };
    let malformed = |attribute| MalformedEvent { event: "wasm", attribute };
    let needed = |wanted: bool, key: &'static str| match attribute(event, key) {
        Some(account) if wanted => Ok(Some(account.to_owned())),
        None if wanted => Err(malformed(key)),
        _ => Ok(None),
    };
    let amount = attribute(event, "amount").and_then(|amount| amount.parse().ok());
    let amount = amount.ok_or(malformed("amount"))?;
    Ok(Some(Movement { from: needed(gives, "from")?, to: needed(takes, "to")?, amount }))
}

fn attribute<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    event.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| attribute.value.as_str())
}
