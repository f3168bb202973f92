//! A file's lines, none longer than a maximum.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::error::{DataError, Place, RowError};

/// What some programs write at the beginning of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines, without their ends (`\n` or `\r\n`) and without a byte order mark.
pub struct Lines {
    reader: BufReader<File>,
    path: Arc<Path>,
    read: usize,
    maximum: usize,
}

impl Lines {
    /// Opens a file.
    ///
    /// # Errors
    /// [`DataError::Read`].
    pub fn open(path: &Path, maximum: usize) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|source| failed(path, source))?;
        Ok(Self { reader: BufReader::new(file), path: path.into(), read: 0, maximum })
    }

    /// The line that was read last.
    pub fn place(&self) -> Place {
        Place::line(&self.path, self.read)
    }

    /// The next line, or nothing at the end of the file. An end of line at the end of the file begins no other line.
    ///
    /// # Errors
    /// If the file cannot be read, or the line is too long or not UTF-8.
    pub fn next(&mut self) -> Result<Option<String>, DataError> {
        let mut line = Vec::new();
        // One byte more than fits tells a line that is too long from one that just fits.
        let longest = self.maximum as u64 + (BYTE_ORDER_MARK.len() + b"\r\n".len()) as u64 + 1;
        let read = self.reader.by_ref().take(longest).read_until(b'\n', &mut line);
        if read.map_err(|source| failed(&self.path, source))? == 0 {
            return Ok(None);
        }
        self.read += 1;
        self.text(without_end(self.without_mark(&line))).map(Some)
    }

    fn without_mark<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        if self.read == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
    }

    fn text(&self, line: &[u8]) -> Result<String, DataError> {
        let refused = |source| Err(self.place().refused(source));
        if line.len() > self.maximum {
            return refused(RowError::TooLong { maximum: self.maximum });
        }
        match std::str::from_utf8(line) {
            Ok(text) => Ok(text.to_owned()),
            Err(wrong) => refused(RowError::NotUtf8 { byte: wrong.valid_up_to() + 1 }),
        }
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn failed(path: &Path, source: std::io::Error) -> DataError {
    DataError::Read { path: path.to_path_buf(), source }
}
