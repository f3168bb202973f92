//! Chains on disk.

use std::fs;

use protocol::settlement::{QueryMsg, Totals};
use testing::{ChainError, EmbeddedChain, Invariants, TxFilter, scenario::World};

#[test]
fn a_saved_chain_opens_as_it_was_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let mut world = World::new();
    world.pay(5_000_000).unwrap();
    world.chain.save(&path).unwrap();

    let opened = EmbeddedChain::open(&path, Invariants::Panic).unwrap();
    assert_eq!(opened.storage(), world.chain.storage());
    assert_eq!(opened.transactions(), world.chain.transactions());
    assert_eq!(
        (opened.height(), opened.time(), opened.chain_id()),
        (world.chain.height(), world.chain.time(), world.chain.chain_id())
    );
    let totals: Totals = opened.query(&world.at.settlement, &QueryMsg::Totals {}).unwrap();
    assert_eq!(totals, world.totals());
    let redeemed = TxFilter::event("voucher_redeemed");
    assert_eq!(opened.search(&redeemed), world.chain.search(&redeemed));

    // The same contracts answer the same messages: code ids survived.
    let here = world.pay(7_000_000).unwrap();
    world.chain = opened;
    world.channels[0].cumulative = 5_000_000;
    world.channels[0].receipts.pop();
    world.channels[0].head = world.channel(world.channels[0].id).head.0;
    let there = world.pay(7_000_000).unwrap();
    assert_eq!(here, there);
}

#[test]
fn saving_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let mut chain = EmbeddedChain::default();
    chain.save(&path).unwrap();
    chain.pass_blocks(3);
    chain.save(&path).unwrap();
    assert_eq!(EmbeddedChain::open(&path, Invariants::Panic).unwrap().height(), chain.height());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_of_another_format_torn_or_missing_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let open = || EmbeddedChain::open(&path, Invariants::Panic).map(drop);
    assert!(matches!(open(), Err(ChainError::File { action: "read", .. })));
    EmbeddedChain::default().save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("embedded-chain/v2", "embedded-chain/v1")).unwrap();
    let Err(ChainError::NotAChain { reason, .. }) = open() else { panic!("another format was opened") };
    assert!(reason.contains("embedded-chain/v1"), "{reason}");
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(matches!(open(), Err(ChainError::NotAChain { .. })));
    fs::write(&path, "").unwrap();
    assert!(matches!(open(), Err(ChainError::NotAChain { .. })));
}

#[test]
fn a_chain_that_was_tampered_with_on_disk_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let mut world = World::new();
    world.chain.set_invariants(Invariants::Off);
    let (token, stranger) = (world.at.open_token.clone(), world.accounts.stranger.clone());
    crate::invariants::set_balance(&mut world, &token, &stranger, 1);
    world.chain.save(&path).unwrap();
    assert!(matches!(EmbeddedChain::open(&path, Invariants::Return), Err(ChainError::Broken { .. })));
}
