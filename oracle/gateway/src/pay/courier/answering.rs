//! A call whose answer is on its way: gathered, settled, given on.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use protocol::ChannelId;

use super::{
    Courier, CourierError, Handing, Reply,
    channels::Taken,
    ordering::{Refusal, Turn},
    terms::Known,
};
use crate::{
    asked::{self, Asked, Way},
    pay::{shelf::Ticket, stream::Gathered},
    x402::{PAYMENT_RESPONSE, Requirements},
};

/// What ends a stream, once it is paid.
pub(super) const END: &str = "data: [DONE]\n\n";

/// A call whose answer is on its way.
pub(super) struct Call {
    pub courier: Arc<Courier>,
    pub taken: Taken,
    /// Of the client that waits for it, if one does.
    pub ticket: Option<Arc<Ticket>>,
    pub terms: Requirements,
    pub asked: Asked,
}

impl Call {
    pub async fn whole(mut self, response: reqwest::Response) -> Result<Reply, CourierError> {
        let body = self.settle_whole(response).await?;
        Ok(Reply::Whole { status: 200, body, handing: self.handing() })
    }

    pub fn stream(self, response: reqwest::Response) -> Reply {
        let handing = self.handing().expect("a stream goes to the client that asked for it");
        let bytes = response.bytes_stream();
        let state = Some((self, Gathered::default(), Box::pin(bytes)));
        let bits = futures::stream::try_unfold(state, |state| async move {
            let Some((mut call, mut gathered, mut bytes)) = state else { return Ok(None) };
            match bytes.next().await {
                Some(next) => {
                    let passed = Bytes::from(gathered.take(&next?));
                    Ok(Some((passed, Some((call, gathered, bytes)))))
                }
                None => {
                    call.settle_stream(&gathered).await?;
                    // The channel is free before the client knows, and may ask again.
                    drop(call);
                    let end = if gathered.has_failed { "" } else { END };
                    Ok(Some((Bytes::from_static(end.as_bytes()), None)))
                }
            }
        });
        Reply::Stream { bits: Box::pin(bits), handing }
    }

    fn handing(&self) -> Option<Handing> {
        let ticket = self.ticket.as_ref()?;
        Some(Handing::new(Arc::clone(&self.courier), Arc::clone(ticket)))
    }

    async fn settle_whole(&mut self, response: reqwest::Response) -> Result<Bytes, CourierError> {
        let settled = response.headers().get(PAYMENT_RESPONSE).map(|header| header.as_bytes().to_vec());
        let settled = settled.ok_or(CourierError::Broken("the answer came without a receipt: nothing was signed"))?;
        let body = response.bytes().await?;
        self.settle_answer(&settled, &body).await?;
        Ok(body)
    }
}

impl Courier {
    /// Fetches what an earlier try left under way, unless it is what is asked now.
    pub(super) async fn cleared(
        self: &Arc<Self>,
        mut taken: Taken,
        asked_now: Option<(Way, &Bytes)>,
    ) -> Result<Taken, CourierError> {
        let Some(pocket) = taken.pocket.as_mut() else { return Ok(taken) };
        let Some(pending) = pocket.pending.clone() else { return Ok(taken) };
        if asked_now.is_some_and(|(way, body)| pocket.awaits(way.path(), body)) {
            return Ok(taken);
        }
        let way = Way::find(&pending.path).ok_or(CourierError::Broken("the purse names a path that there is not"))?;
        let body = Bytes::from(pending.body.to_vec());
        let Ok(Known { terms, template }) = self.terms(way, &asked::model(&body)?, &body).await? else {
            return Err(CourierError::Broken("the gateway no longer tells the terms of an earlier call"));
        };
        let asked = asked::read(way, &body, template.as_deref())?;
        let response = self.send(pocket, &terms).await?;
        if response.status().as_u16() != 200 {
            let refusal = Refusal::read(&response)?;
            self.judge(pocket, Turn::Again, &refusal).await?;
            if pocket.retired.is_some() {
                taken.pocket = None;
            } else if pocket.pending.is_some() {
                return Err(CourierError::EarlierOpen);
            }
            taken.is_cleared();
            return Ok(taken);
        }
        let is_stream = matches!(&asked, Asked::Text(ask) if ask.stream);
        let mut call = Call { courier: Arc::clone(self), taken, ticket: None, terms, asked };
        if is_stream {
            let mut gathered = Gathered::default();
            let mut bytes = response.bytes_stream();
            while let Some(next) = bytes.next().await {
                gathered.take(&next?);
            }
            call.settle_stream(&gathered).await?;
        } else {
            call.settle_whole(response).await?;
        }
        call.taken.is_cleared();
        Ok(call.taken)
    }

    /// Fetches and pays what was left under way in a channel at rest; whoever asked it is still answered by it.
    ///
    /// # Errors
    /// If the gateway does not answer; it is tried again with the channel's next call.
    pub async fn fetch_left(self: &Arc<Self>, channel: ChannelId) -> Result<(), CourierError> {
        let Some(taken) = self.channels.take_out(channel) else { return Ok(()) };
        self.cleared(taken, None).await.map(drop)
    }
}
