//! Creating DataNets.

use cosmwasm_std::Uint128;
use datanet::ContractError;
use protocol::datanet::{Admission, MAX_NAMED_ACCOUNTS, NewDatanet};
use protocol::{Bps, DatanetId};

use crate::world::{World, settings};

/// Puts a text into one of the settings.
type Set = fn(&mut NewDatanet, String);

fn refused(change: impl FnOnce(&mut NewDatanet, &World)) -> ContractError {
    let mut world = World::new();
    let mut wrong = settings(Admission::Open {});
    change(&mut wrong, &world);
    world.create(wrong).unwrap_err()
}

#[test]
fn a_new_datanet_is_empty_and_its_creators() {
    let mut world = World::new();
    assert_eq!(world.open_datanet(), DatanetId(1));
    assert_eq!(world.open_datanet(), DatanetId(2));
    let datanet = world.datanet(DatanetId(2)).unwrap();
    assert_eq!(datanet.owner, world.account("owner"));
    assert_eq!(datanet.offered_to, None);
    assert_eq!(datanet.version.u64(), 0);
    assert_eq!(datanet.settings, settings(Admission::Open {}));
    assert_eq!(world.snapshot(DatanetId(2), 0).unwrap().root, datanet.root);
}

#[test]
fn texts_have_their_lengths_in_characters() {
    let cases: [(&str, usize, usize, usize, Set); 7] = [
        ("name", 0, 1, 64, |settings, text| settings.name = text),
        ("name", 65, 1, 64, |settings, text| settings.name = text),
        ("description", 1_025, 0, 1_024, |settings, text| settings.description = text),
        ("media", 0, 1, 128, |settings, text| settings.media = text),
        ("schema", 257, 0, 256, |settings, text| settings.schema = text),
        ("licence", 0, 1, 256, |settings, text| settings.licence = text),
        ("licence", 257, 1, 256, |settings, text| settings.licence = text),
    ];
    for (field, length, min, max, set) in cases {
        let error = refused(|settings, _| set(settings, "é".repeat(length)));
        assert_eq!(error, ContractError::TextLength { field, length, min, max });
    }
    let mut world = World::new();
    world.create(NewDatanet { name: "é".repeat(64), ..settings(Admission::Open {}) }).unwrap();
}

#[test]
fn a_bond_and_a_daily_limit_are_at_least_one() {
    assert_eq!(refused(|settings, _| settings.bond = Uint128::zero()), ContractError::ZeroBond);
    assert_eq!(refused(|settings, _| settings.commits_per_day = 0), ContractError::ZeroCommitsPerDay);
}

#[test]
fn an_influence_share_above_the_whole_is_refused() {
    let error = refused(|settings, _| settings.min_influence_share = Bps(10_001));
    assert_eq!(error, ContractError::ShareAboveWhole { share: Bps(10_001) });
}

#[test]
fn lists_of_accounts_are_bounded_valid_and_without_repetition() {
    let too_many: Vec<String> = (0..=MAX_NAMED_ACCOUNTS).map(|i| format!("account{i}")).collect();
    let error = refused(|settings, world| {
        let names: Vec<&str> = too_many.iter().map(String::as_str).collect();
        settings.curators = world.accounts(&names);
    });
    assert_eq!(error, ContractError::AccountCount { list: "curators", count: 65, min: 0, max: 64 });

    let error = refused(|settings, _| settings.admission = Admission::Allowlist { accounts: vec![] });
    assert_eq!(error, ContractError::AccountCount { list: "the allowlist", count: 0, min: 1, max: 64 });

    let error = refused(|settings, _| settings.curators = vec!["Nobody".to_owned()]);
    assert_eq!(error, ContractError::InvalidAddress { account: "Nobody".to_owned() });

    let mut twice = String::new();
    let error = refused(|settings, world| {
        let reviewers = world.accounts(&["rev1", "rev2", "rev1"]);
        twice = reviewers[0].clone();
        settings.admission = Admission::Reviewed { reviewers, threshold: 3 };
    });
    assert_eq!(error, ContractError::RepeatedAccount { list: "reviewers", account: twice });
}

#[test]
fn a_threshold_can_be_met() {
    for threshold in [0, 3] {
        let error = refused(|settings, world| {
            let reviewers = world.accounts(&["rev1", "rev2"]);
            settings.admission = Admission::Reviewed { reviewers, threshold };
        });
        assert_eq!(error, ContractError::Threshold { threshold, reviewers: 2 });
    }
    let error = refused(|settings, _| settings.admission = Admission::Reviewed { reviewers: vec![], threshold: 0 });
    assert_eq!(error, ContractError::AccountCount { list: "reviewers", count: 0, min: 1, max: 64 });
}
