//! Following the chain block by block, with a cursor on disk: what others did and what it meant for this operator. Nothing that the
//! operator does depends on it: duties are decided from queries, so that a lost cursor costs lines in a log.

use std::sync::Arc;

use chain::{ChainClient, ChainError, TxRecord};
use cosmwasm_std::{Event, from_json};
use protocol::{
    ModelId, RoundId,
    attribution::{ExecuteMsg, ReportMsg},
    event::{AttributionEvent, ModelEvent, SettlementEvent},
};
use rules::score::unpack_entries;

use super::{
    crash::crash_point,
    noted::{Noted, Notes},
    watch,
};
use crate::{node::Node, store::StoreError};

/// Name of the cursor.
const CURSOR: &str = "blocks";
/// Blocks that are read before the loop looks at its duties again.
const BLOCKS_AT_ONCE: u64 = 200;

/// Why following stopped for now.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The cursor cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was learnt that concerns the loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Models or versions came.
    pub models: bool,
    /// Blocks that are still to be read.
    pub behind: u64,
}

/// Reads blocks after the cursor.
pub struct Follower {
    client: Arc<dyn ChainClient>,
    node: Node,
    notes: Arc<Notes>,
}

impl Follower {
    /// Follows for an operator.
    pub fn new(client: Arc<dyn ChainClient>, node: Node, notes: Arc<Notes>) -> Self {
        Self { client, node, notes }
    }

    /// Reads up to `latest`, some blocks at once. Without a cursor it begins there: what was before concerned nobody here.
    ///
    /// # Errors
    /// If the chain or the store fails; what was read stays read.
    pub async fn catch_up(&self, latest: u64) -> Result<Learnt, FollowError> {
        let store = &self.node.store;
        let Some(cursor) = store.cursor(CURSOR)? else {
            store.set_cursor(CURSOR, latest)?;
            return Ok(Learnt { models: true, behind: 0 });
        };
        let until = latest.min(cursor.saturating_add(BLOCKS_AT_ONCE));
        let mut learnt = Learnt { models: false, behind: latest.saturating_sub(until) };
        for height in cursor.saturating_add(1)..=until {
            for record in self.client.block(height).await? {
                learnt.models |= self.read(&record);
            }
            crash_point!("read");
            store.set_cursor(CURSOR, height)?;
            self.notes.note(Noted::Followed { height });
            crash_point!("followed");
        }
        Ok(learnt)
    }

    fn read(&self, record: &TxRecord) -> bool {
        self.compare_reveals(record);
        let deployment = self.node.engine.contracts.deployment();
        let mut models = false;
        for event in &record.events {
            // Anyone may emit an event of any name.
            if is_from(event, deployment.attribution.as_str()) {
                self.attribution(event);
            } else if is_from(event, deployment.settlement.as_str()) {
                self.settlement(event);
            } else if is_from(event, deployment.model.as_str()) {
                models |= matches!(
                    ModelEvent::parse(event),
                    Some(Ok(ModelEvent::ModelCreated { .. } | ModelEvent::VersionRegistered { .. }))
                );
            }
        }
        models
    }

    fn attribution(&self, event: &Event) {
        let Some(Ok(event)) = AttributionEvent::parse(event) else { return };
        let me = self.node.signer.address();
        match event {
            AttributionEvent::RoundOpened { model, round, kind, first_epoch, last_epoch, .. } => {
                self.notes.note(Noted::Opened { model, round, kind: &kind, first_epoch, last_epoch });
            }
            AttributionEvent::RoundClosed { model, round, outcome } => {
                self.notes.note(Noted::Closed { model, round, outcome: &outcome });
            }
            AttributionEvent::Agreement { model, round, operator, agreement, distance, .. } if operator == me => {
                self.notes.note(Noted::Agreement { model, round, agreement, distance });
            }
            AttributionEvent::OperatorSlashed { model, round, operator, bond, .. } if operator == me => {
                self.notes.note(Noted::Slashed { model, round, bond: bond.u128() });
            }
            AttributionEvent::RoundMissed { model, round, operator, missed, .. } if operator == me => {
                self.notes.note(Noted::Missed { model, round, missed });
            }
            AttributionEvent::OperatorPenalised { model, round, operator, penalty, .. } if operator == me => {
                self.notes.note(Noted::Penalised { model, round, penalty: penalty.u128() });
            }
            _ => {}
        }
    }

    fn settlement(&self, event: &Event) {
        if let Some(Ok(SettlementEvent::RewardBooked { model, round, operator, amount, .. })) =
            SettlementEvent::parse(event)
            && operator == self.node.signer.address()
        {
            self.notes.note(Noted::Rewarded { model, round, amount: amount.u128() });
        }
    }

    /// Holds what others reveal against the own promise.
    fn compare_reveals(&self, record: &TxRecord) {
        if record.sender == self.node.signer.address() {
            return;
        }
        let attribution = self.node.engine.contracts.deployment().attribution.as_str();
        for message in record.messages.iter().filter(|message| message.contract == attribution) {
            let Ok(ExecuteMsg::Reveal { model, round, report, .. }) = from_json(message.msg.as_bytes()) else {
                continue;
            };
            if let ReportMsg::Vector { entries, .. } = report {
                self.compare(model, round, &record.sender, &entries);
            }
        }
    }

    fn compare(&self, model: ModelId, round: RoundId, operator: &str, entries: &[u8]) {
        let Ok(Some(promise)) = self.node.store.promise(model, round) else { return };
        let Some(own) = promise.vector.and_then(|vector| unpack_entries(&vector.entries).ok()) else { return };
        let Ok(theirs) = unpack_entries(entries) else { return };
        if let Some(distance) = watch::distance(&own, &theirs) {
            self.notes.note(Noted::Compared { model, round, operator, distance });
        }
    }
}

fn is_from(event: &Event, contract: &str) -> bool {
    event.attributes.iter().any(|attribute| attribute.key == "_contract_address" && attribute.value == contract)
}
