//! The sentence that says which invariant is broken.

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Two ways to count the same money differ.
    #[error("{what} is {found}, but {other} is {expected}")]
    Unequal {
        /// One way.
        what: String,
        /// Its result.
        found: u128,
        /// The other way.
        other: String,
        /// Its result.
        expected: u128,
    },
    /// A bound is crossed.
    #[error("{what} is {found}, less than {other}, {bound}")]
    Below {
        /// What is bounded.
        what: String,
        /// Its value.
        found: u128,
        /// By what.
        other: String,
        /// Its value.
        bound: u128,
    },
    /// A record that may never be removed is gone.
    #[error("{what} has vanished")]
    Vanished {
        /// The record.
        what: String,
    },
    /// State that cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
        /// Why not.
        reason: String,
    },
}
