//! A payer before a real gateway, on a chain that can be made to fail: whoever dies or goes away, what was paid is given once more and nothing is lost.

mod world;

use std::time::Duration;

use bytes::Bytes;
use cosmwasm_std::Uint128;

use self::world::{DEPOSIT, Fails, PRICE, World, body, openings, spent};
use super::{Courier, CourierError, Handing, Hint, Reply};
use crate::asked::Way;

/// How long a payer may take to come where it dies.
const PATIENCE: Duration = Duration::from_secs(60);

fn again() -> Hint {
    Hint { is_again: true, ..Hint::default() }
}

fn named(key: &str) -> Hint {
    Hint { key: Some(key.to_owned()), is_again: false }
}

/// What is told, and the way to say that it was handed on.
async fn ask(courier: &std::sync::Arc<Courier>, what: u8, hint: Hint) -> (Bytes, Handing) {
    match courier.call(Way::Classify, body(what), hint).await {
        Ok(Reply::Whole { status: 200, body, handing: Some(handing) }) => (body, handing),
        Ok(Reply::Whole { status, body, .. }) => panic!("{status}: {body:?}"),
        Ok(Reply::Stream { .. }) => panic!("nothing streams here"),
        Err(error) => panic!("{error}"),
    }
}

/// A call whose payer dies where its world hangs.
async fn die(world: &World, fails: Fails, what: u8) {
    world.chain.fail(fails);
    let courier = world.payer();
    tokio::select! {
        _ = courier.call(Way::Classify, body(what), Hint::default()) => panic!("it went on"),
        hangs = tokio::time::timeout(PATIENCE, world.chain.hangs()) => { hangs.expect("it comes there") }
    }
    world.chain.fail(Fails::Never);
}

#[tokio::test]
async fn an_answer_that_nobody_was_handed_goes_to_whoever_asks_the_same() {
    let world = World::new(1).await;
    let courier = world.payer();
    let (first, handing) = ask(&courier, 1, Hint::default()).await;
    // Its client is gone, and then the payer dies.
    drop((handing, courier));
    let courier = world.payer();
    let (second, handing) = ask(&courier, 1, Hint::default()).await;
    assert_eq!(first, second);
    handing.done();
    let (third, _) = ask(&courier, 1, Hint::default()).await;
    assert_ne!(third, first, "another question, and another answer");
    assert_eq!((world.served(), spent(&courier)), (2, (2, 2 * PRICE)));
}

#[tokio::test]
async fn an_answer_that_may_not_have_been_read_goes_to_who_says_that_it_asks_again() {
    let world = World::new(1).await;
    let courier = world.payer();
    let (first, handing) = ask(&courier, 1, Hint::default()).await;
    handing.done();
    // The payer dies before anybody knows whether the client has read it.
    drop(courier);
    let courier = world.payer();
    let (again, handing) = ask(&courier, 1, again()).await;
    assert_eq!((again, world.served()), (first.clone(), 1));
    handing.done();
    drop(courier);
    let (fresh, _) = ask(&world.payer(), 1, Hint::default()).await;
    assert_ne!(fresh, first, "who does not say so asks anew");
    assert_eq!(world.served(), 2);
}

#[tokio::test]
async fn an_answer_that_was_read_is_not_given_for_a_later_question() {
    let world = World::new(1).await;
    let courier = world.payer();
    let (first, handing) = ask(&courier, 1, Hint::default()).await;
    handing.done();
    // Its first try was lost before it came here.
    let (second, _) = ask(&courier, 1, again()).await;
    assert_ne!(first, second);
    let (other, _) = ask(&courier, 2, again()).await;
    assert_ne!(second, other);
    assert_eq!(world.served(), 3);
}

#[tokio::test]
async fn the_same_request_by_the_same_name_is_one_call_over_restarts_too() {
    let world = World::new(1).await;
    let courier = world.payer();
    let (first, handing) = ask(&courier, 1, named("a")).await;
    handing.done();
    let (second, handing) = ask(&courier, 1, named("a")).await;
    handing.done();
    drop(courier);
    let courier = world.payer();
    let (third, _) = ask(&courier, 1, named("a")).await;
    assert!(first == second && second == third);
    assert_eq!(world.served(), 1);
    let (other, _) = ask(&courier, 1, named("b")).await;
    assert_ne!(first, other);
    let reused = courier.call(Way::Classify, body(2), named("a")).await;
    assert!(matches!(reused, Err(CourierError::KeyReused)));
    let long = courier.call(Way::Classify, body(2), named(&"a".repeat(256))).await;
    assert!(matches!(long, Err(CourierError::Key(256))));
    assert_eq!(world.served(), 2);
}

#[tokio::test]
async fn who_asks_again_waits_for_the_call_that_is_still_under_way() {
    let world = World::new(2).await;
    let courier = world.payer();
    world.model.hold();
    let (slow, impatient) = (courier.clone(), courier.clone());
    // Its client has gone when it comes: what it is handed is dropped.
    let first = tokio::spawn(async move { ask(&slow, 1, Hint::default()).await.0 });
    world.model.is_asked().await;
    let second = tokio::spawn(async move { ask(&impatient, 1, again()).await.0 });
    tokio::task::yield_now().await;
    world.model.let_go();
    assert_eq!(first.await.expect("it is answered"), second.await.expect("it is answered"));
    assert_eq!(world.served(), 1);
}

#[tokio::test]
async fn a_call_that_a_dead_payer_left_is_fetched_once_whoever_comes_first() {
    for strangers_first in [false, true] {
        let world = World::new(1).await;
        die(&world, Fails::Epoch, 1).await;
        let courier = world.payer();
        assert_eq!((world.served(), spent(&courier)), (1, (0, 0)), "served, and the payer does not know");
        let (own, strange) = (ask(&courier, 1, again()), ask(&courier, 2, Hint::default()));
        let (own, strange) = if strangers_first {
            let (strange, own) = tokio::join!(strange, own);
            (own, strange)
        } else {
            tokio::join!(own, strange)
        };
        assert_ne!(own.0, strange.0);
        assert_eq!((world.served(), spent(&courier)), (2, (2, 2 * PRICE)), "{strangers_first}");
    }
}

#[tokio::test]
async fn a_payer_that_dies_before_it_opens_a_channel_opens_one_later() {
    let world = World::new(1).await;
    die(&world, Fails::BeforeOpening, 1).await;
    assert_eq!(world.chain.count(), 0);
    let courier = world.payer();
    ask(&courier, 1, again()).await;
    assert_eq!((world.chain.count(), openings(&courier)), (1, 0));
}

#[tokio::test]
async fn a_channel_that_was_opened_by_a_payer_that_died_is_found_and_used() {
    let world = World::new(1).await;
    die(&world, Fails::AfterOpening, 1).await;
    let courier = world.payer();
    assert_eq!((world.chain.count(), openings(&courier)), (1, 1));
    ask(&courier, 1, again()).await;
    assert_eq!((world.chain.count(), openings(&courier)), (1, 0), "its deposit is not lost, and no other is made");
    assert!(courier.purse.pockets().expect("it can be read")[0].nonce.is_some());
}

#[tokio::test]
async fn a_channel_is_found_too_without_a_call_and_when_only_the_node_was_gone() {
    let world = World::new(1).await;
    let courier = world.payer();
    world.chain.fail(Fails::Unavailable);
    let refused = courier.call(Way::Classify, body(1), Hint::default()).await;
    assert!(matches!(refused, Err(CourierError::Chain(_))));
    world.chain.fail(Fails::Never);
    courier.find_openings().await.expect("the chain answers");
    assert_eq!(courier.purse.pockets().expect("it can be read").len(), 1);
    ask(&courier, 1, Hint::default()).await;
    assert_eq!((world.chain.count(), openings(&courier)), (1, 0));
}

#[tokio::test]
async fn what_a_payer_added_before_it_died_is_not_added_again() {
    let world = World::new(1).await;
    let courier = world.payer();
    let calls = u8::try_from(DEPOSIT / PRICE).expect("a few");
    for what in 0..calls {
        ask(&courier, what, Hint::default()).await.1.done();
    }
    drop(courier);
    die(&world, Fails::AfterToppingUp, calls).await;
    ask(&world.payer(), calls, again()).await;
    assert_eq!(world.chain.deposits(), [Uint128::new(2 * DEPOSIT)]);
    assert_eq!(world.served(), u64::from(calls) + 1);
}
