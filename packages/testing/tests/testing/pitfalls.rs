//! Pitfalls that audits find, where no contract by itself shows them; and that `docs/pitfalls.md` names tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cosmwasm_std::{Uint128, to_json_binary};
use cw20::{Cw20Coin, Cw20ExecuteMsg};
use protocol::settlement::{ClaimItem, ExecuteMsg, ReceiveMsg};
use protocol::{attribution, datanet, open_token, stake};
use rules::hash::Domain;
use rules::item::contribution_commitment;
use rules::payment::{Voucher, genesis_head};
use rules::score::{Report, report_commitment};
use testing::scenario::{INITIAL_BALANCE, World};
use testing::{ChainError, Code, VoucherKey, err};

use crate::attacker::{FEE, REACH, SCORES};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_test_that_the_list_of_pitfalls_names_exists() {
    let list = fs::read_to_string(root().join("docs/pitfalls.md")).unwrap();
    let mut named = 0;
    for row in list.lines().filter(|line| line.starts_with("| ") && line.contains(".rs")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (test, file) = (cells[2].trim_matches('`'), cells[3]);
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(&format!("fn {test}()")), "{file} has no test {test}");
        named += 1;
    }
    assert!(named > 60, "{named}");
}

#[test]
fn duplicate_ids_in_a_claim_pay_nothing_twice() {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let contributor = world.batches[0].contributor.clone();
    let (before, due) = (world.open_balance(&contributor), u128::from(world.ledger()[0].payable.u64()));
    let stranger = world.accounts.stranger.clone();
    let item = |positions: Vec<u32>| ClaimItem { model: world.model, positions };
    for claims in [vec![item(vec![0, 0])], vec![item(vec![0]), item(vec![0])]] {
        let error: settlement::ContractError = err(world.settle_as(&stranger, &ExecuteMsg::Claim { claims }));
        assert!(matches!(error, settlement::ContractError::DuplicatePosition { .. }), "{error}");
    }
    world.claim(&[0]).unwrap();
    assert_eq!(world.open_balance(&contributor), before + due);
}

/// Divided first, a score of 10^-9 of D would be nothing.
#[test]
fn division_before_multiplication_loses_no_small_share() {
    let mut world = World::new();
    let (fee, reach) = (10_000_000_000_u128, 900_000_000_u64);
    let round = world.settle(fee, &[(1, 0), (0, 0), (0, 0)], reach).unwrap();
    let share = round.pool.u128() / u128::from(reach);
    assert_eq!((round.pool.u128(), share), (6_650_000_000, 7));
    assert_eq!(world.ledger()[0].accrued.i64(), 7);
}

/// The other contracts have such a test of their own, beside their keys.
#[test]
fn storage_keys_do_not_collide_in_model() {
    let source = fs::read_to_string(root().join("contracts/model/src/state.rs")).unwrap();
    let keys =
        |opening: &str| source.split(opening).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>();
    let all = [keys("Item::new(\""), keys("Map::new(\"")].concat();
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert!(all.len() >= 10, "{all:?}");
    assert_eq!(distinct.len(), all.len(), "{all:?}");
}

#[test]
fn ambiguous_encodings_in_hashes_a_moved_boundary_changes_every_digest() {
    let domain = |chain: &str, contract: &str| Domain { chain_id: chain.to_owned(), contract: contract.to_owned() };
    let (one, other) = (domain("chain-1", "2contract"), domain("chain-12", "contract"));
    let voucher = Voucher { channel: 1, epoch: 2, cumulative: 3, head: [4; 32] };
    assert_ne!(voucher.digest(&one), voucher.digest(&other));
    assert_ne!(genesis_head(&one, 1), genesis_head(&other, 1));
    let committed = |domain: &Domain, who: &str| contribution_commitment(domain, 1, who, &[5; 32], &[6; 32]);
    assert_ne!(committed(&one, "who"), committed(&other, "who"));
    let reported = |domain: &Domain, who: &str| report_commitment(domain, &[7; 32], who, &Report::TooFew, &[8; 32]);
    assert_ne!(reported(&one, "who"), reported(&other, "who"));
    assert_ne!(committed(&one, "who"), committed(&one, "wh"));
    assert_ne!(reported(&one, "who"), reported(&one, "wh"));
}

/// A token that looks like OPEN, with everything that OPEN could be sent for.
#[test]
fn receive_from_another_token_opens_tops_up_bonds_and_commits_nothing() {
    let mut world = World::new();
    let stranger = world.accounts.stranger.clone();
    let coin = Cw20Coin { address: stranger.to_string(), amount: Uint128::new(INITIAL_BALANCE) };
    let message = open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: open_token::DECIMALS,
        initial_balances: vec![coin],
        mint: None,
        marketing: None,
    };
    let token = world.chain.instantiate(Code::OpenToken, &stranger, &message, None).unwrap();
    let voucher_key = VoucherKey::named("stranger").public_key();
    let (channel, model, method) = (world.channels[0].id, world.model, world.method);
    let (datanet, commitment) = (world.datanet, [1; 32].into());
    let hooks = [
        (world.at.settlement.clone(), to_json_binary(&ReceiveMsg::OpenChannel { model, voucher_key })),
        (world.at.settlement.clone(), to_json_binary(&ReceiveMsg::TopUp { channel })),
        (world.at.settlement.clone(), to_json_binary(&ReceiveMsg::Treasury {})),
        (world.at.settlement.clone(), to_json_binary(&ReceiveMsg::Debt { model, position: 0 })),
        (world.at.attribution.clone(), to_json_binary(&attribution::ReceiveMsg::Bond { method })),
        (world.at.datanet.clone(), to_json_binary(&datanet::ReceiveMsg::Commit { datanet, commitment })),
        (world.stake(), to_json_binary(&stake::ReceiveMsg::Dividend {})),
    ];
    let before = world.chain.storage().clone();
    for (contract, msg) in hooks {
        let (contract, msg) = (contract.to_string(), msg.unwrap());
        let send = Cw20ExecuteMsg::Send { contract, amount: Uint128::new(1_000_000), msg };
        let refused = world.chain.execute(&stranger, &token, &send, &[]);
        assert!(matches!(refused, Err(ChainError::Rejected(_))), "{refused:?}");
    }
    assert_eq!(*world.chain.storage(), before);
}

/// The last second of commits, and the first of reveals.
#[test]
fn phases_that_overlap_at_their_edge_no_second_is_both_commit_and_reveal() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let operators = world.accounts.operators.clone();
    world.commit_report(&operators[0], &round, &Report::TooFew).unwrap();
    let last = round.window_ends_at.get() - 1;
    world.chain.set_time(last).unwrap();
    let early = world.reveal_report(&operators[0], &round, &Report::TooFew);
    assert!(matches!(early, Err(ChainError::Rejected(_))), "{early:?}");
    world.chain.set_time(last + 1).unwrap();
    let late = world.commit_report(&operators[1], &round, &Report::TooFew);
    assert!(matches!(late, Err(ChainError::Rejected(_))), "{late:?}");
    world.reveal_report(&operators[0], &round, &Report::TooFew).unwrap();
}
