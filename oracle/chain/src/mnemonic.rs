//! Keys from mnemonic phrases: BIP-39, 24 English words, no password, at the path that Cosmos wallets use.

use std::path::Path;

use bip32::{DerivationPath, Mnemonic, XPrv};
use zeroize::Zeroizing;

use crate::{
    Signer, SignerError,
    signer::{private_text, write_private},
};

/// Path of the first account of a wallet (coin type 118, Cosmos).
const PATH: &str = "m/44'/118'/0'/0/0";

impl Signer {
    /// The key of a phrase of 24 words, at `m/44'/118'/0'/0/0`; white space around and between words does not matter.
    ///
    /// # Errors
    /// [`SignerError::NotAPhrase`].
    pub fn from_mnemonic(phrase: &Zeroizing<String>) -> Result<Self, SignerError> {
        let spaced = Zeroizing::new(phrase.split_whitespace().collect::<Vec<_>>().join(" "));
        let mnemonic = Mnemonic::new(spaced.as_str(), Default::default()).map_err(|_| SignerError::NotAPhrase)?;
        let path: DerivationPath = PATH.parse().map_err(|_| SignerError::NotAKey)?;
        let derived = XPrv::derive_from_path(mnemonic.to_seed(""), &path).map_err(|_| SignerError::NotAKey)?;
        Self::from_bytes(&Zeroizing::new(derived.to_bytes()))
    }

    /// A new key from the system's randomness, with the phrase that brings it back: shown once, kept nowhere.
    ///
    /// # Errors
    /// [`SignerError::NotAKey`], which does not happen: all but one phrase in 2^127 give a key.
    pub fn generate() -> Result<(Self, Zeroizing<String>), SignerError> {
        let entropy = Zeroizing::new(rand::random::<[u8; 32]>());
        let mnemonic = Mnemonic::from_entropy(*entropy, Default::default());
        let phrase = Zeroizing::new(mnemonic.phrase().to_owned());
        Ok((Self::from_mnemonic(&phrase)?, phrase))
    }

    /// Reads a file with a phrase that only its owner can read.
    ///
    /// # Errors
    /// If the file cannot be read, others can read it, or it holds no phrase of 24 words.
    pub fn load_mnemonic(path: &Path) -> Result<Self, SignerError> {
        Self::from_mnemonic(&private_text(path)?)
    }

    /// Writes a phrase to a new file with mode 600; an existing file is never replaced.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn save_mnemonic(path: &Path, phrase: &Zeroizing<String>) -> Result<(), SignerError> {
        write_private(path, phrase)
    }
}
