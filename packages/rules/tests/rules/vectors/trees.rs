use rules::hash::Hash;
use rules::tree::{self, Frontier, MultiProof, Proof, TreeError};
use serde::Deserialize;

use super::{Digest, Hex, Number, cases, hashes};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Tree(Tree),
    Single(Single),
    Multi(Multi),
}

#[derive(Deserialize)]
struct Tree {
    payloads: Vec<Hex>,
    leaves: Vec<Digest>,
    tag: String,
    top: Digest,
    commitment: Digest,
}

#[derive(Deserialize)]
struct Single {
    n: Number<u64>,
    position: Number<u64>,
    leaf: Digest,
    path: Vec<Digest>,
    top: Digest,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Multi {
    n: Number<u64>,
    positions: Vec<Number<u64>>,
    leaves: Vec<Digest>,
    path: Vec<Digest>,
    top: Digest,
    error: Option<String>,
}

impl Tree {
    fn check(&self) {
        let payloads = self.payloads.iter();
        let leaves: Vec<Hash> = payloads.map(|payload| tree::leaf(&payload.0)).collect();
        assert_eq!(leaves, hashes(&self.leaves));
        let top = tree::top(&leaves);
        assert_eq!(top, self.top.0);
        let n = u64::try_from(leaves.len()).unwrap();
        assert_eq!(tree::commitment(&self.tag, n, &top), self.commitment.0);

        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.append(leaf).unwrap();
        }
        assert_eq!(frontier.commitment(&self.tag), self.commitment.0);
    }
}

impl Single {
    fn check(&self) {
        let proof = Proof { position: self.position.0, n: self.n.0, path: hashes(&self.path) };
        expect(proof.top(&self.leaf.0), &self.top, &self.error);
    }
}

impl Multi {
    fn check(&self) {
        let proof = MultiProof {
            n: self.n.0,
            positions: self.positions.iter().map(|position| position.0).collect(),
            path: hashes(&self.path),
        };
        expect(proof.top(&hashes(&self.leaves)), &self.top, &self.error);
    }
}

fn expect(reached: Result<Hash, TreeError>, top: &Digest, error: &Option<String>) {
    let outcome = match &reached {
        Ok(reached) if *reached == top.0 => None,
        Ok(_) => Some("other top"),
        Err(error) => Some(name(error)),
    };
    assert_eq!(outcome, error.as_deref());
}

fn name(error: &TreeError) -> &'static str {
    match error {
        TreeError::NoPosition => "no position",
        TreeError::Outside { .. } => "outside",
        TreeError::Order { .. } => "order",
        TreeError::Leaves { .. } => "leaves",
        TreeError::PathShort => "path short",
        TreeError::PathLong { .. } => "path long",
        TreeError::Peaks { .. } | TreeError::Full => "not of a proof",
    }
}

#[test]
fn trees_and_proofs_follow_the_vectors() {
    for case in cases::<Case>("trees.json") {
        match case {
            Case::Tree(case) => case.check(),
            Case::Single(case) => case.check(),
            Case::Multi(case) => case.check(),
        }
    }
}

#[test]
fn proofs_are_built_as_in_the_vectors() {
    let mut leaves = Vec::new();
    for case in cases::<Case>("trees.json") {
        match case {
            Case::Tree(tree) => leaves = hashes(&tree.leaves),
            Case::Single(case) if case.error.is_none() => {
                let proof = tree::prove(&leaves, case.position.0).unwrap();
                assert_eq!(proof.path, hashes(&case.path));
            }
            Case::Multi(case) if case.error.is_none() => {
                let positions: Vec<u64> = case.positions.iter().map(|p| p.0).collect();
                let proof = tree::prove_many(&leaves, &positions).unwrap();
                assert_eq!(proof.path, hashes(&case.path));
            }
            Case::Single(_) | Case::Multi(_) => {}
        }
    }
}
