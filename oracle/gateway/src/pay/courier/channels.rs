//! Channels that nobody uses at the moment, by model. Who takes one out has it alone, since a channel takes one call at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::ModelId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::pay::Pocket;

/// Channels at rest.
pub struct Channels {
    idle: Arc<Mutex<Vec<Pocket>>>,
    room: Mutex<HashMap<u64, Arc<Semaphore>>>,
    at_once: usize,
}

/// A channel that was taken out, or the right to open one. It goes back when it is dropped, unless it is used no further.
pub struct Taken {
    /// The channel.
    pub pocket: Option<Pocket>,
    idle: Arc<Mutex<Vec<Pocket>>>,
    _room: Option<OwnedSemaphorePermit>,
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
    pub fn new(pockets: Vec<Pocket>, at_once: usize) -> Self {
        let idle = pockets.into_iter().filter(|pocket| pocket.retired.is_none()).collect();
        Self { idle: Arc::new(Mutex::new(idle)), room: Mutex::default(), at_once: at_once.max(1) }
    }

    /// Takes one of a model out, or the right to open one; waits while all are in use. Those with a call under way come first.
    pub async fn take(&self, model: ModelId) -> Taken {
        let room = {
            let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(room.entry(model.get()).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
        };
        // It is never closed.
        let permit = room.acquire_owned().await.ok();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let of_model = |pocket: &Pocket| pocket.model == model;
        let index = idle.iter().position(|pocket| of_model(pocket) && pocket.pending.is_some());
        let index = index.or_else(|| idle.iter().position(of_model));
        let pocket = index.map(|index| idle.swap_remove(index));
        drop(idle);
        Taken { pocket, idle: Arc::clone(&self.idle), _room: permit }
    }
}
