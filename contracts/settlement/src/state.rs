//! Everything stored, behind functions. Each map has its own key prefix.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Order, OverflowError, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::{Bound, Item, Map};
use protocol::attribution::RoundKind;
use protocol::model::Terms;
use protocol::settlement::{BookedRedemption, Channel, Config, EpochBook, ModelTotals, Parts, SettledRound, Totals};
use protocol::{Bps, ChannelId, ContributionId, Epoch, Hash32, ModelId, Page, RoundId};
use rules::clock::Clock;
use rules::hash::Domain;

use crate::error::ContractError;

mod ledger;
mod spends;

pub use ledger::*;
pub use spends::*;

/// What was fixed at instantiation.
#[cw_serde]
pub struct Setup {
    pub config: Config,
    /// This contract's address, which enters every digest.
    pub contract: Addr,
}

impl Setup {
    pub fn clock(&self) -> Clock {
        Clock { genesis: self.config.genesis.get(), epoch_length: self.config.epoch_length.get() }
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.config.chain_id.clone(), contract: self.contract.to_string() }
    }
}

/// What an epoch of a model earned, at the terms of its first redemption.
#[cw_serde]
pub struct Book {
    pub redemptions: u32,
    pub commitment: Hash32,
    pub gross: Uint128,
    pub parts: Parts,
    pub terms: Terms,
    pub settled_by: Option<RoundId>,
}

impl Book {
    pub fn shown(&self, epoch: Epoch) -> EpochBook {
        EpochBook {
            epoch,
            redemptions: self.redemptions,
            commitment: self.commitment,
            gross: self.gross,
            parts: self.parts.clone(),
            settled_by: self.settled_by,
        }
    }
}

/// Who is paid for a contribution; payees in order, their shares summing to the whole.
#[cw_serde]
pub struct Recipients {
    pub payees: Vec<(Addr, Bps)>,
    pub slashed: bool,
}

/// A model's totals, and how many positions its ledger has.
#[cw_serde]
#[derive(Default)]
pub struct ModelBook {
    /// But for what claims have taken: see [`load_model_totals`].
    pub totals: ModelTotals,
    pub positions: u32,
    /// Whether the ledger was retired and no round has begun since.
    pub retired: bool,
    /// Chunk that a retirement in progress goes on with; a round that begins ends it.
    pub retiring: Option<u32>,
}

/// A round whose chunks are not all in.
#[cw_serde]
pub struct Progress {
    pub round: RoundId,
    pub kind: RoundKind,
    /// Position that the next chunk begins at.
    pub cursor: u32,
    pub positions: u32,
    pub pool: Uint64,
    pub denominator: Uint64,
    pub z_tenths: u8,
    pub release_rate: Bps,
    pub cap: Uint64,
    /// Stake that the round can give, and has given so far, in units.
    pub tranche: Uint128,
    pub stake_given: Uint128,
    /// Of a valuation: versions that it knows.
    pub versions: u32,
}

const SETUP: Item<Setup> = Item::new("setup");
/// The same as in the setup: a claim reads nothing larger.
const OPEN_TOKEN: Item<Addr> = Item::new("open_token");
const TOTALS: Item<Totals> = Item::new("totals");
const CHANNEL_COUNT: Item<u64> = Item::new("channel_count");
const CHANNELS: Map<u64, Channel> = Map::new("channels");
/// First height at which a message was handled in an epoch.
const EPOCH_HEIGHTS: Map<u64, u64> = Map::new("epoch_heights");
const BOOKS: Map<(u64, u64), Book> = Map::new("books");
const REDEMPTIONS: Map<(u64, u64, u32), BookedRedemption> = Map::new("redemptions");
const RECIPIENTS: Map<u64, Recipients> = Map::new("recipients");
const MODELS: Map<u64, ModelBook> = Map::new("model_books");
const PROGRESS: Map<u64, Progress> = Map::new("progress");
const ROUNDS: Map<(u64, u64), SettledRound> = Map::new("settled_rounds");
const BALANCES: Map<&Addr, Uint128> = Map::new("balances");

pub fn save_setup(storage: &mut dyn Storage, setup: &Setup) -> StdResult<()> {
    OPEN_TOKEN.save(storage, &setup.config.open_token)?;
    SETUP.save(storage, setup)
}

pub fn load_open_token(storage: &dyn Storage) -> StdResult<Addr> {
    OPEN_TOKEN.load(storage)
}

pub fn load_setup(storage: &dyn Storage) -> StdResult<Setup> {
    SETUP.load(storage)
}

pub fn load_totals(storage: &dyn Storage) -> StdResult<Totals> {
    Ok(TOTALS.may_load(storage)?.unwrap_or_default())
}

/// Moves money between totals.
pub fn move_totals(
    storage: &mut dyn Storage,
    by: impl FnOnce(&mut Totals) -> Result<(), OverflowError>,
) -> Result<(), ContractError> {
    let mut totals = load_totals(storage)?;
    by(&mut totals)?;
    Ok(TOTALS.save(storage, &totals)?)
}

/// The next free channel id, from 1.
pub fn next_channel_id(storage: &mut dyn Storage) -> Result<ChannelId, ContractError> {
    let count = Uint64::new(CHANNEL_COUNT.may_load(storage)?.unwrap_or_default());
    let next = count.checked_add(Uint64::one())?.u64();
    CHANNEL_COUNT.save(storage, &next)?;
    Ok(ChannelId(next))
}

pub fn load_channel(storage: &dyn Storage, id: ChannelId) -> Result<Channel, ContractError> {
    let found = CHANNELS.may_load(storage, id.get())?;
    found.ok_or(ContractError::UnknownChannel { channel: id })
}

/// A channel that is not closed.
pub fn load_open_channel(storage: &dyn Storage, id: ChannelId) -> Result<Channel, ContractError> {
    let channel = load_channel(storage, id)?;
    if channel.closed {
        return Err(ContractError::ChannelIsClosed { channel: id });
    }
    Ok(channel)
}

pub fn save_channel(storage: &mut dyn Storage, channel: &Channel) -> StdResult<()> {
    CHANNELS.save(storage, channel.id.get(), channel)
}

pub fn list_channels(storage: &dyn Storage, page: &Page) -> StdResult<Vec<Channel>> {
    CHANNELS
        .range(storage, after(page), None, Order::Ascending)
        .take(page.take())
        .map(|found| found.map(|(_, channel)| channel))
        .collect()
}

/// Records the height of an epoch's first message; later ones change nothing.
pub fn record_epoch_height(storage: &mut dyn Storage, epoch: Epoch, height: u64) -> StdResult<()> {
    if EPOCH_HEIGHTS.has(storage, epoch.get()) {
        return Ok(());
    }
    EPOCH_HEIGHTS.save(storage, epoch.get(), &height)
}

/// The height of the first message in any epoch after `epoch`.
pub fn first_height_after(storage: &dyn Storage, epoch: Epoch) -> StdResult<Option<u64>> {
    EPOCH_HEIGHTS
        .range(storage, Some(Bound::exclusive(epoch.get())), None, Order::Ascending)
        .next()
        .map(|found| found.map(|(_, height)| height))
        .transpose()
}

pub fn load_book(storage: &dyn Storage, model: ModelId, epoch: Epoch) -> StdResult<Option<Book>> {
    BOOKS.may_load(storage, (model.get(), epoch.get()))
}

pub fn save_book(storage: &mut dyn Storage, model: ModelId, epoch: Epoch, book: &Book) -> StdResult<()> {
    BOOKS.save(storage, (model.get(), epoch.get()), book)
}

/// Books of a model after an epoch, in order, at most `limit`.
pub fn list_books(
    storage: &dyn Storage,
    model: ModelId,
    after: Option<Epoch>,
    limit: usize,
) -> StdResult<Vec<(Epoch, Book)>> {
    BOOKS
        .prefix(model.get())
        .range(storage, after.map(|epoch| Bound::exclusive(epoch.get())), None, Order::Ascending)
        .take(limit)
        .map(|found| found.map(|(epoch, book)| (Epoch(epoch), book)))
        .collect()
}

/// The last epoch of a model that has fees, settled or not.
pub fn last_earning_epoch(storage: &dyn Storage, model: ModelId) -> StdResult<Option<Epoch>> {
    let last = BOOKS.prefix(model.get()).keys(storage, None, None, Order::Descending).next();
    Ok(last.transpose()?.map(Epoch))
}

pub fn save_redemption(
    storage: &mut dyn Storage,
    model: ModelId,
    epoch: Epoch,
    redemption: &BookedRedemption,
) -> StdResult<()> {
    let key = (model.get(), epoch.get(), redemption.number);
    REDEMPTIONS.save(storage, key, redemption)
}

pub fn load_redemption(
    storage: &dyn Storage,
    model: ModelId,
    epoch: Epoch,
    number: u32,
) -> StdResult<BookedRedemption> {
    REDEMPTIONS.load(storage, (model.get(), epoch.get(), number))
}

pub fn list_redemptions(
    storage: &dyn Storage,
    model: ModelId,
    epoch: Epoch,
    page: &Page,
) -> StdResult<Vec<BookedRedemption>> {
    let Ok(from) = page.after().map(u32::try_from).transpose() else {
        return Ok(vec![]); // no epoch has that many
    };
    REDEMPTIONS
        .prefix((model.get(), epoch.get()))
        .range(storage, from.map(Bound::exclusive), None, Order::Ascending)
        .take(page.take())
        .map(|found| found.map(|(_, redemption)| redemption))
        .collect()
}

pub fn save_recipients(
    storage: &mut dyn Storage,
    contribution: ContributionId,
    recipients: &Recipients,
) -> StdResult<()> {
    RECIPIENTS.save(storage, contribution.get(), recipients)
}

pub fn load_recipients(storage: &dyn Storage, contribution: ContributionId) -> Result<Recipients, ContractError> {
    let found = RECIPIENTS.may_load(storage, contribution.get())?;
    found.ok_or(ContractError::NotSynced { contribution })
}

pub fn load_model(storage: &dyn Storage, model: ModelId) -> StdResult<ModelBook> {
    Ok(MODELS.may_load(storage, model.get())?.unwrap_or_default())
}

pub fn save_model(storage: &mut dyn Storage, model: ModelId, book: &ModelBook) -> StdResult<()> {
    MODELS.save(storage, model.get(), book)
}

pub fn load_progress(storage: &dyn Storage, model: ModelId) -> StdResult<Option<Progress>> {
    PROGRESS.may_load(storage, model.get())
}

pub fn save_progress(storage: &mut dyn Storage, model: ModelId, progress: &Progress) -> StdResult<()> {
    PROGRESS.save(storage, model.get(), progress)
}

pub fn remove_progress(storage: &mut dyn Storage, model: ModelId) {
    PROGRESS.remove(storage, model.get());
}

pub fn load_round(storage: &dyn Storage, model: ModelId, round: RoundId) -> StdResult<Option<SettledRound>> {
    ROUNDS.may_load(storage, (model.get(), round.get()))
}

pub fn save_round(storage: &mut dyn Storage, model: ModelId, settled: &SettledRound) -> StdResult<()> {
    ROUNDS.save(storage, (model.get(), settled.round.get()), settled)
}

pub fn list_rounds(storage: &dyn Storage, model: ModelId, page: &Page) -> StdResult<Vec<SettledRound>> {
    ROUNDS
        .prefix(model.get())
        .range(storage, after(page), None, Order::Ascending)
        .take(page.take())
        .map(|found| found.map(|(_, settled)| settled))
        .collect()
}

pub fn load_balance(storage: &dyn Storage, account: &Addr) -> StdResult<Uint128> {
    Ok(BALANCES.may_load(storage, account)?.unwrap_or_default())
}

/// Adds to an account's balance and to the total of balances.
pub fn credit(storage: &mut dyn Storage, account: &Addr, amount: Uint128) -> Result<(), ContractError> {
    add_to_balance(storage, account, amount)?;
    move_totals(storage, |totals| {
        totals.balances = totals.balances.checked_add(amount)?;
        Ok(())
    })
}

/// Adds to an account's balance; the caller adds the sum of several to the total of balances.
pub fn add_to_balance(storage: &mut dyn Storage, account: &Addr, amount: Uint128) -> Result<(), ContractError> {
    let balance = load_balance(storage, account)?.checked_add(amount)?;
    Ok(BALANCES.save(storage, account, &balance)?)
}

/// Empties an account's balance, takes it from the total of balances, and returns it.
pub fn take_balance(storage: &mut dyn Storage, account: &Addr) -> Result<Uint128, ContractError> {
    let balance = load_balance(storage, account)?;
    BALANCES.remove(storage, account);
    move_totals(storage, |totals| {
        totals.balances = totals.balances.checked_sub(balance)?;
        Ok(())
    })?;
    Ok(balance)
}

fn after<'a>(page: &Page) -> Option<Bound<'a, u64>> {
    page.after().map(Bound::exclusive)
}
