use cosmwasm_std::{Addr, Binary};
use protocol::ModelId;
use rules::payment::{Voucher, genesis_head};
use serde_json::json;

use super::*;

const CHANNEL: ChannelId = ChannelId(7);

fn domain() -> Domain {
    Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() }
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).expect("a small number is a key")
}

fn channel(deposit: u128) -> Channel {
    Channel {
        id: CHANNEL,
        payer: Addr::unchecked("payer"),
        voucher_key: Binary::from(key(3).verifying_key().to_encoded_point(true).as_bytes()),
        model: ModelId(1),
        gateway: Addr::unchecked("gateway"),
        deposit: Uint128::new(deposit),
        redeemed: Uint128::zero(),
        head: Hash32(genesis_head(&domain(), CHANNEL.get())),
        last_epoch: None,
        close_at: None,
        notice_height: None,
        closed: false,
    }
}

struct Scene {
    folder: tempfile::TempDir,
    till: Till,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let till = open(folder.path());
        till.refresh(&channel(10)).expect("it can be served");
        Self { folder, till }
    }

    /// As after kill −9: nothing is left but the file.
    fn restarted(self) -> Self {
        let Self { folder, till } = self;
        drop(till);
        let till = open(folder.path());
        Self { folder, till }
    }

    fn account(&self) -> Account {
        self.till.account(CHANNEL).expect("it is known")
    }

    /// The payer's next order, for at most 3 uopen.
    fn order(&self) -> SealedOrder {
        let Account { served, .. } = self.account();
        let order = SealedOrder {
            channel: CHANNEL,
            number: served.number + 1,
            cumulative: served.sum,
            head: served.head,
            request: Hash32([1; 32]),
            salt: Hash32([9; 32]),
            price_sheet: 2,
            price: "standard".to_owned(),
            ceiling: Uint128::new(3),
            seal: Hash32([0; 32]),
        };
        sealed(order)
    }

    fn voucher(&self) -> SignedVoucher {
        let account = self.account();
        let voucher = Voucher {
            channel: CHANNEL.get(),
            epoch: account.epoch.expect("a call was served").get(),
            cumulative: account.served.sum.u128(),
            head: account.served.head.0,
        };
        voucher::sign(&key(3), &domain(), &voucher)
    }

    fn take(&self, order: &SealedOrder, paid: Option<SignedVoucher>) -> Result<Taken, TillError> {
        self.till.take(order, paid, Epoch(0))
    }

    fn enter(&self, order: &SealedOrder, paid: Option<SignedVoucher>) -> Pass {
        match self.take(order, paid) {
            Ok(Taken::New(pass)) => pass,
            other => panic!("the order was not taken as a new one: {other:?}"),
        }
    }

    fn buy(&self, epoch: u64, fee: u128) -> Booked {
        let paid = (!self.account().unsigned().is_zero()).then(|| self.voucher());
        let pass = self.enter(&self.order(), paid);
        self.till.book(pass, charge(epoch, fee), json!({"finish": "stop"})).expect("it can be written")
    }
}

fn open(folder: &Path) -> Till {
    Till::open(&folder.join("books.redb"), key(4), domain()).expect("nobody else has it open")
}

fn sealed(order: SealedOrder) -> SealedOrder {
    let payer = voucher::seal_key(&key(3), key(4).verifying_key(), &domain(), CHANNEL);
    let seal = Hash32(payer.seal(&order.order().digest(&domain())));
    SealedOrder { seal, ..order }
}

fn charge(epoch: u64, fee: u128) -> Charge {
    Charge {
        version: 1,
        epoch: Epoch(epoch),
        prompt: b"asked".to_vec(),
        salt: Hash32([9; 32]),
        output: b"answered".to_vec(),
        tokens_in: 5,
        tokens_out: 8,
        fee,
        price_sheet: 2,
    }
}

#[test]
fn an_answer_that_was_lost_on_its_way_is_given_again_and_charged_once() {
    let scene = Scene::new();
    let order = scene.order();
    let booked = scene.buy(1, 2);
    let scene = scene.restarted();
    for _ in 0..2 {
        match scene.take(&order, None) {
            Ok(Taken::Again(again)) => assert_eq!(*again, booked),
            other => panic!("it was not recognised: {other:?}"),
        }
    }
    assert_eq!(scene.account().served.sum.u128(), 2);
    // Another request under the same rank is none that was served.
    let other = sealed(SealedOrder { request: Hash32([2; 32]), ..order });
    assert!(matches!(scene.take(&other, None), Err(TillError::OutOfStep { number: 1, expected: 2, .. })));
}

#[test]
fn a_call_that_was_not_booked_was_never_made() {
    let scene = Scene::new();
    let order = scene.order();
    drop(scene.enter(&order, None));
    let scene = scene.restarted();
    let pass = scene.enter(&order, None);
    drop(pass);
    assert_eq!(scene.account().served.number, 0);
}

#[test]
fn one_call_of_a_channel_is_answered_at_a_time() {
    let scene = Scene::new();
    let order = scene.order();
    let pass = scene.enter(&order, None);
    assert!(matches!(scene.take(&order, None), Err(TillError::Busy(CHANNEL))));
    drop(pass);
    drop(scene.enter(&order, None));
}

#[test]
fn the_next_call_brings_the_voucher_of_the_last_one_and_the_voucher_outlives_a_crash() {
    let scene = Scene::new();
    scene.buy(1, 2);
    assert!(matches!(scene.take(&scene.order(), None), Err(TillError::VoucherOwed(CHANNEL))));
    let voucher = scene.voucher();
    drop(scene.enter(&scene.order(), Some(voucher.clone())));
    let scene = scene.restarted();
    assert_eq!(scene.account().held[0].voucher, voucher);
    assert!(scene.account().unsigned().is_zero());
    // What was paid already needs no voucher, and one more does no harm.
    drop(scene.enter(&scene.order(), Some(voucher)));
}

#[test]
fn an_order_that_is_forged_changed_or_too_dear_is_refused_and_a_good_voucher_kept() {
    let scene = Scene::new();
    scene.buy(1, 8);
    let (order, voucher) = (scene.order(), scene.voucher());
    for forged in [
        SealedOrder { seal: Hash32([1; 32]), ..order.clone() },
        SealedOrder { ceiling: Uint128::new(1), ..order.clone() },
        SealedOrder { request: Hash32([2; 32]), ..order.clone() },
        SealedOrder { price: "priority".to_owned(), ..order.clone() },
    ] {
        assert!(matches!(scene.take(&forged, Some(voucher.clone())), Err(TillError::BadSeal(CHANNEL))), "{forged:?}");
    }
    assert!(!scene.account().unsigned().is_zero(), "who forges an order pays for no other");
    let refused = scene.take(&order, Some(voucher));
    assert!(matches!(refused, Err(TillError::DepositSpent { ceiling: 3, .. })), "{refused:?}");
    assert!(scene.account().unsigned().is_zero(), "but it has paid for the call before");
    scene.till.refresh(&channel(11)).expect("topped up");
    drop(scene.enter(&order, None));
}

#[test]
fn a_channel_that_is_ending_is_served_no_further_but_still_pays() {
    let scene = Scene::new();
    scene.buy(1, 2);
    let mut noticed = channel(10);
    noticed.close_at = Some(protocol::Seconds(99));
    scene.till.refresh(&noticed).expect("it is known");
    let refused = scene.take(&scene.order(), Some(scene.voucher()));
    assert!(matches!(refused, Err(TillError::Ending(CHANNEL))));
    assert!(scene.account().unsigned().is_zero(), "the voucher for the last call is taken all the same");
}

#[test]
fn the_last_voucher_can_come_alone_and_twice() {
    let scene = Scene::new();
    scene.buy(1, 2);
    let voucher = scene.voucher();
    assert!(scene.till.settle(voucher.clone()).expect("it is what is owed").unsigned().is_zero());
    scene.till.settle(voucher).expect("it was taken before");
    let unknown = SignedVoucher { channel: ChannelId(8), ..scene.voucher() };
    assert!(matches!(scene.till.settle(unknown), Err(TillError::UnknownChannel(ChannelId(8)))));
}

#[test]
fn redemptions_bring_the_receipts_of_their_epoch_until_it_is_over() {
    let scene = Scene::new();
    for (epoch, fee) in [(1, 1), (1, 2), (2, 3)] {
        scene.buy(epoch, fee);
    }
    scene.till.settle(scene.voucher()).expect("it is what is owed");
    let scene = scene.restarted();
    let redemptions = scene.till.redemptions(&scene.account(), Epoch(0)).expect("they can be read");
    let told: Vec<_> = redemptions
        .iter()
        .map(|one| (one.voucher.epoch.get(), one.amount.u128(), one.segment.receipts.len()))
        .collect();
    assert_eq!(told, [(1, 3, 2), (2, 3, 1)]);
    let late = scene.till.redemptions(&scene.account(), Epoch(2)).expect("they can be read");
    assert_eq!(late.len(), 1, "the first epoch's redemption is over");
    assert!(matches!(scene.till.take(&scene.order(), None, Epoch(2)), Err(TillError::Stale(CHANNEL))));
}

#[test]
fn looking_at_the_chain_while_calls_are_booked_loses_none() {
    let scene = Scene::new();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for _ in 0..20 {
                scene.till.refresh(&channel(100)).expect("it is known");
            }
        });
        for _ in 0..20 {
            let paid = (!scene.account().unsigned().is_zero()).then(|| scene.voucher());
            // The deposit may not have been seen yet.
            let order = sealed(SealedOrder { ceiling: Uint128::zero(), ..scene.order() });
            let pass = scene.enter(&order, paid);
            scene.till.book(pass, charge(1, 0), json!(null)).expect("it can be written");
        }
    });
    assert_eq!(scene.account().served.number, 20);
    assert_eq!(scene.account().deposit.u128(), 100);
}

#[test]
fn two_processes_do_not_share_books() {
    let scene = Scene::new();
    let second = Till::open(&scene.folder.path().join("books.redb"), key(4), domain());
    assert!(matches!(second, Err(BooksError::InUse(_))));
}
