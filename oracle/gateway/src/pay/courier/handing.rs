//! Answers given on, and given once more.

use std::sync::Arc;

use bytes::Bytes;

use super::{Courier, CourierError, Reply, seconds};
use crate::pay::{
    purse::Kept,
    shelf::{Call, Ticket},
};

/// An answer on its way to its client. Dropped without [`Self::done`], the client has not got it, and whoever asks the same gets it.
pub struct Handing {
    courier: Arc<Courier>,
    ticket: Arc<Ticket>,
}

impl Handing {
    pub(super) fn new(courier: Arc<Courier>, ticket: Arc<Ticket>) -> Self {
        Self { courier, ticket }
    }

    /// All of it was handed to the client's connection.
    pub fn done(self) {
        let Self { courier, ticket } = self;
        let Some(call) = courier.shelf.answer_of(&ticket) else { return };
        if let Err(error) = courier.purse.hand(call) {
            tracing::warn!(%error, "it cannot be written that an answer was given on; who asks the same after a restart gets it again");
        }
        courier.shelf.hand(call, seconds());
    }
}

impl Courier {
    /// An answer that is kept, once more and unpaid; none if it was let go.
    pub(super) fn give_again(self: &Arc<Self>, call: Call, ticket: Ticket) -> Result<Option<Reply>, CourierError> {
        let Some(Kept { body, is_stream, .. }) = self.purse.kept_of(call)? else {
            self.shelf.forget(call);
            return Ok(None);
        };
        tracing::info!(channel = call.0, number = call.1, "an answer that was paid is given once more");
        let (body, handing) = (Bytes::from(body.to_vec()), Handing::new(Arc::clone(self), Arc::new(ticket)));
        Ok(Some(if is_stream {
            Reply::Stream { bits: Box::pin(futures::stream::iter([Ok(body)])), handing }
        } else {
            Reply::Whole { status: 200, body, handing: Some(handing) }
        }))
    }

    /// Lets answers go that nobody will ask for any more.
    ///
    /// # Errors
    /// If the purse cannot be written.
    pub fn tidy(&self) -> Result<(), CourierError> {
        Ok(self.purse.let_go(&self.shelf.sweep(seconds()))?)
    }
}
