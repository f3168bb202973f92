//! Points at which a test stops a program dead on a transaction's way. Without the feature `failpoints` of the crate `fail` nothing of
//! them is compiled.

/// The places, in the order in which a transaction passes them; the last after a restart.
pub const POINTS: [&str; 6] =
    ["tx-signed", "tx-journalled", "tx-offered", "tx-confirmed", "tx-forgotten", "tx-settled"];

/// Stops the program here if a test says so: `name=return(abort)` as kill −9 does, `name=return` by a panic.
macro_rules! crash_point {
    ($name:expr) => {
        fail::fail_point!($name, |how: Option<String>| $crate::wasmd::crash::stop($name, how.as_deref()))
    };
}

pub(crate) use crash_point;

/// Never comes back.
#[expect(clippy::panic, reason = "a test asked for it")]
pub fn stop<T>(name: &str, how: Option<&str>) -> T {
    match how {
        Some("abort") => std::process::abort(),
        _ => panic!("stopped at {name}"),
    }
}
