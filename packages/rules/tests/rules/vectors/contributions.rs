use rules::item::{ContributionRecord, contribution_commitment, contribution_digest};
use serde::Deserialize;

use super::{Digest, Number, Place, cases};

#[derive(Deserialize)]
struct Case {
    domain: Place,
    datanet: Number<u64>,
    id: Number<u64>,
    contributor: String,
    kind: String,
    items_root: Digest,
    item_count: Number<u64>,
    committed_at: Number<u64>,
    digest: Digest,
    salt: Digest,
    commitment: Digest,
}

#[test]
fn contributions_follow_the_vectors() {
    for case in cases::<Case>("contributions.json") {
        let domain = case.domain.domain();
        let record = ContributionRecord {
            datanet: case.datanet.0,
            id: case.id.0,
            contributor: case.contributor,
            kind: case.kind,
            items_root: case.items_root.0,
            item_count: case.item_count.0,
            committed_at: case.committed_at.0,
        };
        assert_eq!(contribution_digest(&domain, &record), case.digest.0);
        let commitment =
            contribution_commitment(&domain, record.datanet, &record.contributor, &record.items_root, &case.salt.0);
        assert_eq!(commitment, case.commitment.0);
    }
}
