//! The chain's state: an ordered map that can be written to disk and read back.

use std::{
    collections::BTreeMap,
    ops::{
        Bound,
        Bound::{Excluded, Included, Unbounded},
    },
};

use cosmwasm_std::{Order, Record, Storage};

/// All keys and values of the embedded chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStorage(BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryStorage {
    /// Every entry in the order of keys.
    pub fn entries(&self) -> impl Iterator<Item = (&Vec<u8>, &Vec<u8>)> {
        self.0.iter()
    }
}

impl FromIterator<Record> for MemoryStorage {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        Self(records.into_iter().collect())
    }
}

impl Storage for MemoryStorage {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.insert(key.to_vec(), value.to_vec());
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.remove(key);
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'a> {
        // BTreeMap panics on a range that ends before it starts; storage answers nothing.
        if let (Some(start), Some(end)) = (start, end)
            && start >= end
        {
            return Box::new(std::iter::empty());
        }
        let from: Bound<&[u8]> = start.map_or(Unbounded, Included);
        let to: Bound<&[u8]> = end.map_or(Unbounded, Excluded);
        let records = self.0.range::<[u8], _>((from, to)).map(|(key, value)| (key.clone(), value.clone()));
        match order {
            Order::Ascending => Box::new(records),
            Order::Descending => Box::new(records.rev()),
        }
    }
}
