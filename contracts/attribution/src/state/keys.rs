//! Every key prefix of this contract in one place, so that no two can collide.

pub const SETTINGS: &str = "settings";
pub const SETTLEMENT: &str = "settlement";
pub const BONDS_HELD: &str = "bonds_held";
pub const LAST_METHOD: &str = "last_method";
pub const METHODS: &str = "methods";
pub const OPERATORS: &str = "operators";
pub const OPEN_SETS: &str = "open_sets";
pub const FORMER: &str = "former_operators";
pub const ABSENT_UNTIL: &str = "absent_until";
pub const LAST_ROUND: &str = "last_round";
pub const OPEN_ROUND: &str = "open_round";
pub const SETTLED_ROUND: &str = "settled_round";
pub const ROUNDS: &str = "rounds";
pub const ROUND_PROGRESS: &str = "round_progress";
pub const PARTS: &str = "parts";
pub const AGREEMENTS: &str = "agreements";
pub const PASS: &str = "pass";
pub const KNOWN: &str = "known";
pub const VALUED: &str = "valued";
pub const ATTEMPT: &str = "attempt";
pub const VECTORS: &str = "vectors";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn storage_keys_never_collide() {
        let keys = [
            SETTINGS,
            SETTLEMENT,
            BONDS_HELD,
            LAST_METHOD,
            METHODS,
            OPERATORS,
            OPEN_SETS,
            FORMER,
            ABSENT_UNTIL,
            LAST_ROUND,
            OPEN_ROUND,
            SETTLED_ROUND,
            ROUNDS,
            ROUND_PROGRESS,
            PARTS,
            AGREEMENTS,
            PASS,
            KNOWN,
            VALUED,
            ATTEMPT,
            VECTORS,
            cw_ownable::OWNERSHIP_KEY,
            "contract_info",
        ];
        let distinct: BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
