//! Queries: snapshots that anyone can recompute, pages.

use cosmwasm_std::Uint64;
use protocol::datanet::{Contribution, Datanet, QueryMsg, Verdict};
use protocol::{ContributionId, DatanetId, Page};
use rules::hash::Hash;
use rules::item::{ContributionRecord, contribution_digest};
use rules::tree::{TAG_DATANET, commitment, leaf, top};

use crate::world::{APPEAL_PERIOD, CLEAN_ROUNDS, MIN_BLOCKS, NOTICE_PERIOD, REVEAL_PERIOD, World, items};

/// The leaf of an accepted contribution, from what the chain publishes.
fn published_leaf(world: &World, contribution: &Contribution) -> Hash {
    let revealed = contribution.revealed.as_ref().unwrap();
    let record = ContributionRecord {
        datanet: contribution.datanet.get(),
        id: contribution.id.get(),
        contributor: contribution.contributor.to_string(),
        kind: revealed.kind.name().to_owned(),
        items_root: revealed.items_root.into(),
        item_count: revealed.item_count.u64(),
        committed_at: contribution.committed_at.get(),
    };
    leaf(&contribution_digest(&world.domain(), &record))
}

#[test]
fn snapshots_are_recomputed_from_the_published_contributions() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let ids: Vec<ContributionId> =
        (0..7).map(|i| world.contribute("ann", datanet, &items(10 * i..10 * i + 3))).collect();
    // Accepted out of order, one never: a rank is the order of acceptance.
    let order = [4, 0, 6, 1, 2, 5].map(|i: usize| ids[i]);
    for id in order {
        world.pass(1, 1);
        world.decide(id, Verdict::Accept);
    }
    let leaves: Vec<Hash> = order.iter().map(|id| published_leaf(&world, &world.contribution(*id))).collect();
    for version in 0..=order.len() {
        let root = commitment(TAG_DATANET, version as u64, &top(&leaves[..version]));
        assert_eq!(world.snapshot(datanet, version as u64).unwrap().root.bytes(), &root, "version {version}");
    }
    for (rank, id) in order.iter().enumerate() {
        assert_eq!(world.contribution(*id).rank, Some(Uint64::new(rank as u64)));
    }
    let error = world.snapshot(datanet, 7).unwrap_err().to_string();
    assert!(error.contains("has no version 7: it has 6"), "{error}");
}

#[test]
fn what_does_not_exist_is_named_in_the_answer() {
    let mut world = World::new();
    let error = world.datanet(DatanetId(1)).unwrap_err().to_string();
    assert!(error.contains("there is no DataNet 1"), "{error}");
    let error = world.snapshot(DatanetId(1), 0).unwrap_err().to_string();
    assert!(error.contains("there is no DataNet 1"), "{error}");
    world.open_datanet();
    let asked = QueryMsg::Contribution { contribution: ContributionId(3) };
    let error = world.query::<Contribution>(&asked).unwrap_err().to_string();
    assert!(error.contains("there is no contribution 3"), "{error}");
}

#[test]
fn listings_are_paged_and_bounded() {
    let mut world = World::new();
    let (first, second) = (world.open_datanet(), world.open_datanet());
    for i in 0..40 {
        if i % 8 == 7 {
            world.pass(86_400, 1);
        }
        world.commit("rich", first, &items(i..i + 1)).unwrap();
        world.commit("ann", second, &items(i..i + 1)).unwrap();
    }
    let ids = |page| -> Vec<u64> {
        world.contributions(second, page).iter().map(|contribution| contribution.id.get()).collect()
    };
    let page = |after: Option<u64>, limit| Page { start_after: after.map(Uint64::new), limit };
    assert_eq!(ids(page(None, Some(3))), [2, 4, 6]);
    assert_eq!(ids(page(Some(6), Some(2))), [8, 10]);
    assert_eq!(ids(page(Some(7), Some(2))), [8, 10]);
    assert_eq!(ids(page(Some(80), None)), [0; 0]);
    assert_eq!(ids(Page::default()).len(), 30);
    assert_eq!(ids(page(Some(u64::MAX), None)), [0; 0]);

    for _ in 0..110 {
        world.open_datanet();
    }
    let datanets: Vec<Datanet> = world.query(&QueryMsg::Datanets { page: page(None, Some(u32::MAX)) }).unwrap();
    assert_eq!(datanets.len(), 100);
    let rest = page(Some(100), Some(u32::MAX));
    let rest: Vec<Datanet> = world.query(&QueryMsg::Datanets { page: rest }).unwrap();
    assert_eq!(rest.first().map(|datanet| datanet.id), Some(DatanetId(101)));
    assert_eq!(rest.len(), 12);
}

#[test]
fn the_configuration_says_what_was_fixed() {
    let world = World::new();
    let config = world.config();
    assert_eq!(config.open_token, world.token);
    assert_eq!((config.reveal_period.get(), config.min_blocks.u64()), (REVEAL_PERIOD, MIN_BLOCKS));
    let periods = (config.notice_period.get(), config.appeal_period.get(), config.clean_rounds);
    assert_eq!(periods, (NOTICE_PERIOD, APPEAL_PERIOD, CLEAN_ROUNDS));
    assert_eq!(config.chain_id, world.app.block_info().chain_id);
    assert_eq!(config.bonds_held.u128(), 0);
}
