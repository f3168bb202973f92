//! What a gateway asks of the chain and the store, answered by this crate's contracts and published objects.

use async_trait::async_trait;
use chain::{ChainError, Signer};
use gateway::{
    chain::{Chain, Fault, Now},
    segment::Segment,
    service::Explains,
    till::Booked,
};
use protocol::{
    ChannelId, Epoch, ModelId,
    settlement::{Channel, ExecuteMsg, SignedVoucher},
};
use rules::clock::Clock;
use serde_json::Value;

use super::explain;
use crate::{
    contracts::Contracts,
    keys::DatanetKeys,
    node::Engine,
    published::{Published, PublishedError, Reader, ReaderKey},
};

/// The chain and the store of one gateway.
pub struct Outside {
    engine: Engine,
    signer: Signer,
    clock: Clock,
}

impl Outside {
    /// Of an account.
    ///
    /// # Errors
    /// If the chain cannot be asked.
    pub async fn new(engine: Engine, signer: Signer) -> Result<Self, ChainError> {
        let clock = engine.contracts.clock().await?;
        Ok(Self { engine, signer, clock })
    }

    pub(super) fn contracts(&self) -> &Contracts {
        &self.engine.contracts
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.signer
    }

    pub(super) fn published(&self) -> &Published {
        &self.engine.published
    }

    pub(super) fn keys(&self) -> &DatanetKeys {
        &self.engine.keys
    }

    /// Who may read receipts of a model: its method's operators, those too whose admission has not begun yet, and this gateway.
    async fn readers(&self, model: ModelId) -> Result<Vec<ReaderKey>, ChainError> {
        let method = self.contracts().model_record(model).await?.method;
        let operators = self.contracts().operators(method).await?;
        let mut readers = vec![Reader::of_account(&self.signer).key()];
        for operator in operators {
            match operator.encryption_key {
                Some(key) => readers.push(key),
                None => {
                    tracing::warn!(operator = %operator.account, "an operator has set no encryption key: it cannot read receipts")
                }
            }
        }
        Ok(readers)
    }
}

/// What the chain said no to is refused; everything else may go better next time.
pub fn fault(error: ChainError) -> Fault {
    match error {
        ChainError::Rejected { .. } => Fault::Refused(error.to_string()),
        error => Fault::Unavailable(error.to_string()),
    }
}

#[async_trait]
impl Chain for Outside {
    async fn now(&self) -> Result<Option<Now>, Fault> {
        let time = self.contracts().status().await.map_err(fault)?.time;
        let Some(epoch) = self.clock.epoch_at(time) else { return Ok(None) };
        let last = epoch.saturating_sub(1);
        let is_over = self.clock.redemption_end(last).is_none_or(|end| time >= end);
        Ok(Some(Now { epoch: Epoch(epoch), redeemable: Epoch(if is_over { epoch } else { last }) }))
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Fault> {
        match self.contracts().channel(channel).await {
            Ok(found) => Ok(Some(found)),
            // A contract refuses to tell of what there is not.
            Err(ChainError::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    async fn redeem(&self, vouchers: Vec<SignedVoucher>) -> Result<(), Fault> {
        let redeem = ExecuteMsg::Redeem { vouchers };
        self.contracts().tell_settlement(&self.signer, &redeem).await.map(drop).map_err(fault)
    }

    async fn publish(&self, segment: &Segment) -> Result<(), Fault> {
        let readers = self.readers(ModelId(segment.model)).await.map_err(fault)?;
        let unavailable = |error: PublishedError| Fault::Unavailable(error.to_string());
        self.engine.published.put_sealed(segment, &readers).await.map_err(unavailable)
    }
}

#[async_trait]
impl Explains for Outside {
    async fn attribution(&self, model: ModelId, channel: ChannelId, call: &Booked) -> Result<Option<Value>, Fault> {
        explain::attribution(&self.engine, model, channel, call)
            .await
            .map_err(|error| Fault::Unavailable(format!("{error:#}")))
    }
}
