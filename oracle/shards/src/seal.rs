//! What stands before every output in a store, so that it can be told from anything else.
//!
//! ```text
//! 0   8 bytes  magic, 89 53 48 41 52 44 0d 0a
//! 8   8 bytes  length of the payload, little endian
//! 16 32 bytes  hash: digest("shards/output/1", job, step, shard, payload), the shard as 4 bytes, big endian
//! 48 16 bytes  0
//! 64           the payload
//! ```
//!
//! The hash takes in the task, so that an output that lies under another task's name is found out.

use rules::hash::{Hash, digest};

use crate::plan::TaskId;

/// Bytes before the payload.
pub const BYTES: usize = 64;
const MAGIC: [u8; 8] = *b"\x89SHARD\r\n";

/// How an object is not the output of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is not even as long as a seal.
    #[error("it has {bytes} bytes, a seal alone has {BYTES}")]
    Short {
        /// Bytes there.
        bytes: usize,
    },
    /// It does not begin as outputs do.
    #[error("it does not begin with the mark of an output")]
    Magic,
    /// Bytes that must be 0 are not.
    #[error("its seal has bytes that must be 0 and are not")]
    Reserved,
    /// It was cut or lengthened.
    #[error("its payload has {found} bytes, the seal says {expected}")]
    Length {
        /// Bytes there.
        found: u64,
        /// Bytes that the seal says.
        expected: u64,
    },
    /// Its bytes are not those that were sealed, or were sealed for another task.
    #[error("its bytes hash to {found}, the seal says {sealed}")]
    Hash {
        /// Hash of what is there, in hexadecimal.
        found: String,
        /// Hash in the seal, in hexadecimal.
        sealed: String,
    },
}

/// Hash of a task's output.
pub fn hash(task: &TaskId, payload: &[u8]) -> Hash {
    digest("shards/output/1", &[&task.job.0, task.step.as_bytes(), &task.shard.to_be_bytes(), payload])
}

/// What goes before a payload of this hash.
pub fn header(hash: &Hash, payload: &[u8]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..16].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes[16..48].copy_from_slice(hash);
    bytes
}

/// Hash of a sealed output; its payload begins at [`BYTES`].
///
/// # Errors
/// If the object is not what the task put out.
pub fn check(task: &TaskId, object: &[u8]) -> Result<Hash, SealError> {
    let Some((seal, payload)) = object.split_first_chunk::<BYTES>() else {
        return Err(SealError::Short { bytes: object.len() });
    };
    if seal[..8] != MAGIC {
        return Err(SealError::Magic);
    }
    let expected = u64::from_le_bytes(seal[8..16].try_into().expect("8 bytes"));
    if expected != payload.len() as u64 {
        return Err(SealError::Length { found: payload.len() as u64, expected });
    }
    if seal[48..].iter().any(|byte| *byte != 0) {
        return Err(SealError::Reserved);
    }
    let found = hash(task, payload);
    if seal[16..48] != found {
        return Err(SealError::Hash { found: hex(&found), sealed: hex(&seal[16..48]) });
    }
    Ok(found)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
