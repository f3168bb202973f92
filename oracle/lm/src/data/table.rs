//! Comma-separated values under a line of names, as RFC 4180 has them.
//!
//! Lines are put together until every quote is closed and only then given to the csv library, so that each row's first line is known and a
//! quote that was left open is found where it stands.

use std::path::Path;

use csv::StringRecord;

use super::error::{DataError, Place, RowError};
use super::fields::{Fields, Found};
use super::lines::Lines;
use super::{Content, Row};

/// All rows of a file.
pub fn read(path: &Path, fields: &Fields, maximum: usize) -> Result<Vec<Row>, DataError> {
    let mut lines = Lines::open(path, maximum)?;
    let Some((place, names)) = next(&mut lines, maximum)? else { return Ok(Vec::new()) };
    let columns = Columns::new(&names, fields).map_err(|source| place.refused(source))?;
    let mut rows = Vec::new();
    while let Some((place, values)) = next(&mut lines, maximum)? {
        let content = columns.content(&values).map_err(|source| place.refused(source))?;
        rows.push(Row { place, content });
    }
    Ok(rows)
}

/// Where the fields stand.
struct Columns<'a> {
    names: &'a StringRecord,
    found: Found<'a>,
}

impl<'a> Columns<'a> {
    fn new(names: &'a StringRecord, fields: &'a Fields) -> Result<Self, RowError> {
        let all: Vec<&str> = names.iter().collect();
        let twice = (1..all.len()).find(|&column| all[..column].contains(&all[column]));
        match twice {
            Some(column) => Err(RowError::TwoColumns { name: all[column].to_owned() }),
            None => Ok(Self { names, found: fields.among(&all)? }),
        }
    }

    fn content(&self, values: &StringRecord) -> Result<Content, RowError> {
        if values.len() != self.names.len() {
            return Err(RowError::Width { found: values.len(), expected: self.names.len() });
        }
        self.found.content(|field| {
            let column = self.names.iter().position(|name| name == field).expect("found among the names");
            Ok(values[column].to_owned())
        })
    }
}

/// The next row with its first line.
fn next(lines: &mut Lines, maximum: usize) -> Result<Option<(Place, StringRecord)>, DataError> {
    let Some(mut text) = lines.next()? else { return Ok(None) };
    let place = lines.place();
    while quotes(&text) % 2 == 1 {
        let Some(line) = lines.next()? else { return Err(place.refused(RowError::OpenQuote)) };
        text.push('\n');
        text.push_str(&line);
        if text.len() > maximum {
            return Err(place.refused(RowError::TooLong { maximum }));
        }
    }
    let record = record(&text).map_err(|source| place.refused(source))?;
    Ok(Some((place, record)))
}

fn quotes(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'"').count()
}

fn record(text: &str) -> Result<StringRecord, RowError> {
    if text.trim().is_empty() {
        return Err(RowError::Blank);
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let record = records.next().ok_or(RowError::Blank)?.map_err(RowError::Csv)?;
    // Quotes were even, but did not enclose the line ends between them.
    if records.next().is_some() { Err(RowError::StrayQuote) } else { Ok(record) }
}
