//! Kinds of objects: where each lies, and how much of it is read.

use object_store::path::Path;
use rules::hash::Hash;

const MIB: usize = 1 << 20;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Items of a contribution.
    Items,
    /// Items of a contribution to a private DataNet, for holders of its key.
    PrivateItems,
    /// Receipts of a redemption.
    Receipts,
    /// The key to receipts of a redemption, sealed to one who was let in after they were published.
    ReceiptKeys,
    /// A range of validation examples.
    Validation,
    /// A version's training manifest.
    Manifest,
    /// The weights of a version, all members together.
    Weights,
}

impl Kind {
    /// The most that is read of one object, in bytes; of weights, of all members' files together. Whoever controls a store can make
    /// no operator hold more.
    ///
    /// The limits are the same for everyone and no setting: receipts beyond theirs are false to all operators alike, or their
    /// vectors would differ.
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Items | Self::PrivateItems | Self::Weights => 256 * MIB,
            Self::Receipts | Self::Validation => 64 * MIB,
            Self::Manifest | Self::ReceiptKeys => MIB,
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::PrivateItems => "private-items",
            Self::Receipts => "receipts",
            Self::ReceiptKeys => "receipt-keys",
            Self::Validation => "validation",
            Self::Manifest | Self::Weights => "weights",
        }
    }
}

/// Name of an object in the store: the hash that the chain holds is part of it.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) kind: Kind,
    pub(super) path: Path,
}

impl Name {
    /// `<folder>/<hash>.json`
    pub(super) fn alone(kind: Kind, hash: &Hash) -> Self {
        let path = Path::from_iter([kind.folder(), &format!("{}.json", hex::encode(hash))]);
        Self { kind, path }
    }

    /// `<folder>/<hash>/<file>`
    pub(super) fn among(kind: Kind, hash: &Hash, file: &str) -> Self {
        let path = Path::from_iter([kind.folder(), &hex::encode(hash), file]);
        Self { kind, path }
    }
}
