//! Booking vouchers.

use cosmwasm_std::{Binary, Uint128};
use k256::ecdsa::SigningKey;
use protocol::model::{DatedTerms, Terms};
use protocol::settlement::{BookedRedemption, EpochBook, ExecuteMsg, MAX_REDEMPTIONS, QueryMsg};
use protocol::{Bps, ChannelId, Epoch, Hash32, Seconds};
use rules::hash::Domain;
use rules::payment::genesis_head;
use rules::redemption::{Redemption, fold, genesis_fold};
use settlement::ContractError;

use crate::stub;
use crate::world::{EPOCH, GENESIS, MIN_REDEMPTION, MODEL, OTHER_MODEL, World, attributes, everything, score};

fn books(world: &World) -> Vec<EpochBook> {
    world.query(&QueryMsg::Epochs { model: MODEL, page: everything() })
}

fn redemptions(world: &World, epoch: u64) -> Vec<BookedRedemption> {
    let epoch = Epoch(epoch);
    world.query(&QueryMsg::Redemptions { model: MODEL, epoch, page: everything() })
}

#[test]
fn a_voucher_moves_money_from_its_channel_into_its_epoch() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let response = world.redeem_one(channel, 0, 400).unwrap();
    assert_eq!(attributes(&response, "voucher_redeemed", "amount"), ["400"]);
    world.redeem_one(channel, 0, 1_000).unwrap();

    let shown = world.channel(channel);
    assert_eq!((shown.redeemed.u128(), shown.last_epoch), (1_000, Some(Epoch(0))));
    assert_eq!(world.totals().channels, Uint128::zero());
    assert_eq!(world.totals().pools, Uint128::new(1_000));
    let [book] = books(&world).try_into().unwrap();
    assert_eq!((book.redemptions, book.gross.u128()), (2, 1_000));
    // 10 % off the top, then 30 % to the owner and the rest to contributors, twice.
    assert_eq!(book.parts.protocol, Uint128::new(40 + 60));
    assert_eq!(book.parts.owner, Uint128::new(108 + 162));
    assert_eq!(book.parts.influence, Uint128::new(252 + 378));
}

#[test]
fn redemptions_are_chained_and_folded_as_the_rules_say() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    for sum in [100, 250, 700] {
        world.redeem_one(channel, 0, sum).unwrap();
    }
    let domain = world.domain();
    let mut commitment = genesis_fold(&domain, MODEL.get(), 0);
    let mut head = Hash32(genesis_head(&domain, channel.get()));
    for (number, booked) in (0_u32..).zip(redemptions(&world, 0)) {
        assert_eq!((booked.number, booked.previous_head), (number, head));
        let link = Redemption {
            channel: channel.get(),
            number,
            previous_head: head.0,
            head: booked.head.0,
            amount: booked.amount.u128(),
        };
        commitment = fold(&commitment, &link);
        head = booked.head;
    }
    assert_eq!(books(&world)[0].commitment, Hash32(commitment));
    assert_eq!(world.channel(channel).head, head);
}

#[test]
fn several_epochs_and_channels_fit_one_message() {
    let mut world = World::new();
    let (first, second) = (world.open_channel(1_000), world.open_channel(1_000));
    world.at(EPOCH + 1, 1);
    let vouchers = vec![world.voucher(first, 0, 100), world.voucher(second, 1, 300), world.voucher(first, 1, 200)];
    world.redeem(vouchers).unwrap();
    let grosses: Vec<u128> = books(&world).iter().map(|book| book.gross.u128()).collect();
    assert_eq!(grosses, [100, 400]);
}

#[test]
fn one_bad_voucher_books_none() {
    let mut world = World::new();
    let (first, second) = (world.open_channel(1_000), world.open_channel(50));
    let vouchers = vec![world.voucher(first, 0, 100), world.voucher(second, 0, 51)];
    assert!(matches!(world.redeem(vouchers), Err(ContractError::OverDeposit { .. })));
    assert_eq!(world.channel(first).redeemed, Uint128::zero());
    assert!(books(&world).is_empty());
}

#[test]
fn terms_of_an_epoch_are_those_of_its_first_redemption() {
    let mut world = World::new();
    let channel = world.open_channel(4_000);
    world.redeem_one(channel, 0, 1_000).unwrap();
    let mut known = world.known(MODEL);
    known.commerce.terms.owner = Bps(1_000);
    known.commerce.terms.influence = Bps(9_000);
    world.set_model(known);
    world.redeem_one(channel, 0, 2_000).unwrap();
    world.at(EPOCH, 1);
    world.redeem_one(channel, 1, 3_000).unwrap();
    let owners: Vec<u128> = books(&world).iter().map(|book| book.parts.owner.u128()).collect();
    assert_eq!(owners, [270 + 270, 90]);
}

#[test]
fn a_late_voucher_is_booked_at_the_terms_of_its_own_epoch() {
    let mut world = World::new();
    let channel = world.open_channel(3_000);
    let mut known = world.known(MODEL);
    let better = Terms { owner: Bps(1_000), influence: Bps(9_000), ..stub::terms() };
    known.later.push(DatedTerms { from: Epoch(1), terms: better });
    world.set_model(known);
    world.at(EPOCH, 1); // the new terms hold by now
    world.redeem_one(channel, 0, 1_000).unwrap();
    world.redeem_one(channel, 1, 2_000).unwrap();
    let owners: Vec<u128> = books(&world).iter().map(|book| book.parts.owner.u128()).collect();
    assert_eq!(owners, [270, 90]);
}

#[test]
fn terms_that_come_later_change_nothing_of_a_booked_epoch() {
    let mut world = World::new();
    let channel = world.open_channel(3_000);
    world.redeem_one(channel, 0, 1_000).unwrap();
    let before = books(&world);
    // Should `model` ever answer otherwise for an epoch that was booked, the book stays.
    let mut known = world.known(MODEL);
    known.commerce.terms = Terms { release_rate: Bps(1), cap: Uint128::one(), ..stub::shared_terms() };
    world.set_model(known);
    assert_eq!(books(&world), before);
    world.end_redemption(0);
    let range = world.range();
    assert_eq!((range.release_rate, range.cap), (stub::terms().release_rate, stub::terms().cap));
    world.settle(&[score(1, 0)]);
    assert_eq!(world.balance("owner"), 270);
    assert!(world.dividends(MODEL).received.is_zero());
}

#[test]
fn stakes_and_parents_parts_are_booked_with_the_others() {
    let mut world = World::new();
    let mut known = world.known(MODEL);
    known.commerce.terms = stub::shared_terms();
    world.set_model(known);
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 0, 999).unwrap();
    let parts = &books(&world)[0].parts;
    // 99 to the protocol; of the other 900: 180, 90, 540 and 90.
    assert_eq!((parts.protocol.u128(), parts.owner.u128(), parts.stake.u128()), (99, 180, 90));
    assert_eq!((parts.influence.u128(), parts.parents.u128()), (540, 90));
}

#[test]
fn a_message_holds_1_to_64_vouchers() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    assert_eq!(world.redeem(vec![]).unwrap_err(), ContractError::VoucherCount { count: 0 });
    let voucher = world.voucher(channel, 0, 100);
    let error = world.redeem(vec![voucher; 65]).unwrap_err();
    assert_eq!(error, ContractError::VoucherCount { count: 65 });
}

#[test]
fn a_channel_and_epoch_come_once_per_message() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let vouchers = vec![world.voucher(channel, 0, 100), world.voucher(channel, 0, 200)];
    let epoch = Epoch(0);
    assert_eq!(world.redeem(vouchers).unwrap_err(), ContractError::DuplicateVoucher { channel, epoch });
}

#[test]
fn only_the_gateway_redeems_from_a_channel_that_is_open() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let vouchers = vec![world.voucher(channel, 0, 100)];
    let msg = ExecuteMsg::Redeem { vouchers };
    for sender in ["payer", "stranger", "owner"] {
        let error = world.execute(sender, &msg).unwrap_err();
        assert_eq!(error, ContractError::NotGateway { channel });
    }
    let unknown = ChannelId(8);
    assert_eq!(world.redeem_one(unknown, 0, 100).unwrap_err(), ContractError::UnknownChannel { channel: unknown });
    world.execute("gateway", &ExecuteMsg::CloseChannel { channel }).unwrap();
    let error = world.execute("gateway", &msg).unwrap_err();
    assert_eq!(error, ContractError::ChannelIsClosed { channel });
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let thief = SigningKey::from_slice(&[8; 32]).unwrap();
    let voucher = world.voucher_in(&world.domain(), &thief, channel, 0, 100);
    let error = world.redeem(vec![voucher]).unwrap_err();
    assert_eq!(error, ContractError::InvalidSignature { channel });
}

#[test]
fn a_voucher_for_another_chain_or_contract_is_refused() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let here = world.domain();
    let other_chain = Domain { chain_id: "test-2".to_owned(), ..here.clone() };
    let other_contract = Domain { contract: world.stub.to_string(), ..here };
    for domain in [other_chain, other_contract] {
        let voucher = world.voucher_in(&domain, &world.key, channel, 0, 100);
        let error = world.redeem(vec![voucher]).unwrap_err();
        assert_eq!(error, ContractError::InvalidSignature { channel });
    }
}

#[test]
fn a_voucher_for_a_channel_of_another_model_is_refused() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let other = world.open_channel_of(OTHER_MODEL, 1_000);
    let mut voucher = world.voucher(other, 0, 100);
    voucher.channel = channel;
    let error = world.redeem(vec![voucher]).unwrap_err();
    assert_eq!(error, ContractError::InvalidSignature { channel });
}

#[test]
fn a_voucher_changed_anywhere_is_refused() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.at(EPOCH, 1);
    let signed = world.voucher(channel, 1, 100);
    let mut changed = vec![signed.clone(); 6];
    changed[0].epoch = Epoch(0);
    changed[1].cumulative = Uint128::new(101);
    changed[2].head.0[31] ^= 1;
    changed[3].signature = Binary::default();
    changed[4].signature = Binary::from([0; 64]);
    changed[5].signature = signed.signature[..63].into();
    for voucher in changed {
        let error = world.redeem(vec![voucher]).unwrap_err();
        assert_eq!(error, ContractError::InvalidSignature { channel });
    }
    world.redeem(vec![signed]).unwrap();
}

#[test]
fn a_key_that_is_no_point_signs_nothing() {
    let mut world = World::new();
    let mut key = [0xff; 33];
    key[0] = 2;
    let voucher_key = Binary::from(key);
    let msg = protocol::settlement::ReceiveMsg::OpenChannel { model: MODEL, voucher_key };
    world.pay("payer", 100, &msg).unwrap();
    let channel = ChannelId(1);
    let error = world.redeem_one(channel, 0, 100).unwrap_err();
    assert_eq!(error, ContractError::InvalidSignature { channel });
}

#[test]
fn epochs_of_a_channel_never_decrease() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.at(EPOCH, 1);
    world.redeem_one(channel, 1, 100).unwrap();
    assert_eq!(
        world.redeem_one(channel, 0, 200).unwrap_err(),
        ContractError::VoucherEpochDecreased { channel, epoch: Epoch(0), last: Epoch(1) }
    );
    let other = world.open_channel(1_000);
    let vouchers = vec![world.voucher(other, 1, 100), world.voucher(other, 0, 200)];
    assert!(matches!(world.redeem(vouchers), Err(ContractError::VoucherEpochDecreased { .. })));
}

#[test]
fn an_epoch_that_has_not_begun_is_refused() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let (epoch, current) = (Epoch(1), Epoch(0));
    assert_eq!(world.redeem_one(channel, 1, 100).unwrap_err(), ContractError::FutureEpoch { epoch, current });
    world.at(EPOCH - 1, 1);
    assert!(world.redeem_one(channel, 1, 100).is_err());
    world.at(EPOCH, 0);
    world.redeem_one(channel, 1, 100).unwrap();
}

#[test]
fn nothing_is_redeemed_before_genesis() {
    let genesis = Seconds(GENESIS + 100);
    let mut world = World::with(|msg| msg.genesis = genesis);
    let channel = world.open_channel(1_000);
    assert_eq!(world.redeem_one(channel, 0, 100).unwrap_err(), ContractError::BeforeGenesis { genesis });
    let epoch: Option<Epoch> = world.query(&QueryMsg::CurrentEpoch {});
    assert_eq!(epoch, None);
    world.at(100, 1);
    world.redeem_one(channel, 0, 100).unwrap();
}

#[test]
fn a_settled_epoch_takes_no_voucher() {
    let mut world = World::new();
    let late = world.open_channel(1_000);
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    assert_eq!(
        world.redeem_one(late, 0, 100).unwrap_err(),
        ContractError::EpochSettled { model: MODEL, epoch: Epoch(0) }
    );
}

#[test]
fn sums_must_rise_by_the_minimum_and_stay_within_the_deposit() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    let uint = Uint128::new;
    world.redeem_one(channel, 0, 100).unwrap();
    for sum in [0, 99, 100] {
        assert_eq!(
            world.redeem_one(channel, 0, sum).unwrap_err(),
            ContractError::VoucherNotAboveLast { channel, cumulative: uint(sum), redeemed: uint(100) }
        );
    }
    assert_eq!(
        world.redeem_one(channel, 0, 100 + MIN_REDEMPTION - 1).unwrap_err(),
        ContractError::BelowMinimum { channel, amount: uint(MIN_REDEMPTION - 1), minimum: uint(MIN_REDEMPTION) }
    );
    assert_eq!(
        world.redeem_one(channel, 0, 1_001).unwrap_err(),
        ContractError::OverDeposit { channel, cumulative: uint(1_001), deposit: uint(1_000) }
    );
    world.redeem_one(channel, 0, 100 + MIN_REDEMPTION).unwrap();
    world.redeem_one(channel, 0, 1_000).unwrap();
}

#[test]
fn an_epoch_holds_4096_redemptions() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.fill(0, u128::from(MAX_REDEMPTIONS) / 64);
    assert_eq!(books(&world)[0].redemptions, MAX_REDEMPTIONS);
    assert_eq!(
        world.redeem_one(channel, 0, 200).unwrap_err(),
        ContractError::EpochFull { model: MODEL, epoch: Epoch(0) }
    );
    world.at(EPOCH, 1);
    world.redeem_one(channel, 1, 200).unwrap();
}
