//! Every field of a signed or committed record is under its digest, and so is the domain.

use std::collections::BTreeSet;

use rules::hash::{Domain, Hash};
use rules::inputs::Inputs;
use rules::item::{ContributionRecord, contribution_commitment, contribution_digest};
use rules::payment::{Receipt, Voucher, genesis_head};
use rules::redemption::{Redemption, fold, genesis_fold};
use rules::score::{Report, report_commitment};

fn domains() -> [Domain; 3] {
    [("wasm-1", "wasm1a"), ("wasm-1wasm1", "a"), ("wasm-2", "wasm1a")]
        .map(|(chain, contract)| Domain { chain_id: chain.to_owned(), contract: contract.to_owned() })
}

/// Applies each change to a copy and expects as many digests as there are copies and domains.
fn every_change_shows<T: Clone>(record: &T, changes: &[fn(&mut T)], digest: impl Fn(&Domain, &T) -> Hash) {
    let mut records = vec![record.clone()];
    for change in changes {
        let mut changed = record.clone();
        change(&mut changed);
        records.push(changed);
    }
    let mut digests = BTreeSet::new();
    for domain in domains() {
        digests.extend(records.iter().map(|record| digest(&domain, record)));
    }
    assert_eq!(digests.len(), records.len() * domains().len());
}

#[test]
fn every_field_of_a_receipt_is_under_its_digest() {
    let receipt = Receipt {
        model: 1,
        version: 1,
        channel: 1,
        epoch: 1,
        number: 1,
        prompt_hash: [1; 32],
        output_hash: [1; 32],
        tokens_in: 1,
        tokens_out: 1,
        fee: 1,
        price_sheet: 1,
    };
    let changes: [fn(&mut Receipt); 11] = [
        |r| r.model = 2,
        |r| r.version = 2,
        |r| r.channel = 2,
        |r| r.epoch = 2,
        |r| r.number = 2,
        |r| r.prompt_hash = [2; 32],
        |r| r.output_hash = [2; 32],
        |r| r.tokens_in = 2,
        |r| r.tokens_out = 2,
        |r| r.fee = 2,
        |r| r.price_sheet = 2,
    ];
    every_change_shows(&receipt, &changes, |domain, r| r.digest(domain));
}

#[test]
fn every_field_of_a_voucher_is_under_its_digest() {
    let voucher = Voucher { channel: 1, epoch: 1, cumulative: 1, head: [1; 32] };
    let changes: [fn(&mut Voucher); 4] =
        [|v| v.channel = 2, |v| v.epoch = 2, |v| v.cumulative = 2, |v| v.head = [2; 32]];
    every_change_shows(&voucher, &changes, |domain, v| v.digest(domain));
}

#[test]
fn every_field_of_a_redemption_is_under_the_fold() {
    let redemption = Redemption { channel: 1, number: 1, previous_head: [1; 32], head: [1; 32], amount: 1 };
    let changes: [fn(&mut Redemption); 5] =
        [|r| r.channel = 2, |r| r.number = 2, |r| r.previous_head = [2; 32], |r| r.head = [2; 32], |r| r.amount = 2];
    every_change_shows(&redemption, &changes, |domain, r| fold(&genesis_fold(domain, 1, 1), r));
}

#[test]
fn every_field_of_a_contribution_is_under_its_digest() {
    let record = ContributionRecord {
        datanet: 1,
        id: 1,
        contributor: "wasm1a".to_owned(),
        kind: "data".to_owned(),
        items_root: [1; 32],
        item_count: 1,
        committed_at: 1,
    };
    let changes: [fn(&mut ContributionRecord); 8] = [
        |r| r.datanet = 2,
        |r| r.id = 2,
        |r| r.contributor = "wasm1b".to_owned(),
        |r| r.kind = "annotation".to_owned(),
        |r| (r.contributor, r.kind) = ("wasm1adata".to_owned(), String::new()),
        |r| r.items_root = [2; 32],
        |r| r.item_count = 2,
        |r| r.committed_at = 2,
    ];
    every_change_shows(&record, &changes, contribution_digest);
}

#[test]
fn every_input_of_a_round_is_under_its_digest() {
    let inputs = Inputs {
        model: 1,
        round: 1,
        first_epoch: 1,
        last_epoch: 1,
        redemption_commitments: vec![[1; 32]],
        versions: vec![[2; 32]],
        positions: 1,
        validation_root: [1; 32],
        validation_from: 1,
        validation_count: 1,
        method: 1,
        kind: 0,
        pool: 1,
        tranche: 2,
        terms: vec![1],
        operators: vec!["a".to_owned(), "b".to_owned()],
    };
    let changes: [fn(&mut Inputs); 20] = [
        |i| i.model = 2,
        |i| i.round = 2,
        |i| i.first_epoch = 2,
        |i| i.last_epoch = 2,
        |i| i.redemption_commitments = vec![],
        |i| i.versions = vec![],
        |i| i.redemption_commitments.append(&mut i.versions),
        |i| i.versions.insert(0, [1; 32]),
        |i| i.positions = 2,
        |i| i.validation_root = [2; 32],
        |i| i.validation_from = 2,
        |i| i.validation_count = 2,
        |i| i.method = 2,
        |i| i.kind = 1,
        |i| i.pool = 2,
        |i| i.tranche = 1,
        |i| (i.pool, i.tranche) = (2, 1),
        |i| i.terms = vec![],
        |i| i.operators = vec!["ab".to_owned()],
        |i| i.operators.reverse(),
    ];
    every_change_shows(&inputs, &changes, |domain, i| i.digest(domain));
}

#[test]
fn a_commitment_cannot_be_copied_by_another() {
    let who: [fn(&mut String); 2] = [|who| who.push('b'), String::clear];
    every_change_shows(&"wasm1a".to_owned(), &who, |domain, operator| {
        report_commitment(domain, &[1; 32], operator, &Report::TooFew, &[1; 32])
    });
    every_change_shows(&"wasm1a".to_owned(), &who, |domain, contributor| {
        contribution_commitment(domain, 1, contributor, &[1; 32], &[1; 32])
    });
}

#[test]
fn channels_and_epochs_begin_apart() {
    let next: [fn(&mut u64); 1] = [|id| *id = 2];
    every_change_shows(&1, &next, |domain, id| genesis_head(domain, *id));
    every_change_shows(&1, &next, |domain, id| genesis_fold(domain, *id, 7));
    every_change_shows(&1, &next, |domain, id| genesis_fold(domain, 7, *id));
}
