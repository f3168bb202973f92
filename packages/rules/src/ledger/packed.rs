//! Accounts and amounts as they are stored, in as few bytes as they need: bytes are most of what rounds and claims cost.
//!
//! Each account is its accrued, payable, variance and last score, one after the other, as unsigned LEB128: seven bits a byte, the
//! lowest first, in the shortest form. Signed numbers are zigzagged before: 0, −1, 1, −2, … are 0, 1, 2, 3, …

use unsigned_varint::{decode, encode};

use super::{Entry, LedgerError};

/// The accounts, packed one after the other: 4 to 44 bytes each.
pub fn pack<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut bytes = vec![];
    for entry in entries {
        bytes.extend_from_slice(encode::u64(zigzag(entry.accrued), &mut encode::u64_buffer()));
        bytes.extend_from_slice(encode::u64(entry.payable, &mut encode::u64_buffer()));
        bytes.extend_from_slice(encode::u128(entry.variance, &mut encode::u128_buffer()));
        bytes.extend_from_slice(encode::u64(zigzag(entry.last_score.into()), &mut encode::u64_buffer()));
    }
    bytes
}

/// Reads what [`pack`] wrote.
///
/// # Errors
/// If the bytes end within an account, or a number is too large or not in its shortest form.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Entry>, LedgerError> {
    let wrong = LedgerError::Packed { bytes: bytes.len() };
    let mut entries = vec![];
    let mut rest = bytes;
    while !rest.is_empty() {
        let (entry, after) = first(rest).ok_or(wrong)?;
        entries.push(entry);
        rest = after;
    }
    // The decoder drops bits beyond a number's width.
    if pack(&entries) == bytes { Ok(entries) } else { Err(wrong) }
}

/// Amounts in uopen, packed one after the other: 1 to 10 bytes each.
pub fn pack_amounts(amounts: &[u64]) -> Vec<u8> {
    let mut bytes = vec![];
    for amount in amounts {
        bytes.extend_from_slice(encode::u64(*amount, &mut encode::u64_buffer()));
    }
    bytes
}

/// Reads what [`pack_amounts`] wrote.
///
/// # Errors
/// If the bytes end within an amount, or one is too large or not in its shortest form.
pub fn unpack_amounts(bytes: &[u8]) -> Result<Vec<u64>, LedgerError> {
    let wrong = LedgerError::Packed { bytes: bytes.len() };
    let mut amounts = vec![];
    let mut rest = bytes;
    while !rest.is_empty() {
        let (amount, after) = decode::u64(rest).map_err(|_| wrong)?;
        amounts.push(amount);
        rest = after;
    }
    if pack_amounts(&amounts) == bytes { Ok(amounts) } else { Err(wrong) }
}

fn first(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (accrued, rest) = decode::u64(bytes).ok()?;
    let (payable, rest) = decode::u64(rest).ok()?;
    let (variance, rest) = decode::u128(rest).ok()?;
    let (last_score, rest) = decode::u64(rest).ok()?;
    let last_score = i32::try_from(unzigzag(last_score)).ok()?;
    Some((Entry { accrued: unzigzag(accrued), payable, variance, last_score }, rest))
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}
