//! Rows of integers on disk: `docs/index-format.md` has the layout.
//!
//! Values and exponents stand apart, so that the values are one matrix of bytes that a graphics card or a vector unit reads as it is: rows begin
//! at multiples of 64 bytes, with nothing between them.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::quantize::LARGEST;
use crate::digest::{Digest, hex};

/// Bytes before the values.
pub const HEADER_BYTES: usize = 128;
/// Bytes after the exponents: SHA-256 of everything before.
pub const CHECKSUM_BYTES: usize = 32;
/// Version of the format.
pub const VERSION: u32 = 2;
/// Widths are multiples of this.
pub const ALIGNMENT: u32 = 64;
/// The largest width: products of two rows of this many values still fit 32 bits.
pub const WIDEST: u32 = 1 << 17;
const MAGIC: [u8; 8] = *b"\x89ROWS\r\n\x1a";
/// Header bytes that say something; the others are 0.
const USED: usize = 68;
/// Bytes that are read at a time where each is looked at.
const PART: usize = 1 << 16;

/// What rows are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Training items.
    Items = 0,
    /// Receipts and validation examples.
    Queries = 1,
}

/// What a file of rows says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the rows are of.
    pub kind: Kind,
    /// Values of a row.
    pub width: u32,
    /// Number of rows.
    pub count: u64,
    /// Rank of the first row among all of the job.
    pub first: u64,
    /// The job that made them.
    pub job: Digest,
}

/// How a file can lie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// It ends within its header.
    #[error("{bytes} bytes are no file of rows: its header alone has {HEADER_BYTES}")]
    Short {
        /// Bytes there.
        bytes: usize,
    },
    /// It does not begin as files of rows do.
    #[error("the bytes do not begin with the mark of a file of rows")]
    Magic,
    /// It is of another version.
    #[error("the rows are in version {0} of the format, this engine reads {VERSION}")]
    Version(u32),
    /// It is of no known kind.
    #[error("the rows are of kind {0}: 0 are items, 1 queries")]
    Kind(u32),
    /// Its width cannot be.
    #[error("the rows are {0} wide: widths are multiples of {ALIGNMENT} up to {WIDEST}")]
    Width(u32),
    /// Header bytes without a meaning are not 0.
    #[error("the header has bytes that must be 0 and are not")]
    Reserved,
    /// It is shorter or longer than its header says.
    #[error("{found} bytes cannot be {count} rows of {width} values: those take {expected}")]
    Length {
        /// Bytes there.
        found: u64,
        /// Rows that the header says.
        count: u64,
        /// Values of a row.
        width: u32,
        /// Bytes that those take.
        expected: u128,
    },
    /// Its checksum does not hold.
    #[error("the bytes hash to {found}, their last 32 say {expected}")]
    Checksum {
        /// Hash of what is there, in hexadecimal.
        found: String,
        /// Hash at the end, in hexadecimal.
        expected: String,
    },
    /// A value that no row has.
    #[error("row {row} has the value −128: values are from −127 to 127")]
    Value {
        /// The row.
        row: u64,
    },
    /// It is whole, but not what was asked for.
    #[error("the rows have {field} {found}, {expected} was expected")]
    Other {
        /// Which field of the header.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
}

impl Header {
    /// Bytes of the whole file; 128 bits, since a header can say anything.
    pub fn file_bytes(&self) -> u128 {
        let rows = u128::from(self.count) * (u128::from(self.width) + 1);
        rows + (HEADER_BYTES + CHECKSUM_BYTES) as u128
    }

    /// Checks that a width can be one.
    ///
    /// # Errors
    /// [`RowsError::Width`].
    pub fn check_width(width: u32) -> Result<(), RowsError> {
        let fits = width > 0 && width <= WIDEST && width.is_multiple_of(ALIGNMENT);
        if fits { Ok(()) } else { Err(RowsError::Width(width)) }
    }

    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.width.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.count.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.job);
        bytes[64..68].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Self, RowsError> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        if bytes[..8] != MAGIC {
            return Err(RowsError::Magic);
        }
        if word(8) != VERSION {
            return Err(RowsError::Version(word(8)));
        }
        Self::check_width(word(12))?;
        if bytes[USED..].iter().any(|byte| *byte != 0) {
            return Err(RowsError::Reserved);
        }
        let kind = match word(64) {
            0 => Kind::Items,
            1 => Kind::Queries,
            other => return Err(RowsError::Kind(other)),
        };
        let job = bytes[32..64].try_into().expect("32 bytes");
        Ok(Self { kind, width: word(12), count: long(16), first: long(24), job })
    }

    /// Checks that a file is the one that was asked for.
    ///
    /// # Errors
    /// [`RowsError::Other`] names the first field that differs.
    pub fn expect(&self, expected: &Self) -> Result<(), RowsError> {
        differ("kind", self.kind as u32, expected.kind as u32)?;
        differ("width", self.width, expected.width)?;
        differ("count", self.count, expected.count)?;
        differ("first rank", self.first, expected.first)?;
        differ("job", hex(&self.job), hex(&expected.job))
    }
}

fn differ<T: PartialEq + ToString>(field: &'static str, found: T, expected: T) -> Result<(), RowsError> {
    if found == expected {
        return Ok(());
    }
    Err(RowsError::Other { field, found: found.to_string(), expected: expected.to_string() })
}

/// Rows, where they lie: read into memory or mapped.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    header: Header,
    values: &'a [u8],
    exponents: &'a [u8],
}

impl<'a> Rows<'a> {
    /// Reads a file of rows and checks all of it: length, checksum, and that no value is −128.
    ///
    /// # Errors
    /// Says how the bytes lie.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RowsError> {
        let Some((start, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(RowsError::Short { bytes: bytes.len() });
        };
        let header = Header::parse(start)?;
        let Header { count, width, .. } = header;
        let (found, expected) = (bytes.len() as u64, header.file_bytes());
        if u128::from(found) != expected {
            return Err(RowsError::Length { found, count, width, expected });
        }
        let (body, sum) = bytes.split_at(bytes.len() - CHECKSUM_BYTES);
        let hash = Sha256::digest(body);
        if hash[..] != *sum {
            return Err(RowsError::Checksum { found: hex(&hash), expected: hex(sum) });
        }
        // Both fit: their sum is the length of a slice.
        let (values, exponents) = body[HEADER_BYTES..].split_at((count * u64::from(width)) as usize);
        let rows = Self { header, values, exponents };
        match rows.impossible() {
            Some(place) => Err(RowsError::Value { row: (place / width as usize) as u64 }),
            None => Ok(rows),
        }
    }

    /// Place of a value that is −128.
    fn impossible(&self) -> Option<usize> {
        let wrong = i8::MIN.cast_unsigned();
        let parts = self.values.chunks(PART).enumerate();
        // `contains` is a search by vectors; only a part that has one is looked at again.
        let found = parts.filter(|(_, part)| part.contains(&wrong)).map(|(rank, part)| (rank * PART, part)).next();
        found.and_then(|(first, part)| part.iter().position(|value| *value == wrong).map(|place| first + place))
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.exponents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.exponents.is_empty()
    }

    /// Values of a row.
    pub fn width(&self) -> usize {
        self.header.width as usize
    }

    /// Values of one row as bytes, in two's complement.
    pub fn row(&self, row: usize) -> &'a [u8] {
        &self.values[row * self.width()..][..self.width()]
    }

    /// Exponent of one row: the row is its values times two to this power.
    pub fn exponent(&self, row: usize) -> i8 {
        self.exponents[row].cast_signed()
    }

    /// The largest exponent; −128 if there are no rows.
    pub fn largest_exponent(&self) -> i8 {
        self.exponents.iter().map(|exponent| exponent.cast_signed()).max().unwrap_or(i8::MIN)
    }
}

/// A file of rows in memory.
///
/// # Shapes
/// `values` `[count, width]`, none of them −128; `exponents` `[count]`.
pub fn write(header: &Header, values: &[i8], exponents: &[i8]) -> Vec<u8> {
    debug_assert!(values.iter().all(|value| value.unsigned_abs() <= LARGEST.unsigned_abs()));
    let mut bytes = Vec::with_capacity(header.file_bytes() as usize);
    bytes.extend(header.to_bytes());
    bytes.extend(values.iter().chain(exponents).map(|value| value.cast_unsigned()));
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// Writes the rows of many files as one, in their order: the whole index as it is mapped or handed to a graphics card.
///
/// # Errors
/// If a part does not follow the one before it (`InvalidData`), or writing fails.
pub fn join(parts: &[Rows<'_>], out: impl Write) -> io::Result<()> {
    let Some(first) = parts.first() else { return Err(unjoined("there are no rows to join".to_owned())) };
    let mut whole = Header { count: 0, ..first.header };
    for part in parts {
        let follows = Header { count: part.header.count, first: whole.first + whole.count, ..whole };
        part.header.expect(&follows).map_err(|error| unjoined(error.to_string()))?;
        whole.count += part.header.count;
    }
    let mut out = Summed { out, hasher: Sha256::new() };
    out.write_all(&whole.to_bytes())?;
    parts.iter().try_for_each(|part| out.write_all(part.values))?;
    parts.iter().try_for_each(|part| out.write_all(part.exponents))?;
    let sum = out.hasher.finalize();
    out.out.write_all(&sum)?;
    out.out.flush()
}

fn unjoined(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Hashes what it writes.
struct Summed<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
