//! Random players.

use testing::players::{Coverage, play};

#[test]
fn measure() {
    let start = std::time::Instant::now();
    drop(testing::players::Life::new(0));
    println!("a world {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let mut coverage = Coverage::default();
    let mut sent = 0;
    let of = |name: &str, or: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(or);
    for seed in 0..of("LIVES", 24) {
        match play(seed, of("LENGTH", 600)) {
            Ok(outcome) => {
                coverage.add(&outcome.coverage);
                sent += outcome.messages;
            }
            Err(failure) => println!("{failure}: {}", failure.actions.last().unwrap()),
        }
    }
    println!("{coverage}");
    let t = testing::players::TIMES.lock().unwrap();
    for ((time, count), what) in t.iter().zip(["next", "done", "refused", "passed"]) { println!("{what}: {count} x {:?}", *time / (*count).max(1)); }
    println!("{sent} in {:?}", start.elapsed());
}
