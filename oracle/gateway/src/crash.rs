//! Points at which a test stops a gateway or a payer dead: between every two steps of which one is durable or seen by the other side. Without the feature `failpoints` of the
//! crate `fail` nothing of them is compiled.

/// Those of a gateway, in the order in which a call and its voucher pass them.
pub const GATEWAY: [&str; 7] =
    ["order-taken", "bit-told", "answer-made", "call-booked", "voucher-taken", "receipts-shown", "vouchers-redeemed"];

/// Those of a payer, in the order in which a call passes them.
pub const PAYER: [&str; 3] = ["order-kept", "answer-got", "call-counted"];

/// Those of a payer that opens a channel.
pub const OPENING: [&str; 2] = ["opening-kept", "channel-opened"];

/// That of a payer that adds to a channel.
pub const TOPPING_UP: &str = "topped-up";

/// Stops the program here if a test says so: `name=return(abort)` as kill −9 does, `name=return` by a panic.
macro_rules! crash_point {
    ($name:expr) => {
        fail::fail_point!($name, |how: Option<String>| $crate::crash::stop($name, how.as_deref()))
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
