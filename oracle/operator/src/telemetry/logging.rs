//! Logs on standard error: lines to read, or one JSON object per line.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::config::{LogFormat, LogSettings};

/// Why logging cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filters are none.
    #[error("`log.level` is {level:?}: expected a level, or filters as \"info,chain=debug\"")]
    Filter {
        /// What stands there.
        level: String,
        /// Why.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process logs already.
    #[error("logging has begun already: it can begin once in a process")]
    Begun,
}

/// Begins logging, for the whole process.
///
/// # Errors
/// [`LoggingError`].
pub fn begin(settings: &LogSettings) -> Result<(), LoggingError> {
    let subscriber = subscriber(settings, io::stderr, io::stderr().is_terminal().into())?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LoggingError::Begun)
}

/// Whether lines to read have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// For terminals.
    On,
    /// For files.
    Off,
}

impl From<bool> for Colours {
    fn from(is_terminal: bool) -> Self {
        if is_terminal { Self::On } else { Self::Off }
    }
}

/// What writes logs to `writer`.
///
/// # Errors
/// [`LoggingError::Filter`].
pub fn subscriber<W>(
    settings: &LogSettings,
    writer: W,
    colours: Colours,
) -> Result<Box<dyn Subscriber + Send + Sync>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .parse(&settings.level)
        .map_err(|source| LoggingError::Filter { level: settings.level.clone(), source })?;
    // A log that cannot be written, as on a full disk, must not end the program: to complain of it on standard error would.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    Ok(match settings.format {
        LogFormat::Human => Box::new(builder.with_target(false).with_ansi(colours == Colours::On).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_current_span(true).finish()),
    })
}
