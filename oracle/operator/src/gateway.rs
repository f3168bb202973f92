//! The gateway: serves a model, meters, chains receipts, takes vouchers, redeems. A library call here; a service stands on it later.

use std::collections::BTreeMap;

use cosmwasm_std::{Binary, HexBinary, Uint128};
use k256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
use protocol::{
    ChannelId, Epoch, Hash32, ModelId,
    model::{Price, PriceSheet},
    settlement::{Channel, SignedVoucher},
};
use rules::{
    hash::{Domain, Hash},
    payment,
};

use crate::published::{PublishedReceipt, Segment};

/// Why a call or a voucher is refused. Nothing is charged then.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The channel is unknown here.
    #[error("channel {0} is not served: open one for this model with this gateway, or wait for its block")]
    UnknownChannel(ChannelId),
    /// The channel cannot take another call.
    #[error("channel {channel} has {left} uopen left, the call costs {price}: top it up")]
    DepositSpent {
        /// The channel.
        channel: ChannelId,
        /// What is left, in uopen.
        left: u128,
        /// What the call costs, in uopen.
        price: u128,
    },
    /// There is no such price.
    #[error("price {0} is not on the sheet")]
    UnknownPrice(String),
    /// The last call has not been paid.
    #[error("channel {0} owes a voucher for its last call: sign it first")]
    VoucherOwed(ChannelId),
    /// The voucher is not for what was served.
    #[error("the voucher of channel {channel} is refused: {reason}")]
    BadVoucher {
        /// The channel.
        channel: ChannelId,
        /// What is wrong.
        reason: &'static str,
    },
    /// The prompt cannot be answered.
    #[error("the prompt is refused: {0}")]
    BadPrompt(String),
}

/// What answers prompts with labels.
pub trait Classifier {
    /// The label of a prompt, given its canonical bytes.
    fn classify(&self, prompt: &[u8]) -> Result<u16, String>;
}

/// What answers prompts.
pub trait Answers {
    /// The answer to a prompt, given its canonical bytes.
    fn answer(&self, prompt: &[u8]) -> Result<Output, String>;
}

impl<C: Classifier> Answers for C {
    fn answer(&self, prompt: &[u8]) -> Result<Output, String> {
        self.classify(prompt).map(Output::Label)
    }
}

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A classifier's label.
    Label(u16),
    /// A language model's text, which goes on where the prompt ends.
    Text(String),
}

impl Output {
    /// As a receipt holds it: a label as 2 bytes, big endian; a text in UTF-8.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Label(label) => label.to_be_bytes().to_vec(),
            Self::Text(text) => text.as_bytes().to_vec(),
        }
    }

    /// What a receipt counts as written: one label, or the bytes of a text, which a payer can count without the model's tokenizer.
    pub fn tokens(&self) -> u64 {
        match self {
            Self::Label(_) => 1,
            Self::Text(text) => text.len() as u64,
        }
    }
}

/// What a call returns.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was served.
    pub output: Output,
    /// The receipt, for the payer to check and sign on.
    pub receipt: PublishedReceipt,
    /// Head of the channel's receipts after it.
    pub head: Hash,
    /// The sum that the channel owes after it, in uopen.
    pub cumulative: u128,
}

struct Session {
    key: VerifyingKey,
    deposit: u128,
    signed: u128,
    owed: u128,
    head: Hash,
    calls: u64,
    redeemed_head: Hash,
    unredeemed: Vec<PublishedReceipt>,
    voucher: Option<SignedVoucher>,
    ended_epochs: Vec<(SignedVoucher, Segment)>,
}

/// A model being served.
pub struct Gateway<A> {
    answers: A,
    model: ModelId,
    version: u32,
    domain: Domain,
    prices: BTreeMap<String, Uint128>,
    price_sheet: u32,
    sessions: BTreeMap<u64, Session>,
}

/// What is being served, and at which prices.
pub struct Offer {
    /// The model.
    pub model: ModelId,
    /// Its version.
    pub version: u32,
    /// Domain of `settlement`.
    pub domain: Domain,
    /// The sheet, read from the chain.
    pub prices: PriceSheet,
}

impl<A: Answers> Gateway<A> {
    /// Serves a model.
    pub fn new(answers: A, offer: Offer) -> Self {
        let prices = offer.prices.prices.into_iter().map(|Price { name, per_call }| (name, per_call)).collect();
        Self {
            answers,
            model: offer.model,
            version: offer.version,
            domain: offer.domain,
            prices,
            price_sheet: offer.prices.version,
            sessions: BTreeMap::new(),
        }
    }

    /// Serves a channel, as read from the chain. A channel already served keeps its receipts: only its deposit is taken over.
    pub fn serve(&mut self, channel: &Channel) -> Result<(), GatewayError> {
        if channel.model != self.model || channel.closed {
            return Err(GatewayError::UnknownChannel(channel.id));
        }
        if let Some(session) = self.sessions.get_mut(&channel.id.get()) {
            session.deposit = channel.deposit.u128();
            return Ok(());
        }
        let key = VerifyingKey::from_sec1_bytes(&channel.voucher_key).map_err(|_| GatewayError::BadVoucher {
            channel: channel.id,
            reason: "its key is not a secp256k1 point",
        })?;
        self.sessions.insert(
            channel.id.get(),
            Session {
                key,
                deposit: channel.deposit.u128(),
                signed: channel.redeemed.u128(),
                owed: channel.redeemed.u128(),
                head: channel.head.0,
                calls: 0,
                redeemed_head: channel.head.0,
                unredeemed: Vec::new(),
                voucher: None,
                ended_epochs: Vec::new(),
            },
        );
        Ok(())
    }

    /// Answers one prompt. The next call of the channel waits for the voucher of this one: one call is all that is ever at risk.
    pub fn call(
        &mut self,
        channel: ChannelId,
        epoch: Epoch,
        price: &str,
        prompt: &[u8],
        salt: Hash,
    ) -> Result<Answer, GatewayError> {
        let fee = self.prices.get(price).ok_or_else(|| GatewayError::UnknownPrice(price.to_owned()))?.u128();
        let session = self.sessions.get_mut(&channel.get()).ok_or(GatewayError::UnknownChannel(channel))?;
        if session.owed != session.signed {
            return Err(GatewayError::VoucherOwed(channel));
        }
        let left = session.deposit.saturating_sub(session.owed);
        if fee > left {
            return Err(GatewayError::DepositSpent { channel, left, price: fee });
        }
        let output = self.answers.answer(prompt).map_err(GatewayError::BadPrompt)?;
        // A receipt belongs to the epoch of the voucher that redeems it: the last voucher of an epoch is kept when the next begins.
        if session.unredeemed.last().is_some_and(|last| last.epoch != epoch.get()) {
            let ended = take_redemption(self.model.get(), channel.get(), session);
            session.ended_epochs.extend(ended);
        }
        let receipt = PublishedReceipt {
            version: self.version,
            epoch: epoch.get(),
            number: session.calls + 1,
            prompt: prompt.into(),
            salt: Hash32(salt),
            output: HexBinary::from(output.bytes()),
            tokens_in: prompt.len() as u64,
            tokens_out: output.tokens(),
            fee: Uint128::new(fee),
            price_sheet: self.price_sheet,
        };
        let digest = receipt.receipt(self.model.get(), channel.get()).digest(&self.domain);
        session.head = payment::next_head(&session.head, &digest);
        session.calls += 1;
        session.owed += fee;
        session.unredeemed.push(receipt.clone());
        Ok(Answer { output, receipt, head: session.head, cumulative: session.owed })
    }

    /// Takes the voucher for the last call.
    pub fn accept(&mut self, voucher: SignedVoucher) -> Result<(), GatewayError> {
        let channel = voucher.channel;
        let refused = |reason| GatewayError::BadVoucher { channel, reason };
        let session = self.sessions.get_mut(&channel.get()).ok_or(GatewayError::UnknownChannel(channel))?;
        if voucher.cumulative.u128() != session.owed {
            return Err(refused("its sum is not what the channel owes"));
        }
        if voucher.head.0 != session.head {
            return Err(refused("its head is not that of the receipts served"));
        }
        if session.unredeemed.last().is_none_or(|last| last.epoch != voucher.epoch.get()) {
            return Err(refused("its epoch is not that of the last call"));
        }
        let digest = payment::Voucher {
            channel: channel.get(),
            epoch: voucher.epoch.get(),
            cumulative: voucher.cumulative.u128(),
            head: voucher.head.0,
        }
        .digest(&self.domain);
        let signature = Signature::from_slice(&voucher.signature).map_err(|_| refused("its signature is malformed"))?;
        session
            .key
            .verify_prehash(&digest, &signature)
            .map_err(|_| refused("its signature is not of the channel's key"))?;
        session.signed = session.owed;
        session.voucher = Some(voucher);
        Ok(())
    }

    /// The last voucher of every epoch of every channel with something to redeem, and the receipts that each is for. Called at least
    /// once in an epoch's redemption period; a call whose voucher never came is left out.
    pub fn redemptions(&mut self) -> Vec<(SignedVoucher, Segment)> {
        let model = self.model.get();
        let mut all = Vec::new();
        for (channel, session) in &mut self.sessions {
            all.append(&mut session.ended_epochs);
            all.extend(take_redemption(model, *channel, session));
        }
        all
    }
}

fn take_redemption(model: u64, channel: u64, session: &mut Session) -> Option<(SignedVoucher, Segment)> {
    let voucher = session.voucher.take()?;
    let mut receipts = std::mem::take(&mut session.unredeemed);
    if session.owed != session.signed {
        session.unredeemed = receipts.pop().into_iter().collect();
    }
    let segment =
        Segment { model, channel, previous_head: Hash32(session.redeemed_head), head: voucher.head, receipts };
    session.redeemed_head = voucher.head.0;
    Some((voucher, segment))
}

/// Signs vouchers.
pub fn sign_voucher(key: &k256::ecdsa::SigningKey, domain: &Domain, voucher: &payment::Voucher) -> SignedVoucher {
    use k256::ecdsa::signature::hazmat::PrehashSigner;
    let signature: Signature =
        key.sign_prehash(&voucher.digest(domain)).expect("a digest of 32 bytes can always be signed");
    SignedVoucher {
        channel: ChannelId(voucher.channel),
        epoch: Epoch(voucher.epoch),
        cumulative: Uint128::new(voucher.cumulative),
        head: Hash32(voucher.head),
        signature: Binary::from(signature.normalize_s().unwrap_or(signature).to_bytes().to_vec()),
    }
}
