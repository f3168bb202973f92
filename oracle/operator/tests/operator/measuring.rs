//! Reports in the making: a round has one, whoever looks when.

use std::{sync::Arc, time::Duration};

use operator::{
    daemon::{measuring::Measuring, noted::Notes},
    node::Node,
    store::{Promise, Store},
    telemetry::{Health, Metrics},
};
use protocol::attribution::Round;

use crate::told::told;

/// Looks at most, 20 ms apart.
const LOOKS: u32 = 6_000;

/// Asks for the round's report, as every turn of the loop does, until so many jobs have measured by the operator's own metrics.
async fn ask(measuring: &mut Measuring, round: &Round, notes: &Notes, jobs: u32) {
    let wanted = format!("influence_seconds_count {jobs}");
    for _ in 0..LOOKS {
        if notes.metrics().encode().expect("metrics are text").contains(&wanted) {
            return;
        }
        measuring.ensure(round, 0).await.expect("nothing failed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{jobs} jobs did not end in two minutes")
}

/// What is kept for a round.
fn promised(node: &Node, round: &Round) -> Option<Promise> {
    node.promised(round).expect("the store is readable")
}

#[tokio::test]
async fn who_looked_before_a_report_was_kept_does_not_have_another_kept_in_its_place() {
    let told = told();
    let contracts = told.contracts().await;
    let round = told.round(&contracts, 1).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a store");
    let node = Node { signer: told.operator(1).signer, store, engine: told.engine(contracts, told.published()) };
    let notes = Arc::new(Notes::new(Metrics::new(), Health::new(Duration::from_secs(60)), true));
    let mut measuring = Measuring::new(node.clone(), Arc::clone(&notes));

    ask(&mut measuring, &round, &notes, 1).await;
    let first = promised(&node, &round);
    assert!(first.is_some());
    // The loop had asked the store before, and found nothing: it asks again. However often it does, the first report stands. Another
    // would have another salt, and what was committed could never be revealed.
    ask(&mut measuring, &round, &notes, 2).await;
    assert_eq!(promised(&node, &round), first);
}
