//! Keys that sign transactions and vouchers.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use k256::ecdsa::{
    Signature, SigningKey,
    signature::{Signer as _, hazmat::PrehashSigner as _},
};
use zeroize::Zeroizing;

use crate::ADDRESS_PREFIX;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Not a secp256k1 key.
    #[error("not a secp256k1 key: 32 bytes between 1 and the order of the group are")]
    NotAKey,
    /// A key file that is not 64 hex digits.
    #[error("{} holds no key: 64 hex digits are expected", .0.display())]
    Malformed(PathBuf),
    /// Not a mnemonic phrase.
    #[error("not a mnemonic phrase: 24 English words with a right checksum are (BIP-39)")]
    NotAPhrase,
    /// A key file that others can read.
    #[error("{} has mode {mode:o}: others could read the key; run chmod 600 on it and replace the key", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A key file that cannot be read or written.
    #[error("cannot {action} the key file {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A secp256k1 key and its address. The key is wiped when dropped and never printed.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    address: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("address", &self.address).field("key", &"redacted").finish()
    }
}

/// The bech32 address of a compressed public key.
///
/// # Errors
/// [`SignerError::NotAKey`].
pub fn address_of(public: &k256::ecdsa::VerifyingKey) -> Result<String, SignerError> {
    let public = cosmrs::crypto::PublicKey::from(*public);
    Ok(public.account_id(ADDRESS_PREFIX).map_err(|_| SignerError::NotAKey)?.to_string())
}

impl Signer {
    /// The key with these bytes.
    ///
    /// # Errors
    /// [`SignerError::NotAKey`].
    pub fn from_bytes(secret: &[u8; 32]) -> Result<Self, SignerError> {
        let key = SigningKey::from_slice(secret).map_err(|_| SignerError::NotAKey)?;
        let public =
            cosmrs::crypto::secp256k1::SigningKey::from_slice(secret).map_err(|_| SignerError::NotAKey)?.public_key();
        let address = public.account_id(ADDRESS_PREFIX).map_err(|_| SignerError::NotAKey)?.to_string();
        Ok(Self { key, address })
    }

    /// The key of a label, always the same: for tests and demonstrations, worth nothing.
    ///
    /// # Panics
    /// Never in practice: one digest in 2^128 is not a key.
    pub fn from_seed_label(label: &str) -> Self {
        let secret = Zeroizing::new(rules::hash::digest("demo-signer/v1", &[label.as_bytes()]));
        Self::from_bytes(&secret).expect("a SHA-256 digest is a valid key but for one in 2^128")
    }

    /// Reads a key file: 64 hex digits that only its owner can read.
    ///
    /// # Errors
    /// If the file cannot be read, others can read it, or it holds no key.
    pub fn load(path: &Path) -> Result<Self, SignerError> {
        let text = private_text(path)?;
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), secret.as_mut()).map_err(|_| SignerError::Malformed(path.to_owned()))?;
        Self::from_bytes(&secret)
    }

    /// Writes a new key file with mode 600; an existing file is never replaced.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), SignerError> {
        let text = Zeroizing::new(hex::encode(Zeroizing::new(<[u8; 32]>::from(self.key.to_bytes()))));
        write_private(path, &text)
    }

    /// The key, for what is signed and agreed on off the chain: vouchers, and seals of orders.
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Bech32 address of the account.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The compressed public key, 33 bytes: what a channel stores as its voucher key.
    pub fn public_key(&self) -> Vec<u8> {
        self.key.verifying_key().to_sec1_bytes().into_vec()
    }

    /// Compact signature (64 bytes) of a digest as it is: what a voucher carries.
    ///
    /// # Panics
    /// Never: a digest of 32 bytes can always be signed.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> [u8; 64] {
        let signature: Signature = self.key.sign_prehash(digest).expect("a digest of 32 bytes can be signed");
        signature.to_bytes().into()
    }

    /// Compact signature (64 bytes) of the SHA-256 of a transaction's sign bytes.
    pub(crate) fn sign_transaction(&self, sign_bytes: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(sign_bytes);
        signature.to_bytes().to_vec()
    }
}

/// The text of a file that only its owner can read.
pub(crate) fn private_text(path: &Path) -> Result<Zeroizing<String>, SignerError> {
    let failed = |source| SignerError::File { action: "read", path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SignerError::Exposed { path: path.to_owned(), mode });
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

/// Writes a new file with mode 600; an existing one is never replaced.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), SignerError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| SignerError::File { action: "write", path: path.to_owned(), source })
}
