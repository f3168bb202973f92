use rules::duplicate::{Batch, DuplicateError, Pair, Side, Slash, prover_share, slash, verify};
use serde::Deserialize;

use super::{Digest, Number, cases, hashes};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Proof(Proof),
    Slash {
        bond: Number<u128>,
        distinct: Number<u64>,
        item_count: Number<u64>,
        total: Option<String>,
        error: Option<String>,
    },
    Prover {
        amount: Number<u128>,
        prover: Number<u128>,
    },
}

#[derive(Deserialize)]
struct Proof {
    earlier_root: Digest,
    earlier_count: Number<u64>,
    later_root: Digest,
    later_count: Number<u64>,
    pairs: Vec<PairCase>,
    earlier_path: Vec<Digest>,
    later_path: Vec<Digest>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct PairCase {
    digest: Digest,
    earlier_position: Number<u64>,
    later_position: Number<u64>,
}

impl Proof {
    fn check(&self) {
        let earlier = Batch { items_root: &self.earlier_root.0, item_count: self.earlier_count.0 };
        let later = Batch { items_root: &self.later_root.0, item_count: self.later_count.0 };
        let pairs: Vec<Pair> = self.pairs.iter().map(PairCase::pair).collect();
        let (earlier_path, later_path) = (hashes(&self.earlier_path), hashes(&self.later_path));
        let outcome = verify(&earlier, &later, &pairs, &earlier_path, &later_path);
        assert_eq!(outcome.err().map(name), self.error.as_deref());
    }
}

impl PairCase {
    fn pair(&self) -> Pair {
        Pair { digest: self.digest.0, earlier_position: self.earlier_position.0, later_position: self.later_position.0 }
    }
}

fn name(error: DuplicateError) -> &'static str {
    use Side::{Earlier, Later};
    match error {
        DuplicateError::NoPair => "no pair",
        DuplicateError::Order { .. } => "order",
        DuplicateError::Outside { side: Earlier, .. } => "earlier outside",
        DuplicateError::Outside { side: Later, .. } => "later outside",
        DuplicateError::Conflict { .. } => "conflict",
        DuplicateError::Path { side: Earlier, .. } => "earlier path",
        DuplicateError::Path { side: Later, .. } => "later path",
        DuplicateError::Root { side: Earlier } => "earlier root",
        DuplicateError::Root { side: Later } => "later root",
        DuplicateError::Count { .. } => "count",
    }
}

fn text(slash: Slash) -> String {
    match slash {
        Slash::Part { total } => total.to_string(),
        Slash::Whole => "whole".to_owned(),
    }
}

#[test]
fn duplicate_proofs_follow_the_vectors() {
    for case in cases::<Case>("duplicates.json") {
        match case {
            Case::Proof(proof) => proof.check(),
            Case::Slash { bond, distinct, item_count, total, error } => {
                let outcome = slash(bond.0, distinct.0, item_count.0);
                assert_eq!(outcome.map(text).map_err(name), total.ok_or("count"));
                assert_eq!(outcome.err().map(name), error.as_deref());
            }
            Case::Prover { amount, prover } => assert_eq!(prover_share(amount.0), prover.0),
        }
    }
}
