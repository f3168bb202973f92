//! What an operator reports: one score entry per position, or that the evidence is too thin.
//!
//! # Units
//! Scores, errors and reach in 10^-9 of the round's fees.
//!
//! # Source
//! DESIGN section 4, "Commit" and "Reveal", and section 5, "Score entry".

use thiserror::Error;

mod report;

pub use report::{Report, Vector, report_commitment};

/// One: all of a round's fees.
pub const SCALE: i32 = 1_000_000_000;

/// Why bytes or a report are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScoreError {
    /// Packed entries of another length.
    #[error("{bytes} bytes do not hold whole score entries: pack each in 8 bytes")]
    Packed {
        /// Bytes given.
        bytes: usize,
    },
    /// Bytes that are not a report.
    #[error("the bytes are not a report: write them with Report::to_bytes")]
    Report,
    /// Not one entry per position.
    #[error("{entries} entries for {positions} positions: report one for each")]
    Entries {
        /// Entries given.
        entries: usize,
        /// Positions of the round.
        positions: u32,
    },
    /// Not one bit per redemption.
    #[error("{bits} bits for {redemptions} redemptions: report one for each")]
    Unresolved {
        /// Bits given.
        bits: usize,
        /// Redemptions of the round.
        redemptions: u32,
    },
    /// `|score| > 10^9`.
    #[error("score {score} at position {position} exceeds 10^9: no one shapes more than all")]
    Score {
        /// Where.
        position: usize,
        /// The score.
        score: i32,
    },
    /// `error > 10^9`.
    #[error("error {error} at position {position} exceeds 10^9: report at most that")]
    Error {
        /// Where.
        position: usize,
        /// The error.
        error: u32,
    },
    /// `reach > 10^9`.
    #[error("reach {reach} exceeds 10^9: report at most that")]
    Reach {
        /// The reach.
        reach: u64,
    },
    /// `Σ max(score, 0) > 10^9`.
    #[error("positive scores add up to {sum}, above 10^9: scale them down")]
    PositiveSum {
        /// The sum.
        sum: u64,
    },
    /// `Σ |score| > 2·10^9`.
    #[error("scores add up to {sum} in magnitude, above 2·10^9: scale them down")]
    Magnitude {
        /// The sum.
        sum: u64,
    },
}

/// Signed influence that is also useful, and its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ScoreEntry {
    /// `|score| ≤ 10^9`; negative if the contribution did harm.
    pub score: i32,
    /// `error ≤ 10^9`.
    pub error: u32,
}

impl ScoreEntry {
    /// Bytes of a packed entry.
    pub const BYTES: usize = 8;

    /// Score, then error, big endian.
    pub fn pack(self) -> [u8; 8] {
        let packed = u64::from(self.score.cast_unsigned()) << 32 | u64::from(self.error);
        packed.to_be_bytes()
    }

    /// Reads what [`ScoreEntry::pack`] wrote; any 8 bytes are an entry, in bounds or not.
    ///
    /// # Errors
    /// If there are not exactly 8 bytes.
    pub fn unpack(bytes: &[u8]) -> Result<Self, ScoreError> {
        let wrong = ScoreError::Packed { bytes: bytes.len() };
        let (score, rest) = bytes.split_first_chunk().ok_or(wrong)?;
        let error = rest.try_into().map_err(|_| wrong)?;
        Ok(Self { score: i32::from_be_bytes(*score), error: u32::from_be_bytes(error) })
    }
}

/// The entries packed one after the other.
pub fn pack_entries(entries: &[ScoreEntry]) -> Vec<u8> {
    entries.iter().flat_map(|entry| entry.pack()).collect()
}

/// Reads what [`pack_entries`] wrote.
///
/// # Errors
/// If the length is not a multiple of 8.
pub fn unpack_entries(bytes: &[u8]) -> Result<Vec<ScoreEntry>, ScoreError> {
    if !bytes.len().is_multiple_of(ScoreEntry::BYTES) {
        return Err(ScoreError::Packed { bytes: bytes.len() });
    }
    bytes.chunks(ScoreEntry::BYTES).map(ScoreEntry::unpack).collect()
}
