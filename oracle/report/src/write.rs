//! Both files of a report on disk. Each is written beside its place, flushed, and renamed into it, so that a reader
//! finds the old file or the new one, never half of one.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

use crate::{
    data::Report,
    html::{self, HtmlError},
};

/// Where the files of a report lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The page for people.
    pub html: PathBuf,
    /// The same content for programs.
    pub json: PathBuf,
}

/// Why a report could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The page could not be made.
    #[error("could not make the page of the report")]
    Html(#[from] HtmlError),
    /// The JSON could not be made.
    #[error("could not make the JSON of the report")]
    Json(#[source] serde_json::Error),
    /// The folder could not be made.
    #[error("could not make the folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("could not write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes `report.html` and `report.json` into the folder `out`, which is made if it is missing.
///
/// # Errors
/// Nothing is written unless both files could be made; the JSON goes first, so that a page never shows what it lacks.
pub fn write(report: &Report, out: &Path) -> Result<Written, WriteError> {
    let page = html::render(report)?;
    let mut json = serde_json::to_string_pretty(report).map_err(WriteError::Json)?;
    json.push('\n');

    fs::create_dir_all(out).map_err(|source| WriteError::Folder { path: out.to_owned(), source })?;
    let written = Written { html: out.join("report.html"), json: out.join("report.json") };
    replace(&written.json, &json)?;
    replace(&written.html, &page)?;
    Ok(written)
}

fn replace(path: &Path, content: &str) -> Result<(), WriteError> {
    let beside = path.with_extension(format!("{}.tmp", process::id()));
    let done = write_flushed(&beside, content).and_then(|()| fs::rename(&beside, path));
    done.map_err(|source| {
        // The first error is the one to tell; a left-over file is only untidy.
        let _ = fs::remove_file(&beside);
        WriteError::File { path: path.to_owned(), source }
    })
}

fn write_flushed(path: &Path, content: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
