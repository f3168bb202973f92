//! What an operator has and how its node does, looked at from time to time for metrics and for whoever asks. Nothing is decided from it.

use std::{sync::Arc, time::Duration};

use chain::{
    ChainError,
    wasmd::{NodeHealth, Probe, WasmdClient},
};
use protocol::{MethodId, attribution::Operator};
use tokio_util::sync::CancellationToken;

use super::noted::Notes;
use crate::{
    contracts::Contracts,
    node::Node,
    telemetry::{Condition, NodeState},
};

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(15);

/// Looks until told to stop.
pub async fn survey(client: WasmdClient, node: Node, notes: Arc<Notes>, stop: CancellationToken) {
    let mut probe = Probe::new(client.clone());
    while !stop.is_cancelled() {
        look_at_node(&mut probe, &notes).await;
        look_at_store(&node, &notes);
        if let Err(error) = look_at_account(&client, &node, &notes).await {
            tracing::debug!(error = %error, "the account could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn look_at_node(probe: &mut Probe, notes: &Notes) {
    let checkup = probe.check().await;
    let health = notes.health();
    notes.metrics().node(state(&checkup.health));
    match &checkup.health {
        NodeHealth::Healthy | NodeHealth::Slow { .. } | NodeHealth::Restarted { .. } => {
            health.holds(Condition::NodeReachable);
            health.holds(Condition::RightChain);
        }
        NodeHealth::OtherChain { .. } => health.lacks(Condition::RightChain, checkup.health.to_string()),
        other => health.lacks(Condition::NodeReachable, other.to_string()),
    }
    if checkup.health != NodeHealth::Healthy {
        tracing::warn!(node = %checkup.health, clock_difference = checkup.clock_difference, "the node is not as it should be");
    }
}

fn look_at_store(node: &Node, notes: &Notes) {
    match node.store.check_writable() {
        Ok(()) => notes.health().holds(Condition::StoreWritable),
        Err(error) => notes.health().lacks(Condition::StoreWritable, error.to_string()),
    }
}

async fn look_at_account(client: &WasmdClient, node: &Node, notes: &Notes) -> Result<(), ChainError> {
    let (me, contracts, metrics) = (node.signer.address(), &node.engine.contracts, notes.metrics());
    metrics.native_balance(&client.options().denom, client.native_balance(me).await?);
    metrics.open_balance(contracts.open_balance(me).await?);
    metrics.rewards(contracts.balance(me).await?);
    let standings = standings(contracts, me).await?;
    for operator in &standings {
        metrics.standing(operator.method, operator);
    }
    match standings.iter().any(|operator| !operator.bond.is_zero()) {
        true => notes.health().holds(Condition::Bonded),
        false => notes.health().lacks(Condition::Bonded, "no method holds a bond of this key: see `oracle doctor`"),
    }
    Ok(())
}

/// What methods say of an operator: methods are numbered from 1, and the first number that is not registered ends them.
///
/// # Errors
/// If the chain does not answer.
pub async fn standings(contracts: &Contracts, account: &str) -> Result<Vec<Operator>, ChainError> {
    let mut all = Vec::new();
    for number in 1.. {
        match contracts.operators(MethodId(number)).await {
            Ok(operators) => all.extend(operators.into_iter().find(|operator| operator.account.as_str() == account)),
            Err(ChainError::NotFound { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn state(health: &NodeHealth) -> NodeState {
    match health {
        NodeHealth::Healthy => NodeState::Healthy,
        NodeHealth::Unreachable { .. } => NodeState::Unreachable,
        NodeHealth::OtherChain { .. } => NodeState::OtherChain,
        NodeHealth::Restarted { .. } => NodeState::Restarted,
        NodeHealth::CatchingUp { .. } => NodeState::CatchingUp,
        NodeHealth::Halted { .. } => NodeState::Halted,
        NodeHealth::Behind { .. } => NodeState::Behind,
        NodeHealth::Slow { .. } => NodeState::Slow,
    }
}
