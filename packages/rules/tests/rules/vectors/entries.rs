use rules::ledger::{Entry, LedgerError, pack, unpack};
use serde::Deserialize;

use super::{Hex, Number, cases};

#[derive(Deserialize)]
pub(super) struct EntryCase {
    accrued: Number<i64>,
    payable: Number<u64>,
    variance: Number<u128>,
    last_score: i32,
}

impl EntryCase {
    pub(super) fn entry(&self) -> Entry {
        Entry {
            accrued: self.accrued.0,
            payable: self.payable.0,
            variance: self.variance.0,
            last_score: self.last_score,
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Readings(Readings),
    Packed { packed: Hex, entries: Option<Vec<EntryCase>> },
    Repay { entry: EntryCase, amount: Number<u64>, after: Option<EntryCase> },
    Retire { entry: EntryCase, after: EntryCase },
}

#[derive(Deserialize)]
struct Readings {
    entry: EntryCase,
    z_tenths: u8,
    packed: Hex,
    liability: Number<u64>,
    doubt_bound: Number<u64>,
    earned: Number<u64>,
    held_back: Number<u64>,
    debt: Number<u64>,
    proved_debt: Number<u64>,
}

impl Readings {
    fn check(&self) {
        let (entry, z_tenths) = (self.entry.entry(), self.z_tenths);
        assert_eq!(pack(&[entry]), self.packed.0);
        assert_eq!(unpack(&self.packed.0), Ok(vec![entry]));
        assert_eq!(entry.liability(), self.liability.0, "{entry:?}");
        assert_eq!(entry.doubt_bound(z_tenths), self.doubt_bound.0, "{entry:?}");
        assert_eq!(entry.earned(z_tenths), self.earned.0, "{entry:?}");
        assert_eq!(entry.held_back(z_tenths), self.held_back.0, "{entry:?}");
        assert_eq!(entry.debt(), self.debt.0, "{entry:?}");
        assert_eq!(entry.proved_debt(), self.proved_debt.0, "{entry:?}");
    }
}

#[test]
fn ledger_entries_follow_the_vectors() {
    for case in cases::<Case>("entries.json") {
        match case {
            Case::Readings(readings) => readings.check(),
            Case::Packed { packed, entries } => {
                let bytes = packed.0.len();
                let entries = entries.map(|entries| entries.iter().map(EntryCase::entry).collect::<Vec<_>>());
                assert_eq!(unpack(&packed.0), entries.ok_or(LedgerError::Packed { bytes }));
            }
            Case::Repay { entry, amount, after } => {
                let outcome = entry.entry().repay(amount.0).ok();
                assert_eq!(outcome, after.map(|after| after.entry()));
            }
            Case::Retire { entry, after } => assert_eq!(entry.entry().retire(), after.entry()),
        }
    }
}
