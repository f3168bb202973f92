//! An object per line.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::{DataError, RowError};
use super::fields::Fields;
use super::lines::Lines;
use super::{Content, Row};

/// All rows of a file.
pub fn read(path: &Path, fields: &Fields, maximum: usize) -> Result<Vec<Row>, DataError> {
    let mut lines = Lines::open(path, maximum)?;
    let mut rows = Vec::new();
    while let Some(line) = lines.next()? {
        let place = lines.place();
        let content = content(&line, fields).map_err(|source| place.refused(source))?;
        rows.push(Row { place, content });
    }
    Ok(rows)
}

fn content(line: &str, fields: &Fields) -> Result<Content, RowError> {
    if line.trim().is_empty() {
        return Err(RowError::Blank);
    }
    let mut values: Map<String, Value> = serde_json::from_str(line).map_err(RowError::Json)?;
    let names: Vec<&str> = values.keys().map(String::as_str).collect();
    let found = fields.among(&names)?;
    found.content(|field| match values.remove(field) {
        Some(Value::String(text)) => Ok(text),
        other => Err(RowError::NotText { field: field.to_owned(), found: kind(&other.unwrap_or_default()) }),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
