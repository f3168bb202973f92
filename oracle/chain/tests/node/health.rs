//! States of a node that call for different measures are told apart.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chain::{NodeHealth, Probe, WasmdClient, WasmdOptions};

use crate::fake::{FakeNode, Faults};

/// A probe of a node whose blocks are of now, as far as whole seconds go.
async fn probe(node: &FakeNode) -> Probe {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    node.set_time(now);
    let options = WasmdOptions { halted_after: Duration::from_millis(50), ..node.options() };
    Probe::new(WasmdClient::offline(options).unwrap())
}

#[tokio::test]
async fn a_node_that_answers_with_blocks_of_now_is_healthy() {
    let node = FakeNode::start(Faults::default()).await;
    let checkup = probe(&node).await.check().await;
    assert_eq!((checkup.health, checkup.height), (NodeHealth::Healthy, Some(11)));
    assert!((-2..=2).contains(&checkup.clock_difference.unwrap()));
}

#[tokio::test]
async fn a_silent_node_is_unreachable_and_then_restarted() {
    let node = FakeNode::start(Faults::default()).await;
    let mut probe = probe(&node).await;
    probe.check().await;
    node.state().faults.silent = 1;
    assert!(matches!(probe.check().await.health, NodeHealth::Unreachable { .. }));
    assert_eq!(probe.check().await.health, NodeHealth::Restarted { before: 11, now: 12 });
    assert_eq!(probe.check().await.health, NodeHealth::Healthy);
    node.state().height = 2;
    assert_eq!(probe.check().await.health, NodeHealth::Restarted { before: 13, now: 3 });
}

#[tokio::test]
async fn a_node_of_another_chain_or_catching_up_says_so_itself() {
    let node = FakeNode::start(Faults { catching_up: true, ..Faults::default() }).await;
    let mut probe = probe(&node).await;
    assert_eq!(probe.check().await.health, NodeHealth::CatchingUp { height: 11 });
    node.state().chain_id = "other-1".to_owned();
    assert!(matches!(probe.check().await.health, NodeHealth::OtherChain { found, .. } if found == "other-1"));
}

#[tokio::test]
async fn a_chain_that_stands_still_is_halted() {
    let node = FakeNode::start(Faults::default()).await;
    let mut probe = probe(&node).await;
    probe.check().await;
    node.state().faults.pace = 0;
    assert_eq!(probe.check().await.health, NodeHealth::Healthy, "not long enough");
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(matches!(probe.check().await.health, NodeHealth::Halted { height: 11, .. }));
}

#[tokio::test]
async fn old_blocks_and_a_wrong_clock_are_told_with_their_sign() {
    let node = FakeNode::start(Faults::default()).await;
    let mut probe = probe(&node).await;
    node.state().start -= 600;
    let behind = probe.check().await;
    assert!(matches!(behind.health, NodeHealth::Behind { seconds: 598..=601 }), "{behind:?}");
    node.state().start += 660;
    let ahead = probe.check().await.clock_difference.unwrap();
    assert!((58..=62).contains(&ahead), "{ahead}: the local clock is behind");
}

#[tokio::test]
async fn a_node_that_takes_long_is_slow() {
    let node = FakeNode::start(Faults { delay: Duration::from_millis(80), ..Faults::default() }).await;
    let mut probe = probe(&node).await.with_slow_after(Duration::from_millis(50));
    assert!(matches!(probe.check().await.health, NodeHealth::Slow { latency_ms: 80.. }));
}
