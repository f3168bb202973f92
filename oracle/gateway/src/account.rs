//! What a gateway knows of a channel: what was served, what is owed and what is signed for. Pure: the till makes it durable.

use cosmwasm_std::{Addr, Binary, Uint128};
use k256::ecdsa::VerifyingKey;
use protocol::{
    ChannelId, Epoch, Hash32, ModelId,
    settlement::{Channel, SignedVoucher},
};
use rules::{hash::Domain, payment};
use serde::{Deserialize, Serialize};

use crate::{
    segment::{PublishedReceipt, Segment},
    voucher::{self, BadVoucher},
};

/// A voucher that was taken, and the last call that it pays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The voucher.
    pub voucher: SignedVoucher,
    /// Rank of the last call that it pays.
    pub number: u64,
}

/// How far something reaches in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Calls.
    pub number: u64,
    /// Their sum, in uopen.
    pub sum: Uint128,
    /// Head of their receipts.
    pub head: Hash32,
}

/// A channel as its gateway keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The channel.
    pub channel: ChannelId,
    /// Who pays.
    pub payer: Addr,
    /// The model it pays for.
    pub model: ModelId,
    /// The key that signs vouchers.
    pub voucher_key: Binary,
    /// Paid in, in uopen.
    pub deposit: Uint128,
    /// Whether its payer has given notice, or it is closed: no further call is served.
    pub is_ending: bool,
    /// What was served.
    pub served: Reach,
    /// What was signed for.
    pub signed: Reach,
    /// What the chain has booked.
    pub redeemed: Reach,
    /// Epoch of the last call.
    pub epoch: Option<Epoch>,
    /// The last voucher of each epoch that is not redeemed, oldest first.
    pub held: Vec<Held>,
}

/// What a call was, when it is charged.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// Version that answered.
    pub version: u32,
    /// Epoch of the call; that of the call before, if this one is earlier.
    pub epoch: Epoch,
    /// Canonical bytes of the prompt.
    pub prompt: Vec<u8>,
    /// Salt of its hash, chosen by the payer.
    pub salt: Hash32,
    /// Bytes of the answer.
    pub output: Vec<u8>,
    /// Tokens read, as receipts count them.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
    /// The fee, in uopen.
    pub fee: u128,
    /// The version of the price sheet.
    pub price_sheet: u32,
}

impl Account {
    /// A channel that was never served here, as the chain shows it. What was redeemed before, by whomever, is paid and done.
    pub fn new(channel: &Channel) -> Self {
        let redeemed = Reach { number: 0, sum: channel.redeemed, head: channel.head };
        Self {
            channel: channel.id,
            payer: channel.payer.clone(),
            model: channel.model,
            voucher_key: channel.voucher_key.clone(),
            deposit: channel.deposit,
            is_ending: is_ending(channel),
            served: redeemed,
            signed: redeemed,
            redeemed,
            epoch: channel.last_epoch,
            held: Vec::new(),
        }
    }

    /// The channel's key.
    ///
    /// # Errors
    /// [`BadVoucher`] if it is no point: nobody can sign for such a channel.
    pub fn verifying_key(&self) -> Result<VerifyingKey, BadVoucher> {
        let reason = "its key is not a secp256k1 point";
        VerifyingKey::from_sec1_bytes(&self.voucher_key).map_err(|_| BadVoucher { channel: self.channel, reason })
    }

    /// Takes over what the chain shows of the channel now: a deposit that grew, a notice, what was booked.
    pub fn refresh(&mut self, channel: &Channel) {
        self.deposit = channel.deposit;
        self.is_ending = is_ending(channel);
        let booked = |held: &Held| held.voucher.head == channel.head && held.voucher.cumulative == channel.redeemed;
        if let Some(index) = self.held.iter().position(booked) {
            let Held { voucher, number } = &self.held[index];
            self.redeemed = Reach { number: *number, sum: voucher.cumulative, head: voucher.head };
            self.held.drain(..=index);
        }
    }

    /// What is served and not signed for, in uopen.
    pub fn unsigned(&self) -> Uint128 {
        self.served.sum.saturating_sub(self.signed.sum)
    }

    /// What calls can still cost, in uopen.
    pub fn left(&self) -> Uint128 {
        self.deposit.saturating_sub(self.served.sum)
    }

    /// Whether calls of an epoch that can no longer be redeemed lack a voucher, or vouchers were not redeemed in time: what comes after could not be
    /// explained by receipts of its own epoch, so nothing may come after.
    pub fn is_stale(&self, first_redeemable: Epoch) -> bool {
        let late = |epoch: Epoch| epoch < first_redeemable;
        let unpaid = !self.unsigned().is_zero() && self.epoch.is_some_and(late);
        unpaid || self.held.iter().any(|held| late(held.voucher.epoch))
    }

    /// Takes the voucher for all that was served.
    ///
    /// # Errors
    /// [`BadVoucher`]; nothing has changed then.
    pub fn accept(&mut self, signed: SignedVoucher, key: &VerifyingKey, domain: &Domain) -> Result<(), BadVoucher> {
        let refused = |reason| BadVoucher { channel: self.channel, reason };
        if signed.channel != self.channel {
            return Err(refused("it is of another channel"));
        }
        if signed.cumulative != self.served.sum {
            return Err(refused("its sum is not what the channel owes"));
        }
        if signed.head != self.served.head {
            return Err(refused("its head is not that of the receipts served"));
        }
        if self.served.number == 0 || self.epoch != Some(signed.epoch) {
            return Err(refused("its epoch is not that of the last call"));
        }
        voucher::verify(key, domain, &signed)?;
        self.signed = self.served;
        let number = self.served.number;
        self.held.retain(|held| held.voucher.epoch != signed.epoch);
        self.held.push(Held { voucher: signed, number });
        Ok(())
    }

    /// Charges a call, and returns its receipt.
    pub fn charge(&mut self, charge: Charge, domain: &Domain) -> PublishedReceipt {
        // A node that lags behind may name an epoch that is over.
        let epoch = self.epoch.map_or(charge.epoch, |last| last.max(charge.epoch));
        let receipt = PublishedReceipt {
            version: charge.version,
            epoch: epoch.get(),
            number: self.served.number + 1,
            prompt: charge.prompt.into(),
            salt: charge.salt,
            output: charge.output.into(),
            tokens_in: charge.tokens_in,
            tokens_out: charge.tokens_out,
            fee: Uint128::new(charge.fee),
            price_sheet: charge.price_sheet,
        };
        let digest = receipt.receipt(self.model.get(), self.channel.get()).digest(domain);
        self.served = Reach {
            number: receipt.number,
            sum: self.served.sum.saturating_add(receipt.fee),
            head: Hash32(payment::next_head(&self.served.head.0, &digest)),
        };
        self.epoch = Some(epoch);
        receipt
    }

    /// The calls, from and to, that each held voucher pays.
    pub fn redeemable(&self) -> Vec<(Reach, &Held)> {
        let mut from = self.redeemed;
        let reach = |held: &Held| Reach { number: held.number, sum: held.voucher.cumulative, head: held.voucher.head };
        self.held.iter().map(|held| (std::mem::replace(&mut from, reach(held)), held)).collect()
    }

    /// The receipts of a redemption, as they are published.
    pub fn segment(&self, from: Reach, held: &Held, receipts: Vec<PublishedReceipt>) -> Segment {
        let (model, channel) = (self.model.get(), self.channel.get());
        Segment { model, channel, previous_head: from.head, head: held.voucher.head, receipts }
    }
}

fn is_ending(channel: &Channel) -> bool {
    channel.closed || channel.close_at.is_some()
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::SigningKey;
    use rules::payment::{Voucher, genesis_head};

    use super::*;
    use crate::segment::SegmentClaim;

    fn domain() -> Domain {
        Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() }
    }

    fn key() -> SigningKey {
        SigningKey::from_slice(&[3; 32]).expect("a small number is a key")
    }

    fn channel() -> Channel {
        Channel {
            id: ChannelId(7),
            payer: Addr::unchecked("payer"),
            voucher_key: Binary::from(key().verifying_key().to_encoded_point(true).as_bytes()),
            model: ModelId(1),
            gateway: Addr::unchecked("gateway"),
            deposit: Uint128::new(10),
            redeemed: Uint128::zero(),
            head: Hash32(genesis_head(&domain(), 7)),
            last_epoch: None,
            close_at: None,
            notice_height: None,
            closed: false,
        }
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

    fn voucher(account: &Account) -> SignedVoucher {
        let voucher = Voucher {
            channel: account.channel.get(),
            epoch: account.epoch.expect("a call was served").get(),
            cumulative: account.served.sum.u128(),
            head: account.served.head.0,
        };
        voucher::sign(&key(), &domain(), &voucher)
    }

    fn buy(account: &mut Account, epoch: u64, fee: u128) -> PublishedReceipt {
        let receipt = account.charge(charge(epoch, fee), &domain());
        let signed = voucher(account);
        let verifying = account.verifying_key().expect("it is a point");
        account.accept(signed, &verifying, &domain()).expect("it is what is owed");
        receipt
    }

    #[test]
    fn redemptions_take_each_epochs_last_voucher_and_its_receipts() {
        let mut account = Account::new(&channel());
        let receipts = [buy(&mut account, 1, 1), buy(&mut account, 1, 3), buy(&mut account, 2, 2)];
        let redeemable = account.redeemable();
        assert_eq!(redeemable.len(), 2);
        for ((from, held), (epoch, amount)) in redeemable.into_iter().zip([(1, 4), (2, 2)]) {
            let of = &receipts[from.number as usize..held.number as usize];
            let segment = account.segment(from, held, of.to_vec());
            let domain = domain();
            let claim = SegmentClaim {
                domain: &domain,
                model: 1,
                epoch,
                channel: 7,
                previous_head: from.head.0,
                head: held.voucher.head.0,
                amount,
            };
            assert_eq!(segment.check(&claim), Ok(()));
        }
    }

    #[test]
    fn what_the_chain_has_booked_is_redeemed_once() {
        let mut account = Account::new(&channel());
        buy(&mut account, 1, 1);
        let first = account.held[0].voucher.clone();
        buy(&mut account, 2, 3);
        let mut shown = channel();
        account.refresh(&shown);
        assert_eq!(account.held.len(), 2, "nothing is booked yet");
        (shown.redeemed, shown.head, shown.last_epoch) = (first.cumulative, first.head, Some(first.epoch));
        account.refresh(&shown);
        assert_eq!((account.held.len(), account.redeemed.number, account.redeemed.sum), (1, 1, Uint128::new(1)));
        account.refresh(&shown);
        assert_eq!(account.held.len(), 1);
    }

    #[test]
    fn a_voucher_that_is_not_exactly_what_is_owed_changes_nothing() {
        let mut account = Account::new(&channel());
        account.charge(charge(1, 4), &domain());
        let (good, verifying) = (voucher(&account), account.verifying_key().expect("it is a point"));
        let before = account.clone();
        for bad in [
            SignedVoucher { cumulative: Uint128::new(3), ..good.clone() },
            SignedVoucher { cumulative: Uint128::new(5), ..good.clone() },
            SignedVoucher { head: Hash32([0; 32]), ..good.clone() },
            SignedVoucher { epoch: Epoch(2), ..good.clone() },
            SignedVoucher { channel: ChannelId(8), ..good.clone() },
            SignedVoucher { signature: Binary::from([1; 64]), ..good.clone() },
        ] {
            account.accept(bad, &verifying, &domain()).expect_err("it is not what is owed");
            assert_eq!(account, before);
        }
        account.accept(good, &verifying, &domain()).expect("it is what is owed");
        assert!(account.unsigned().is_zero());
    }

    #[test]
    fn nothing_is_signed_for_before_anything_was_served() {
        let mut account = Account::new(&channel());
        let verifying = account.verifying_key().expect("it is a point");
        let empty = Voucher { channel: 7, epoch: 0, cumulative: 0, head: account.served.head.0 };
        let refused = account.accept(voucher::sign(&key(), &domain(), &empty), &verifying, &domain());
        assert_eq!(refused.expect_err("there is nothing to pay").reason, "its epoch is not that of the last call");
    }

    #[test]
    fn a_channel_whose_last_call_was_not_paid_in_time_is_stale() {
        let mut account = Account::new(&channel());
        buy(&mut account, 3, 1);
        assert!(!account.is_stale(Epoch(3)) && account.is_stale(Epoch(4)), "a voucher that was not redeemed in time");
        account.held.clear();
        assert!(!account.is_stale(Epoch(9)));
        account.charge(charge(9, 1), &domain());
        assert!(!account.is_stale(Epoch(9)) && account.is_stale(Epoch(10)), "a call that was not signed for in time");
    }
}
