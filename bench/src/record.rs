//! What a measurement says: flat records, shown as a table and written as JSON.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets::UTF8_HORIZONTAL_ONLY};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Where the records go besides the terminal.
#[derive(Args, Clone, Debug)]
pub struct Output {
    /// Write the records to this file, as a JSON list.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Output {
    /// Prints the records as a table, and writes them to the file asked for, if any.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub fn show(&self, records: &[Record]) -> Result<(), OutputError> {
        println!("{}", table(records));
        self.write(records)
    }

    /// Writes the records to the file asked for, if any.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub fn write(&self, records: &[Record]) -> Result<(), OutputError> {
        let Some(path) = &self.json else { return Ok(()) };
        let mut text = serde_json::to_string_pretty(records).expect("records are text and finite or null numbers");
        text.push('\n');
        std::fs::write(path, text).map_err(|source| OutputError { path: path.clone(), source })
    }
}

/// Why records could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write records to {}", path.display())]
pub struct OutputError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// One row: named values in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Vec<(&'static str, Value)>);

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Count(u64),
    /// With the decimals that the table shows; JSON has all digits, and `null` for what is not a number.
    Number(f64, usize),
}

impl Record {
    /// A record without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text.
    pub fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// Adds a whole number.
    pub fn count(self, name: &'static str, count: u64) -> Self {
        self.with(name, Value::Count(count))
    }

    /// Adds a number, of which the table shows so many decimals.
    pub fn number(self, name: &'static str, number: f64, decimals: usize) -> Self {
        self.with(name, Value::Number(number, decimals))
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.push((name, value));
        self
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

impl Value {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number, _) if number.is_nan() => "–".to_owned(),
            Self::Number(number, decimals) => format!("{number:.decimals$}"),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            match value {
                Value::Text(text) => map.serialize_entry(name, text)?,
                Value::Count(count) => map.serialize_entry(name, count)?,
                Value::Number(number, _) => map.serialize_entry(name, number)?,
            }
        }
        map.end()
    }
}

/// The records as a table, a column per name in the order of first use; what a record lacks stays empty.
pub fn table(records: &[Record]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in records.iter().flat_map(|record| &record.0) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled).set_header(&names);
    for record in records {
        table.add_row(names.iter().map(|name| record.value(name).map_or_else(String::new, Value::shown)));
    }
    for (name, column) in names.iter().zip(table.column_iter_mut()) {
        // A column with a number is one of numbers, even where a range stands as text.
        let has_number =
            records.iter().any(|record| matches!(record.value(name), Some(Value::Count(_) | Value::Number(..))));
        let alignment = if has_number { CellAlignment::Right } else { CellAlignment::Left };
        column.set_padding((0, 2)).set_cell_alignment(alignment);
    }
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> [Record; 2] {
        [
            Record::new().text("method", "one").count("models", 1).number("lds", 0.647_49, 3),
            Record::new().text("method", "two").number("lds", f64::NAN, 3).number("seconds", 2.0, 1),
        ]
    }

    #[test]
    fn json_keeps_names_in_order_and_all_digits() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("records.json");
        Output { json: Some(path.clone()) }.write(&records()).expect("writable");
        let text: String = std::fs::read_to_string(path).expect("written").split_whitespace().collect();
        let expected = r#"[{"method":"one","models":1,"lds":0.64749},{"method":"two","lds":null,"seconds":2.0}]"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn the_table_has_a_column_for_every_name_and_leaves_gaps_empty() {
        let table = table(&records());
        assert!(table.contains("method") && table.contains("seconds") && table.contains("0.647"));
        assert!(!table.contains("NaN"));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error =
            Output { json: Some(PathBuf::from("/nowhere/records.json")) }.write(&[]).expect_err("no such folder");
        assert!(error.to_string().contains("/nowhere/records.json"));
    }
}
