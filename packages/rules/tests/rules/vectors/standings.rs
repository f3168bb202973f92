use rules::ledger::{LedgerError, Standing};
use serde::Deserialize;

use super::entries::EntryCase;
use super::{Hex, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    History { name: String, start: StandingCase, steps: Vec<Step> },
    Claim { standing: StandingCase, entry: EntryCase, claimable: bool },
    Packed { packed: Hex },
}

#[derive(Deserialize)]
struct StandingCase {
    with_debt: u8,
    without_debt: u8,
    packed: Hex,
}

impl StandingCase {
    fn standing(&self) -> Standing {
        let standing = Standing { with_debt: self.with_debt, without_debt: self.without_debt };
        assert_eq!(standing.pack().as_slice(), self.packed.0);
        assert_eq!(Standing::unpack(&self.packed.0), Ok(standing));
        standing
    }
}

#[derive(Deserialize)]
struct Step {
    entry: EntryCase,
    after: StandingCase,
    claimable: bool,
}

#[test]
fn standings_follow_the_vectors() {
    for case in cases::<Case>("standings.json") {
        match case {
            Case::History { name, start, steps } => {
                let mut standing = start.standing();
                for Step { entry, after, claimable } in steps {
                    standing = standing.after(&entry.entry());
                    assert_eq!(standing, after.standing(), "{name}");
                    assert_eq!(standing.claimable(&entry.entry()), claimable, "{name}");
                }
            }
            Case::Claim { standing, entry, claimable } => {
                assert_eq!(standing.standing().claimable(&entry.entry()), claimable);
            }
            Case::Packed { packed } => {
                let bytes = packed.0.len();
                assert_eq!(Standing::unpack(&packed.0), Err(LedgerError::Packed { bytes }));
            }
        }
    }
}
