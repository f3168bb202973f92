//! The rules of `packages/rules` for browsers: one definition of every digest and every payout, also on the page.
//!
//! # Calling it
//!
//! The module has no imports and three exports; all text is UTF-8.
//!
//! 1. `input(length)` makes room for a request and returns where it begins.
//! 2. The caller writes the request there: one JSON object, `{"op": "items_root", "digests": ["…"]}`.
//! 3. `call()` answers it and returns the length of the answer, `{"ok": …}` or `{"error": "…"}`.
//! 4. `output()` returns where the answer begins. It stays until the next `input`.
//!
//! # Units
//!
//! Every number that may exceed 32 bits is a decimal string, every hash and every run of bytes is hex: JavaScript's numbers lose
//! the last digits of an amount.
//!
//! # Operations
//!
//! [`request::Request`] lists them.

pub mod request;
pub mod text;

mod items;
mod ledger;
mod order;
mod payment;
mod scores;

use std::cell::RefCell;

use request::Request;
use serde_json::{Value, json};

thread_local! {
    /// The request, and then its answer. A module in a browser has one thread, and a caller that waits for its answer.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a request of `length` bytes and returns the address of its first byte.
#[expect(unsafe_code, reason = "a browser finds an export by its name alone")]
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        buffer.resize(length, 0);
        buffer.as_mut_ptr()
    })
}

/// Answers the request in the buffer and returns the length of the answer, which takes its place.
#[expect(unsafe_code, reason = "a browser finds an export by its name alone")]
#[unsafe(no_mangle)]
pub extern "C" fn call() -> usize {
    BUFFER.with_borrow_mut(|buffer| {
        *buffer = answer(buffer);
        buffer.len()
    })
}

/// The address of the answer's first byte.
#[expect(unsafe_code, reason = "a browser finds an export by its name alone")]
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    BUFFER.with_borrow(|buffer| buffer.as_ptr())
}

/// The answer to a request, both as JSON. What is no request, or cannot be computed, is answered by `{"error": "…"}`.
pub fn answer(request: &[u8]) -> Vec<u8> {
    let answered = match serde_json::from_slice::<Request>(request) {
        Ok(request) => request.answer().map_or_else(|error| json!({ "error": error }), |value| json!({ "ok": value })),
        Err(error) => json!({ "error": format!("not a request: {error}") }),
    };
    answered.to_string().into_bytes()
}

/// What an operation comes to: a value, or why there is none.
type Answer = Result<Value, String>;
