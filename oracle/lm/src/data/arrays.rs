//! Tokens in numpy arrays.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;
use std::sync::Arc;

use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar};

use super::error::{DataError, Place, RowError};
use super::{Content, Row};

/// Bytes that a token counts for.
const TOKEN_BYTES: usize = size_of::<u32>();
/// How every array begins; its version and the header's length follow.
const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header of version 1, with what stands before it.
const LONGEST_HEADER: usize = MAGIC.len() + 4 + u16::MAX as usize;

/// All rows of an array of one or two axes.
pub fn read(path: &Path, padding: Option<i64>, maximum: usize) -> Result<Vec<Row>, DataError> {
    let array = Array::open(path, padding)?;
    if array.width.saturating_mul(TOKEN_BYTES) > maximum {
        return Err(Place::row(&array.path, 0).refused(RowError::TooLong { maximum }));
    }
    match array.kind {
        (TypeChar::Uint, 1) => array.rows::<u8>(),
        (TypeChar::Uint, 2) => array.rows::<u16>(),
        (TypeChar::Uint, 4) => array.rows::<u32>(),
        (TypeChar::Uint, 8) => array.rows::<u64>(),
        (TypeChar::Int, 1) => array.rows::<i8>(),
        (TypeChar::Int, 2) => array.rows::<i16>(),
        (TypeChar::Int, 4) => array.rows::<i32>(),
        (TypeChar::Int, 8) => array.rows::<i64>(),
        _ => Err(array.refused("does not hold integers")),
    }
}

/// An array of which only the header was read.
struct Array {
    path: Arc<Path>,
    file: NpyFile<BufReader<File>>,
    /// Kind and bytes of its numbers.
    kind: (TypeChar, u64),
    rows: usize,
    width: usize,
    padding: Option<i128>,
}

impl Array {
    fn open(path: &Path, padding: Option<i64>) -> Result<Self, DataError> {
        let file = opened(path).map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
        let DType::Plain(kind) = file.dtype() else { return Err(refused(path, "holds records")) };
        let sizes: Vec<usize> = file.shape().iter().map(|size| *size as usize).collect();
        let (rows, width) = match sizes[..] {
            [0] | [_, 0] => return Err(refused(path, "holds no tokens")),
            [width] => (1, width),
            [rows, width] => (rows, width),
            _ => return Err(refused(path, &format!("has {} axes", sizes.len()))),
        };
        if file.order() == Order::Fortran && rows > 1 && width > 1 {
            return Err(refused(path, "is stored column by column (make it numpy.ascontiguousarray)"));
        }
        let kind = (kind.type_char(), kind.size_field());
        Ok(Self { path: path.into(), file, kind, rows, width, padding: padding.map(i128::from) })
    }

    fn refused(&self, problem: &str) -> DataError {
        refused(&self.path, problem)
    }

    fn rows<T: Deserialize + Into<i128>>(self) -> Result<Vec<Row>, DataError> {
        let failed = |source| DataError::Read { path: self.path.to_path_buf(), source };
        let mut numbers = self.file.data::<T>().map_err(|source| failed(std::io::Error::other(source)))?;
        let mut rows = Vec::new();
        for rank in 0..self.rows {
            let row: Vec<T> = numbers.by_ref().take(self.width).collect::<Result<_, _>>().map_err(failed)?;
            let row: Vec<i128> = row.into_iter().map(T::into).collect();
            let place = Place::row(&self.path, rank);
            let tokens = tokens(&row, self.padding).map_err(|source| place.refused(source))?;
            rows.push(Row { place, content: Content::Tokens(tokens) });
        }
        Ok(rows)
    }
}

/// Reads the header and checks that the file holds as many bytes as it says.
fn opened(path: &Path) -> std::io::Result<NpyFile<BufReader<File>>> {
    let file = File::open(path)?;
    let found = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(LONGEST_HEADER, file);
    check_header(reader.fill_buf()?)?;
    let header = NpyHeader::from_reader(&mut reader)?;
    let width = header.dtype().num_bytes().unwrap_or(usize::MAX) as u64;
    let expected = header.len().saturating_mul(width).saturating_add(reader.stream_position()?);
    if found != expected {
        let problem = format!("the array has {expected} bytes by its header, the file has {found}: save it again");
        return Err(std::io::Error::other(problem));
    }
    Ok(NpyFile::with_header(header, reader))
}

/// Refuses what the library would panic at or reserve memory for: a header of great length, or sizes whose product is too large.
fn check_header(start: &[u8]) -> std::io::Result<()> {
    let refused = |problem| Err(std::io::Error::new(std::io::ErrorKind::InvalidData, problem));
    let Some(&[major, _, low, high]) = start.strip_prefix(MAGIC).and_then(|rest| rest.first_chunk()) else {
        return refused("it is not a numpy array: save it with numpy.save");
    };
    let length = usize::from(u16::from_le_bytes([low, high]));
    // Later versions have a longer length, then numpy says why; no array of integers needs them.
    let Some(header) = start.get(MAGIC.len() + 4..).and_then(|rest| rest.get(..length)).filter(|_| major == 1) else {
        return refused("its header is cut off or not of version 1: save it with numpy.save as an array of integers");
    };
    let numbers =
        header.split(|byte| !byte.is_ascii_digit()).filter(|digits| digits.iter().any(|digit| *digit != b'0'));
    let product = numbers
        .map(|digits| str::from_utf8(digits).ok()?.parse().ok())
        .try_fold(1u64, |product, number| product.checked_mul(number?));
    if product.is_some() { Ok(()) } else { refused("its header names more numbers than a file can hold") }
}

/// The numbers of a row as tokens, without the padding at its end.
fn tokens(numbers: &[i128], padding: Option<i128>) -> Result<Vec<u32>, RowError> {
    let padded = numbers.iter().rev().take_while(|number| Some(**number) == padding).count();
    let token =
        |&number: &i128| u32::try_from(number).map_err(|_| RowError::Token { found: number, largest: u32::MAX });
    numbers[..numbers.len() - padded].iter().map(token).collect()
}

fn refused(path: &Path, problem: &str) -> DataError {
    DataError::Array { path: path.to_path_buf(), problem: problem.to_owned() }
}
