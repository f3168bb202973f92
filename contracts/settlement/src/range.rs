//! Which epochs of a model a round covers: from the one after the last settled range, all that have
//! fees and whose redemption is over, within the bounds of a round.

use cosmwasm_std::{Env, Storage, Uint128};
use protocol::settlement::{MAX_EPOCHS, MAX_REDEMPTIONS, OpenRange, Openable, Parts};
use protocol::{Epoch, ModelId, Seconds};

use crate::error::ContractError;
use crate::parts;
use crate::state::{self, Book, Setup};
use crate::windows;

/// Unsettled epochs that a round can cover, in order; never empty.
pub struct Range {
    pub first_epoch: Epoch,
    pub last_epoch: Epoch,
    pub books: Vec<(Epoch, Book)>,
    pub redemptions: u32,
    pub gross: Uint128,
    pub parts: Parts,
    /// No further epoch fits, or the first has waited for as many as would: waiting longer would add nothing, or lose it.
    pub full: bool,
}

/// What can be covered now.
pub enum Found {
    Range(Box<Range>),
    /// The earliest unsettled epoch with fees can still be redeemed.
    Redeemable(Epoch),
    NoFees,
}

/// Collects the range that begins after the last settled epoch and ends no later than `through`.
pub fn find(
    storage: &dyn Storage,
    setup: &Setup,
    env: &Env,
    model: ModelId,
    through: Option<Epoch>,
) -> Result<Found, ContractError> {
    let settled = state::load_model(storage, model)?.totals.settled_through;
    let mut range: Option<Range> = None;
    for (epoch, book) in state::list_books(storage, model, settled, MAX_EPOCHS)? {
        if through.is_some_and(|last| epoch > last) {
            break;
        }
        if !windows::redemption_over(storage, setup, env, epoch)? {
            return Ok(range.map_or(Found::Redeemable(epoch), Range::found));
        }
        let begun = range.take().unwrap_or_else(|| Range::after(settled));
        if begun.redemptions.saturating_add(book.redemptions) > MAX_REDEMPTIONS {
            range = Some(Range { full: true, ..begun });
            break;
        }
        range = Some(begun.with(epoch, book)?);
    }
    Ok(range.map_or(Found::NoFees, Range::found))
}

impl Range {
    fn after(settled: Option<Epoch>) -> Self {
        // No epoch follows the last 64-bit one, and none is ever reached.
        let first_epoch = settled.map_or(Epoch(0), |last| last.next().unwrap_or(last));
        Self {
            first_epoch,
            last_epoch: first_epoch,
            books: vec![],
            redemptions: 0,
            gross: Uint128::zero(),
            parts: Parts::default(),
            full: false,
        }
    }

    fn with(mut self, epoch: Epoch, book: Book) -> Result<Self, ContractError> {
        self.last_epoch = epoch;
        self.redemptions = self.redemptions.saturating_add(book.redemptions);
        self.gross = self.gross.checked_add(book.gross)?;
        self.parts = parts::add(&self.parts, &book.parts)?;
        self.books.push((epoch, book));
        self.full = self.books.len() >= MAX_EPOCHS || self.redemptions >= MAX_REDEMPTIONS;
        Ok(self)
    }

    fn found(self) -> Found {
        Found::Range(Box::new(self))
    }

    /// Release rate and cap are those of the last epoch.
    fn shown(&self, fixed_by: Seconds) -> Result<Openable, ContractError> {
        let Some((_, last)) = self.books.last() else {
            return Ok(Openable::NoFees {});
        };
        Ok(Openable::Range(Box::new(OpenRange {
            first_epoch: self.first_epoch,
            last_epoch: self.last_epoch,
            fixed_by,
            books: self.books.iter().map(|(e, book)| book.shown(*e)).collect(),
            redemptions: self.redemptions,
            pool: self.parts.influence,
            release_rate: last.terms.release_rate,
            cap: last.terms.cap,
            full: self.full,
        })))
    }
}

/// The answer to `Openable`.
pub fn openable(storage: &dyn Storage, setup: &Setup, env: &Env, model: ModelId) -> Result<Openable, ContractError> {
    match find(storage, setup, env, model, None)? {
        Found::Range(mut range) => {
            range.full |= has_waited(setup, env, &range);
            range.shown(fixed_by(storage, setup, env, range.last_epoch)?)
        }
        Found::Redeemable(epoch) => Ok(Openable::Redeemable { epoch, until: windows::redemption_end(setup, epoch)? }),
        Found::NoFees => Ok(Openable::NoFees {}),
    }
}

/// Whether `MAX_EPOCHS` epochs have begun since the first one with fees. A model that earns in few of them never fills a range, and
/// without this all that it earns under the method's minimum would lapse, epoch by epoch.
fn has_waited(setup: &Setup, env: &Env, range: &Range) -> bool {
    let current = windows::current_epoch(setup, env).map_or(0, Epoch::get);
    let waited = range.books.first().map_or(0, |(first, _)| current.saturating_sub(first.get()));
    usize::try_from(waited).is_ok_and(|epochs| epochs >= MAX_EPOCHS)
}

/// Start of the last epoch that nobody can redeem any more: of a round opened in time, the last of its range.
///
/// Not always that of the range: a full range ends where it ends, and a model may stop earning. Then examples that were
/// approved too late for `last` would lock its fees, and all later ones, for good.
fn fixed_by(storage: &dyn Storage, setup: &Setup, env: &Env, last: Epoch) -> Result<Seconds, ContractError> {
    let current = windows::current_epoch(setup, env).map_or(0, Epoch::get);
    let mut epoch = last;
    // Redemption lasts half an epoch: it is over for one of these two, unless nobody has sent a message for long.
    for ago in [2, 1] {
        let candidate = Epoch(current.saturating_sub(ago));
        if candidate > epoch && windows::redemption_over(storage, setup, env, candidate)? {
            epoch = candidate;
        }
    }
    let start = setup.clock().start_of(epoch.get());
    start.map(Seconds).ok_or(ContractError::BeyondClock { epoch })
}
