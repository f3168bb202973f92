//! Random players: what they did, that it broke nothing, and how a failure is made short.

use std::time::Instant;

use cosmwasm_std::Addr;
use protocol::settlement::ExecuteMsg;
use testing::players::{Action, CLOSED, Coverage, Failure, Fault, Life, every_variant, play, replay, shrink};

/// Threads that play.
const THREADS: u64 = 2;
/// Lives of each.
const LIVES: u64 = 50;
/// Messages of a life.
const MESSAGES: u64 = 1_000;

fn lives(thread: u64) -> (u64, Coverage) {
    let (mut sent, mut coverage) = (0, Coverage::default());
    for life in 0..LIVES {
        let outcome = play(thread * LIVES + life, MESSAGES).unwrap_or_else(|failure| fails(&failure));
        sent += outcome.messages;
        coverage.add(&outcome.coverage);
    }
    (sent, coverage)
}

fn fails(failure: &Failure) -> ! {
    let shrunk = shrink(failure).failure;
    let listed: Vec<String> = shrunk.actions.iter().map(Action::to_string).collect();
    panic!("{failure}\nin short: {}\n{}", shrunk.fault, listed.join("\n"))
}

#[test]
fn a_hundred_thousand_messages_of_random_players_break_nothing() {
    let start = Instant::now();
    let threads: Vec<_> = (0..THREADS).map(|thread| std::thread::spawn(move || lives(thread))).collect();
    let (mut sent, mut coverage) = (0, Coverage::default());
    for thread in threads {
        let (messages, covered) = thread.join().expect("a life that fails says how");
        sent += messages;
        coverage.add(&covered);
    }
    println!("{coverage}{sent} messages, {:.0} a second", sent as f64 / start.elapsed().as_secs_f64());
    assert!(sent >= 100_000);
    assert_eq!(coverage.never_succeeded(), Vec::<String>::new());
    assert_eq!(coverage.never_tried(), Vec::<String>::new());
    assert_eq!(coverage.broke_in(), Vec::<&str>::new());
}

#[test]
fn a_seed_has_one_life() {
    let twice = [play(5, 100), play(5, 100)].map(|life| life.unwrap_or_else(|failure| fails(&failure)));
    assert_eq!(twice[0], twice[1]);
    assert_ne!(twice[0].coverage, play(6, 100).unwrap_or_else(|failure| fails(&failure)).coverage);
}

#[test]
fn what_is_closed_is_a_variant_and_every_variant_has_one_name() {
    let variants = every_variant();
    assert!(CLOSED.iter().all(|closed| variants.contains(*closed)));
    assert!(variants.contains("settlement.tick") && variants.contains("settlement<-open_channel"));
    assert_eq!(variants.iter().filter(|name| name.starts_with("settlement.")).count(), 18);
}

/// No contract is to blame for a sender that is no address, but it ends a life.
#[test]
fn a_failure_is_shortened_to_what_it_takes() {
    let settlement = testing::players::Table::new(3).world.at.settlement;
    let tick = |sender: &str| Action::message(&Addr::unchecked(sender), &settlement, &ExecuteMsg::Tick {});
    let mut actions = vec![Action::Pass { seconds: 10, blocks: 2 }; 20];
    actions.push(tick("nobody"));
    let (last, fault) = replay(3, &actions).expect("the last action fails");
    assert_eq!(last, 20);
    assert!(matches!(fault, Fault::Untyped(_)));
    let shrunk = shrink(&Failure { seed: 3, actions, fault: fault.clone() });
    assert_eq!((shrunk.failure.actions, shrunk.failure.fault), (vec![tick("nobody")], fault));
}

#[test]
fn a_life_goes_on_by_messages_and_by_time() {
    let mut life = Life::new(9);
    let sent: Vec<u64> = (0..60).map(|_| life.step().unwrap_or_else(|failure| fails(&failure))).collect();
    assert!(sent.contains(&0) && sent.contains(&1));
}
