//! A whole report: its canonical bytes, its bounds and its commitment.

use super::{SCALE, ScoreEntry, ScoreError, pack_entries, unpack_entries};
use crate::bitmap::Bitmap;
use crate::hash::{Domain, Hash, Hasher};

/// [`SCALE`], as errors, reach and sums are compared with it.
const ONE: u64 = SCALE.unsigned_abs() as u64;

/// A full report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// One entry per position.
    pub entries: Vec<ScoreEntry>,
    /// `Σ max(net, 0)`: what the paid outputs owe to all data.
    pub reach: u64,
    /// One bit per redemption: its receipts were missing or did not add up.
    pub unresolved: Bitmap,
}

/// What an operator commits to and reveals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Scores.
    Vector(Vector),
    /// Too few receipts or validation examples to say anything.
    TooFew,
}

impl Report {
    /// Canonical bytes. `TooFew`: `0x00`. `Vector`: `0x01 ‖ len ‖ packed entries ‖ reach ‖ bits ‖
    /// len ‖ bitmap`, where `len` counts the bytes that follow it, `bits` is the bitmap's length,
    /// and every number is 8 bytes big endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self::Vector(vector) = self else {
            return vec![0];
        };
        let mut bytes = vec![1];
        put_prefixed(&mut bytes, &pack_entries(&vector.entries));
        bytes.extend(vector.reach.to_be_bytes());
        bytes.extend(wide(vector.unresolved.len()).to_be_bytes());
        put_prefixed(&mut bytes, vector.unresolved.as_bytes());
        bytes
    }

    /// Reads what [`Report::to_bytes`] wrote, and nothing else: equal reports have equal bytes.
    ///
    /// # Errors
    /// [`ScoreError::Report`] for any other bytes. Bounds are for [`Report::check`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ScoreError> {
        match bytes {
            [0] => Ok(Self::TooFew),
            [1, rest @ ..] => Vector::parse(rest).map(Self::Vector).ok_or(ScoreError::Report),
            _ => Err(ScoreError::Report),
        }
    }

    /// Checks a report before it is stored: one entry per position, one bit per redemption,
    /// `|score|`, each error and reach ≤ 10^9, `Σ max(score, 0)` ≤ 10^9, `Σ |score|` ≤ 2·10^9.
    ///
    /// # Errors
    /// The first bound that is broken.
    pub fn check(&self, positions: u32, redemptions: u32) -> Result<(), ScoreError> {
        match self {
            Self::TooFew => Ok(()),
            Self::Vector(vector) => vector.check(positions, redemptions),
        }
    }
}

impl Vector {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (packed, rest) = take_prefixed(bytes)?;
        let (reach, rest) = take_u64(rest)?;
        let (bits, rest) = take_u64(rest)?;
        let (bitmap, rest) = take_prefixed(rest)?;
        let unresolved = Bitmap::from_bytes(usize::try_from(bits).ok()?, bitmap.to_vec()).ok()?;
        rest.is_empty().then_some(Self { entries: unpack_entries(packed).ok()?, reach, unresolved })
    }

    fn check(&self, positions: u32, redemptions: u32) -> Result<(), ScoreError> {
        let entries = self.entries.len();
        if wide(entries) != u64::from(positions) {
            return Err(ScoreError::Entries { entries, positions });
        }
        let bits = self.unresolved.len();
        if wide(bits) != u64::from(redemptions) {
            return Err(ScoreError::Unresolved { bits, redemptions });
        }
        let reach = self.reach;
        if reach > ONE {
            return Err(ScoreError::Reach { reach });
        }
        self.check_entries()
    }

    fn check_entries(&self) -> Result<(), ScoreError> {
        let (mut positive, mut magnitude) = (0_u64, 0_u64);
        for (position, ScoreEntry { score, error }) in self.entries.iter().copied().enumerate() {
            let size = u64::from(score.unsigned_abs());
            if size > ONE {
                return Err(ScoreError::Score { position, score });
            }
            if u64::from(error) > ONE {
                return Err(ScoreError::Error { position, error });
            }
            magnitude = magnitude.saturating_add(size);
            if score > 0 {
                positive = positive.saturating_add(size);
            }
        }
        if positive > ONE {
            return Err(ScoreError::PositiveSum { sum: positive });
        }
        if magnitude > ONE.saturating_mul(2) {
            return Err(ScoreError::Magnitude { sum: magnitude });
        }
        Ok(())
    }
}

/// `digest("report/v1", chain id, contract, inputs, operator, report bytes, salt)`: what an operator
/// commits to. Its address is inside, so that nobody can copy the commitment.
pub fn report_commitment(domain: &Domain, inputs: &Hash, operator: &str, report: &Report, salt: &Hash) -> Hash {
    Hasher::new("report/v1")
        .domain(domain)
        .part(inputs)
        .part(operator.as_bytes())
        .part(&report.to_bytes())
        .part(salt)
        .finish()
}

fn put_prefixed(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(wide(part.len()).to_be_bytes());
    bytes.extend(part);
}

fn take_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

fn take_prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = take_u64(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// A length in memory as 64 bits; no usize this builds for is wider.
fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
