//! Items with the same canonical bytes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rules::item::item_digest;

use super::{Kind, Link};

/// Links every item to the first one with its [`item_digest`], which is what the chain calls the same item. The items come in the order of
/// precedence, as canonical bytes.
pub fn exact_copies<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> Vec<Link> {
    let mut firsts = BTreeMap::new();
    let mut links = Vec::new();
    for (item, canonical) in items.into_iter().enumerate() {
        match firsts.entry(item_digest(canonical)) {
            Entry::Vacant(entry) => drop(entry.insert(item)),
            Entry::Occupied(first) => links.push(copy(*first.get(), item)),
        }
    }
    links
}

fn copy(first: usize, second: usize) -> Link {
    Link { first, second, similarity: 1.0, kind: Kind::Exact }
}
