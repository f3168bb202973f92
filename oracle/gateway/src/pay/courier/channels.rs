//! Channels that nobody uses at the moment, by model. Who takes one out has it alone, since a channel takes one call at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{ChannelId, ModelId, settlement::SignedVoucher};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::pay::{
    Pocket,
    shelf::{Claim, Shelf, Ticket},
};

/// Channels at rest.
pub struct Channels {
    idle: Arc<Mutex<Vec<Pocket>>>,
    room: Mutex<HashMap<u64, Arc<Semaphore>>>,
    at_once: usize,
    shelf: Arc<Shelf>,
}

/// Where a call is made.
pub enum Place {
    /// In this channel.
    Here(Box<Taken>),
    /// Nowhere: an earlier call answers it, which is fetched now or is on the shelf.
    Elsewhere,
}

/// A channel that was taken out, or the right to open one. It goes back when it is dropped, unless it is used no further.
pub struct Taken {
    /// The channel.
    pub pocket: Option<Pocket>,
    idle: Arc<Mutex<Vec<Pocket>>>,
    _room: Option<OwnedSemaphorePermit>,
    /// Held while the call is fetched that an earlier client left in it. Given back after the channel, so that whoever asks the same finds one or the other.
    fetching: Option<Ticket>,
}

impl Taken {
    /// What was left in it is on the shelf, or was never made.
    pub fn is_cleared(&mut self) {
        self.fetching = None;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(pocket) = self.pocket.take().filter(|pocket| pocket.retired.is_none()) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(pocket);
        }
    }
}

impl Channels {
    /// Those of a purse.
    pub fn new(pockets: Vec<Pocket>, at_once: usize, shelf: Arc<Shelf>) -> Self {
        let idle = pockets.into_iter().filter(|pocket| pocket.retired.is_none()).collect();
        Self { idle: Arc::new(Mutex::new(idle)), room: Mutex::default(), at_once: at_once.max(1), shelf }
    }

    /// The vouchers that gateways lack of channels at rest.
    pub fn owed(&self) -> Vec<SignedVoucher> {
        self.idle().iter().filter_map(|pocket| pocket.unsent.clone()).collect()
    }

    /// Notes that a voucher has arrived, and has it kept. A channel that was taken out meanwhile sends it once more, which does no harm.
    ///
    /// # Errors
    /// What `keep` says.
    pub fn arrived<E>(&self, voucher: &SignedVoucher, keep: impl FnOnce(&Pocket) -> Result<(), E>) -> Result<(), E> {
        // Nobody takes it out before it is kept.
        let mut idle = self.idle();
        let pocket = idle.iter_mut().find(|pocket| pocket.unsent.as_ref() == Some(voucher));
        let Some(pocket) = pocket else { return Ok(()) };
        pocket.unsent = None;
        keep(pocket)
    }

    /// Takes a certain one out that has a call under way, beside those that calls may take.
    pub fn take_out(&self, channel: ChannelId) -> Option<Taken> {
        let mut idle = self.idle();
        let index = idle.iter().position(|pocket| pocket.channel == channel && pocket.pending.is_some())?;
        let pocket = idle.swap_remove(index);
        Some(self.taken(Some(pocket), None, true))
    }

    /// The calls under way in channels at rest, by channel and rank.
    pub fn left(&self) -> Vec<(ChannelId, u64)> {
        let of = |pocket: &Pocket| pocket.pending.as_ref().map(|pending| (pocket.channel, pending.order.number));
        self.idle().iter().filter_map(of).collect()
    }

    /// Puts one to rest that was found on chain.
    pub fn put_found(&self, pocket: Pocket) {
        self.idle().push(pocket);
    }

    /// Takes one of a model out in which nothing is under way, for who has the right to open one.
    pub fn take_found(&self, model: ModelId) -> Option<Pocket> {
        let mut idle = self.idle();
        let index = idle.iter().position(|pocket| pocket.model == model && pocket.pending.is_none())?;
        Some(idle.swap_remove(index))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Pocket>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one of a model out, or the right to open one; waits while all are in use. First comes the one that awaits this very request. One that awaits another request is
    /// left to whoever asks that again, as long as another channel can be opened.
    pub async fn take(&self, model: ModelId, (path, body): (&str, &[u8]), claim: &Claim) -> Place {
        let room = {
            let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(room.entry(model.get()).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
        };
        // It is never closed.
        let permit = Arc::clone(&room).acquire_owned().await.ok();
        let mut idle = self.idle();
        let rank = |pocket: &Pocket| match pocket {
            pocket if pocket.awaits(path, body) => 0,
            pocket if pocket.pending.is_none() => 1,
            _ => 2,
        };
        let of_model = idle.iter().enumerate().filter(|(_, pocket)| pocket.model == model);
        let others_in_use = self.at_once.saturating_sub(room.available_permits() + 1);
        let is_full = of_model.clone().count() + others_in_use >= self.at_once;
        let best = of_model.map(|(index, pocket)| (rank(pocket), index)).min();
        // While channels cannot change hands: an earlier call of this request is in one of them, or being fetched, or on the shelf.
        if best.is_none_or(|(rank, _)| rank > 0) && self.shelf.is_elsewhere(claim) {
            return Place::Elsewhere;
        }
        let best = best.filter(|(rank, _)| *rank < 2 || is_full);
        let pocket = best.map(|(_, index)| idle.swap_remove(index));
        Place::Here(Box::new(self.taken(pocket, permit, best.is_some_and(|(rank, _)| rank == 2))))
    }

    /// `is_fetched`: the call under way in it is another's. Entered before the channel is out of sight.
    fn taken(&self, pocket: Option<Pocket>, room: Option<OwnedSemaphorePermit>, is_fetched: bool) -> Taken {
        let pending = pocket.as_ref().and_then(|pocket| pocket.pending.as_ref()).filter(|_| is_fetched);
        let fetching = pending.map(|pending| self.shelf.fetch(pending.order.request, pending.key.clone()));
        Taken { pocket, idle: Arc::clone(&self.idle), _room: room, fetching }
    }
}
