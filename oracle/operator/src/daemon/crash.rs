//! Points at which a test stops an operator dead: between every two durable steps there is one. Without the feature `failpoints` of the
//! crate `fail` nothing of them is compiled. A transaction's own way has more of them, in [`chain::wasmd::crash`].

use super::duties::Due;

/// The places, in the order in which a round passes them.
pub const POINTS: [&str; 21] = [
    "settled",
    "read",
    "followed",
    "open-due",
    "open-sent",
    "open-valuation-due",
    "open-valuation-sent",
    "measured",
    "kept",
    "commit-due",
    "commit-sent",
    "end-commits-due",
    "end-commits-sent",
    "reveal-due",
    "reveal-sent",
    "aggregate-due",
    "aggregate-sent",
    "advance-due",
    "advance-sent",
    "withdraw-due",
    "withdraw-sent",
];

/// Stops the program here if a test says so: `name=return(abort)` as kill −9 does, `name=return` by a panic.
macro_rules! crash_point {
    ($name:expr) => {
        fail::fail_point!($name, |how: Option<String>| $crate::daemon::crash::stop($name, how.as_deref()))
    };
}

pub(crate) use crash_point;

/// Takes the points at which to stop from the environment variable `FAILPOINTS`, where they are compiled.
pub fn listen() {
    if fail::has_failpoints() {
        // For as long as the program lives.
        std::mem::forget(fail::FailScenario::setup());
    }
}

/// The point before a message is sent.
pub fn before(due: Due) {
    match due {
        Due::Open => crash_point!("open-due"),
        Due::OpenValuation => crash_point!("open-valuation-due"),
        Due::Commit => crash_point!("commit-due"),
        Due::EndCommits => crash_point!("end-commits-due"),
        Due::Reveal => crash_point!("reveal-due"),
        Due::Aggregate => crash_point!("aggregate-due"),
        Due::Advance => crash_point!("advance-due"),
        Due::Withdraw => crash_point!("withdraw-due"),
    }
}

/// The point after a message is in a block.
pub fn after(due: Due) {
    match due {
        Due::Open => crash_point!("open-sent"),
        Due::OpenValuation => crash_point!("open-valuation-sent"),
        Due::Commit => crash_point!("commit-sent"),
        Due::EndCommits => crash_point!("end-commits-sent"),
        Due::Reveal => crash_point!("reveal-sent"),
        Due::Aggregate => crash_point!("aggregate-sent"),
        Due::Advance => crash_point!("advance-sent"),
        Due::Withdraw => crash_point!("withdraw-sent"),
    }
}

/// Never comes back.
#[expect(clippy::panic, reason = "a test asked for it")]
pub fn stop<T>(name: &str, how: Option<&str>) -> T {
    match how {
        Some("abort") => std::process::abort(),
        _ => panic!("stopped at {name}"),
    }
}
