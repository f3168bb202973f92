//! JSON as Python's `json.dumps(…, ensure_ascii=False)` writes it, which is what templates mean by `tojson`.

use std::io::{self, Write};

use minijinja::{
    Error, ErrorKind,
    value::{Kwargs, Value},
};
use serde::Serialize as _;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Most blanks of a level.
const WIDEST: usize = 16;

/// The filter.
///
/// # Errors
/// If the value is no JSON, or another option than `indent` and `ensure_ascii=false` is asked for.
pub fn to_json(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let ascii: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    let refused = |why: String| Error::new(ErrorKind::InvalidOperation, why);
    if ascii == Some(true) || indent.is_some_and(|indent| indent > WIDEST) {
        return Err(refused("tojson escapes no letters, and indents by 16 at most".to_owned()));
    }
    let mut bytes = Vec::new();
    let written = match indent {
        Some(indent) => {
            let blanks = vec![b' '; indent];
            value.serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(&blanks)))
        }
        None => value.serialize(&mut Serializer::with_formatter(&mut bytes, Spaced(CompactFormatter))),
    };
    written.map_err(|error| refused(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A blank after every comma and colon.
struct Spaced(CompactFormatter);

impl Formatter for Spaced {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_null<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.write_null(writer)
    }
}
