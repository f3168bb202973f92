//! The key that signs: from a file that only its owner can read, or from the environment; never from the command line, never shown.

use std::{
    fs,
    io::{self, BufRead},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use chain::{Signer, SignerError};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    config::{Environment, KeySource},
    published::Reader,
};

/// Why the key cannot be used. No message holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A file cannot be used.
    #[error("cannot use the key in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: SignerError,
    },
    /// The variable holds no phrase.
    #[error("cannot use the phrase in ORACLE_MNEMONIC")]
    Variable(#[source] SignerError),
    /// The variable was there when the configuration was read and is not any more.
    #[error("ORACLE_MNEMONIC is not set: set it, or name `key.mnemonic_file`")]
    NoVariable,
    /// What was given on standard input is no phrase.
    #[error(
        "standard input holds no phrase: 24 English words on one line are expected, as `oracle keys --import < file` gives them"
    )]
    NotAPhrase,
    /// What was given on standard input is no key.
    #[error(
        "standard input holds no key: 64 hex digits on one line are expected, since `key.key_file` is configured; for a phrase set `key.mnemonic_file`"
    )]
    NotAKey,
    /// Standard input cannot be read.
    #[error("cannot read standard input")]
    Input(#[source] io::Error),
    /// Where the phrase would go, a key is already.
    #[error("{} is there already and is not replaced: move it away first, and keep it while a commitment of it is open", .0.display())]
    Exists(PathBuf),
    /// There is no file to write to.
    #[error("the key is configured as ORACLE_MNEMONIC: set `key.mnemonic_file` instead to import a phrase")]
    NowhereToImport,
}

/// What can be shown of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Bech32 address.
    pub address: String,
    /// Compressed public key, hex.
    pub public_key: String,
    /// Key that receipts are sealed to for this account, X25519, hex.
    pub reading_key: String,
    /// Where the key is.
    pub source: String,
}

/// Loads the key.
///
/// # Errors
/// If the file is missing, others can read it, or it holds no key.
pub fn load(source: &KeySource, environment: &Environment) -> Result<Signer, SecretsError> {
    let of_file = |path: &Path, loaded: Result<Signer, SignerError>| {
        loaded.map_err(|source| SecretsError::File { path: path.to_owned(), source })
    };
    match source {
        KeySource::MnemonicFile(path) => of_file(path, Signer::load_mnemonic(path)),
        KeySource::KeyFile(path) => of_file(path, Signer::load(path)),
        KeySource::Environment => {
            let phrase = environment.mnemonic().ok_or(SecretsError::NoVariable)?;
            Signer::from_mnemonic(phrase).map_err(SecretsError::Variable)
        }
    }
}

/// The account of a key, for people.
///
/// # Errors
/// As [`load`].
pub fn account(source: &KeySource, environment: &Environment) -> Result<Account, SecretsError> {
    let signer = load(source, environment)?;
    Ok(Account {
        address: signer.address().to_owned(),
        public_key: hex::encode(signer.public_key()),
        reading_key: hex::encode(Reader::of_account(&signer).key().0),
        source: place(source),
    })
}

/// Takes a phrase, or a key where a key file is configured, from standard input and writes it to that file, which must not be there yet.
///
/// # Errors
/// If the input is something else, or the file is there or cannot be written.
pub fn import(source: &KeySource, input: &mut impl BufRead) -> Result<Account, SecretsError> {
    let path = match source {
        KeySource::MnemonicFile(path) | KeySource::KeyFile(path) => path,
        KeySource::Environment => return Err(SecretsError::NowhereToImport),
    };
    if path.symlink_metadata().is_ok() {
        return Err(SecretsError::Exists(path.clone()));
    }
    let line = first_line(input)?;
    let saved = match source {
        KeySource::KeyFile(_) => key_of(&line)?.save(path),
        _ => {
            Signer::from_mnemonic(&line).map_err(|_| SecretsError::NotAPhrase)?;
            Signer::save_mnemonic(path, &line)
        }
    };
    saved.map_err(|source| SecretsError::File { path: path.clone(), source })?;
    account(source, &Environment::default())
}

/// A line, in one buffer: a growing one would leave copies behind.
fn first_line(input: &mut impl BufRead) -> Result<Zeroizing<String>, SecretsError> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    io::Read::take(&mut *input, LONGEST as u64).read_line(&mut line).map_err(SecretsError::Input)?;
    Ok(line)
}

fn key_of(line: &str) -> Result<Signer, SecretsError> {
    let mut secret = Zeroizing::new([0; 32]);
    hex::decode_to_slice(line.trim(), secret.as_mut()).map_err(|_| SecretsError::NotAKey)?;
    Signer::from_bytes(&secret).map_err(|_| SecretsError::NotAKey)
}

/// Bytes of a line of 24 words, with room to spare.
const LONGEST: usize = 512;

/// Where a key is, for people.
pub fn place(source: &KeySource) -> String {
    match source {
        KeySource::MnemonicFile(path) => format!("the phrase in {}", path.display()),
        KeySource::KeyFile(path) => format!("the key in {}", path.display()),
        KeySource::Environment => "the phrase in ORACLE_MNEMONIC".to_owned(),
    }
}

/// Whether others can read or replace the folder that a key file is in.
pub fn is_folder_open(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o022 != 0)
}
