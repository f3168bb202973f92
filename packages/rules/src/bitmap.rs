//! A fixed number of bits, packed least significant bit first: bit `i` is bit `i mod 8` of byte
//! `floor(i / 8)`. The padding bits of the last byte are 0, so that equal sets have equal bytes.
//!
//! # Source
//! DESIGN section 3 ("bitmap of those left out") and section 4 ("`unresolved` a bitmap").

use thiserror::Error;

/// Why bytes or a position do not fit a bitmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BitmapError {
    /// The number of bytes is not `ceil(len / 8)`.
    #[error("a bitmap of {len} bits takes {expected} bytes, not {actual}: send exactly that many")]
    Length {
        /// Bits.
        len: usize,
        /// Bytes that they take.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// A bit beyond `len` is set.
    #[error("a bitmap of {len} bits has a bit set in its padding: clear the bits from {len} on")]
    Padding {
        /// Bits.
        len: usize,
    },
    /// The position is not below `len`.
    #[error("bit {position} is outside a bitmap of {len} bits")]
    Position {
        /// The bit asked for.
        position: usize,
        /// Bits.
        len: usize,
    },
}

/// A set of positions below a fixed length.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bitmap {
    len: usize,
    bytes: Vec<u8>,
}

impl Bitmap {
    /// `len` bits, all 0.
    pub fn new(len: usize) -> Self {
        Self { len, bytes: vec![0; len.div_ceil(8)] }
    }

    /// Reads the packed form.
    ///
    /// # Errors
    /// If the number of bytes is not exactly `ceil(len / 8)`, or a padding bit is set.
    pub fn from_bytes(len: usize, bytes: Vec<u8>) -> Result<Self, BitmapError> {
        let expected = len.div_ceil(8);
        if bytes.len() != expected {
            let actual = bytes.len();
            return Err(BitmapError::Length { len, expected, actual });
        }
        let used = len % 8;
        let padding = if used == 0 { 0 } else { 0xff_u8 << used };
        if bytes.last().is_some_and(|last| last & padding != 0) {
            return Err(BitmapError::Padding { len });
        }
        Ok(Self { len, bytes })
    }

    /// Whether bit `position` is set; positions from `len` on are not.
    pub fn get(&self, position: usize) -> bool {
        let byte = self.bytes.get(position / 8).copied().unwrap_or(0);
        byte & (1 << (position % 8)) != 0
    }

    /// Sets bit `position`.
    ///
    /// # Errors
    /// If `position` is not below the length.
    pub fn set(&mut self, position: usize) -> Result<(), BitmapError> {
        let len = self.len;
        let outside = BitmapError::Position { position, len };
        if position >= len {
            return Err(outside);
        }
        let byte = self.bytes.get_mut(position / 8).ok_or(outside)?;
        *byte |= 1 << (position % 8);
        Ok(())
    }

    /// The packed form, `ceil(len / 8)` bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of bits, set or not.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of bits that are set.
    pub fn count_ones(&self) -> usize {
        self.ones().count()
    }

    /// The positions of the set bits, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len).filter(|position| self.get(*position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_least_significant_first() {
        let mut bitmap = Bitmap::new(10);
        for position in [0, 3, 9] {
            bitmap.set(position).unwrap();
        }
        assert_eq!(bitmap.as_bytes(), [0b0000_1001, 0b0000_0010]);
        assert_eq!(bitmap.ones().collect::<Vec<_>>(), [0, 3, 9]);
        assert_eq!(bitmap.count_ones(), 3);
    }

    #[test]
    fn padding_and_wrong_lengths_are_refused() {
        assert_eq!(Bitmap::from_bytes(10, vec![0, 0b100]), Err(BitmapError::Padding { len: 10 }));
        assert!(Bitmap::from_bytes(8, vec![0xff]).is_ok());
        assert!(Bitmap::from_bytes(0, vec![]).is_ok());
        for bytes in [vec![], vec![0], vec![0; 3]] {
            assert!(matches!(Bitmap::from_bytes(10, bytes), Err(BitmapError::Length { .. })));
        }
    }

    #[test]
    fn a_position_outside_is_neither_set_nor_settable() {
        let mut bitmap = Bitmap::new(4);
        assert_eq!(bitmap.set(4), Err(BitmapError::Position { position: 4, len: 4 }));
        assert!(!bitmap.get(4));
        assert!(!bitmap.get(usize::MAX));
    }
}
