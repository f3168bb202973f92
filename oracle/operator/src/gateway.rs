//! A gateway without a network or a disk, for stories, tests and measurements: it serves one model and keeps its accounts in memory. The service is `oracle serve`.

use std::collections::BTreeMap;

use gateway::{
    account::{Account, Charge, Held, Reach},
    segment::{PublishedReceipt, Segment},
    service::tariff,
    voucher::BadVoucher,
};
use k256::ecdsa::VerifyingKey;
use protocol::{
    ChannelId, Epoch, Hash32, ModelId,
    model::{Price, PriceSheet},
    settlement::{Channel, SignedVoucher},
};
use rules::hash::{Domain, Hash};

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
    #[error(transparent)]
    BadVoucher(#[from] BadVoucher),
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
    account: Account,
    key: VerifyingKey,
    receipts: Vec<PublishedReceipt>,
}

/// A model being served.
pub struct Gateway<A> {
    answers: A,
    model: ModelId,
    version: u32,
    domain: Domain,
    prices: BTreeMap<String, Price>,
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
        let prices = offer.prices.prices.into_iter().map(|price| (price.name.clone(), price)).collect();
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
            session.account.deposit = channel.deposit;
            return Ok(());
        }
        let account = Account::new(channel);
        let key = account.verifying_key()?;
        self.sessions.insert(channel.id.get(), Session { account, key, receipts: Vec::new() });
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
        let price = self.prices.get(price).ok_or_else(|| GatewayError::UnknownPrice(price.to_owned()))?;
        let session = self.sessions.get_mut(&channel.get()).ok_or(GatewayError::UnknownChannel(channel))?;
        if !session.account.unsigned().is_zero() {
            return Err(GatewayError::VoucherOwed(channel));
        }
        let output = self.answers.answer(prompt).map_err(GatewayError::BadPrompt)?;
        let (tokens_in, tokens_out) = (prompt.len() as u64, output.tokens());
        let fee = tariff(price).fee(tokens_in, tokens_out).unwrap_or(u128::MAX);
        let left = session.account.left().u128();
        if fee > left {
            return Err(GatewayError::DepositSpent { channel, left, price: fee });
        }
        let charge = Charge {
            version: self.version,
            epoch,
            prompt: prompt.to_vec(),
            salt: Hash32(salt),
            output: output.bytes(),
            tokens_in,
            tokens_out,
            fee,
            price_sheet: self.price_sheet,
        };
        let receipt = session.account.charge(charge, &self.domain);
        session.receipts.push(receipt.clone());
        let Reach { sum, head, .. } = session.account.served;
        Ok(Answer { output, receipt, head: head.0, cumulative: sum.u128() })
    }

    /// Takes the voucher for the last call.
    pub fn accept(&mut self, voucher: SignedVoucher) -> Result<(), GatewayError> {
        let channel = voucher.channel;
        let session = self.sessions.get_mut(&channel.get()).ok_or(GatewayError::UnknownChannel(channel))?;
        Ok(session.account.accept(voucher, &session.key, &self.domain)?)
    }

    /// The last voucher of every epoch of every channel with something to redeem, and the receipts that each is for. Called at least
    /// once in an epoch's redemption period; a call whose voucher never came is left out.
    pub fn redemptions(&mut self) -> Vec<(SignedVoucher, Segment)> {
        self.sessions.values_mut().flat_map(Session::take_redemptions).collect()
    }
}

impl Session {
    /// Whoever takes them redeems them.
    fn take_redemptions(&mut self) -> Vec<(SignedVoucher, Segment)> {
        let Self { account, receipts, .. } = self;
        let segment = |(from, held): (Reach, &Held)| {
            let (first, last) = (from.number as usize, held.number as usize);
            (held.voucher.clone(), account.segment(from, held, receipts[first..last].to_vec()))
        };
        let taken = account.redeemable().into_iter().map(segment).collect();
        if let Some(last) = account.held.pop() {
            account.redeemed = account.signed;
            debug_assert_eq!(account.redeemed.head, last.voucher.head);
            account.held.clear();
        }
        taken
    }
}
