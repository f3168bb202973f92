//! Hashes and canonical bytes. The hash itself is the one that all parts of the system use.

pub(crate) use rules::hash::digest;

/// A SHA-256 hash.
pub type Digest = rules::hash::Hash;

/// The canonical bytes of 32-bit floats: IEEE 754, little endian, in order.
pub(crate) fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Lower-case hexadecimal, two characters per byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
