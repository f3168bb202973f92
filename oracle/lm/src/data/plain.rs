//! Plain text: an item per paragraph or per file. Line ends become `\n`.

use std::path::Path;

use super::error::{DataError, Place, RowError};
use super::lines::Lines;
use super::{Content, Row};

/// Every paragraph of a file, without the empty lines between them.
pub fn paragraphs(path: &Path, maximum: usize) -> Result<Vec<Row>, DataError> {
    let mut lines = Lines::open(path, maximum)?;
    let mut rows = Vec::new();
    let mut current: Option<Passage> = None;
    while let Some(line) = lines.next()? {
        if line.trim().is_empty() {
            rows.extend(current.take().map(Passage::into_row));
        } else {
            current.get_or_insert_with(|| Passage::at(lines.place())).push(&line, maximum)?;
        }
    }
    rows.extend(current.map(Passage::into_row));
    Ok(rows)
}

/// The one item of a file, with its empty lines but without those at its ends.
pub fn whole(path: &Path, maximum: usize) -> Result<Vec<Row>, DataError> {
    let mut lines = Lines::open(path, maximum)?;
    let mut passage: Option<Passage> = None;
    while let Some(line) = lines.next()? {
        match &mut passage {
            None if line.trim().is_empty() => {}
            None => passage.insert(Passage::at(lines.place())).push(&line, maximum)?,
            Some(passage) => passage.push(&line, maximum)?,
        }
    }
    Ok(passage.map(Passage::into_row).into_iter().collect())
}

/// Lines that make one item.
struct Passage {
    place: Place,
    text: String,
}

impl Passage {
    fn at(place: Place) -> Self {
        Self { place, text: String::new() }
    }

    fn push(&mut self, line: &str, maximum: usize) -> Result<(), DataError> {
        self.text.push_str(line);
        self.text.push('\n');
        if self.text.len() > maximum.saturating_add(1) {
            return Err(self.place.refused(RowError::TooLong { maximum }));
        }
        Ok(())
    }

    fn into_row(self) -> Row {
        Row { place: self.place, content: Content::Text(self.text.trim_end().to_owned()) }
    }
}
