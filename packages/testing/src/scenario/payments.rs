//! Channels, vouchers and claims.

use cosmwasm_std::{Addr, Uint128};
use protocol::settlement::{
    Account, BookedRedemption, Channel, ClaimItem, EpochBook, ExecuteMsg, ModelTotals, QueryMsg, ReceiveMsg,
    SettledRound, SignedVoucher, Totals,
};
use protocol::{ChannelId, Epoch, ModelId, Page};
use rules::{
    hash::{Domain, Hash},
    payment::{Receipt, Voucher, genesis_head, next_head, output_hash, salted_hash},
};

use super::{World, channel_of};
use crate::{ChainError, TxOutcome, VoucherKey};

/// The payer's side of a channel.
#[derive(Clone)]
pub struct PaidChannel {
    /// The channel.
    pub id: ChannelId,
    /// Its model.
    pub model: ModelId,
    /// The payer's voucher key.
    pub key: VoucherKey,
    /// Sum of the last voucher, in uopen.
    pub cumulative: u128,
    /// Head of the receipts so far.
    pub head: Hash,
    /// Receipts so far.
    pub receipts: Vec<Receipt>,
}

impl PaidChannel {
    /// One more call: its receipt joins the chain, and the payer signs the new sum.
    pub fn pay(&mut self, domain: &Domain, epoch: u64, fee: u128) -> SignedVoucher {
        let number = self.receipts.len() as u64;
        let receipt = Receipt {
            model: self.model.get(),
            version: 1,
            channel: self.id.get(),
            epoch,
            number,
            prompt_hash: salted_hash(&[7; 32], &number.to_be_bytes()),
            output_hash: output_hash(&number.to_be_bytes()),
            tokens_in: 1,
            tokens_out: 1,
            fee,
            price_sheet: 1,
        };
        self.head = next_head(&self.head, &receipt.digest(domain));
        self.cumulative = self.cumulative.saturating_add(fee);
        self.receipts.push(receipt);
        self.voucher(domain, epoch)
    }

    /// The voucher for all receipts so far.
    pub fn voucher(&self, domain: &Domain, epoch: u64) -> SignedVoucher {
        let voucher = Voucher { channel: self.id.get(), epoch, cumulative: self.cumulative, head: self.head };
        self.key.sign(domain, &voucher)
    }
}

impl World {
    /// Opens a channel for the world's model; it takes the next place in `channels`.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn open_channel(&mut self, payer: &Addr, deposit: u128) -> Result<ChannelId, ChainError> {
        let key = VoucherKey::named(&format!("{payer} {}", self.channels.len()));
        let hook = ReceiveMsg::OpenChannel { model: self.model, voucher_key: key.public_key() };
        let outcome = self.chain.send_open(payer, &self.at.settlement, deposit, &hook)?;
        let id = channel_of(&outcome);
        let head = genesis_head(&self.settlement_domain(), id.get());
        self.channels.push(PaidChannel { id, model: self.model, key, cumulative: 0, head, receipts: Vec::new() });
        Ok(id)
    }

    /// Pays a fee in the model's first channel in the current epoch and redeems it at once.
    ///
    /// # Errors
    /// If the contract refuses; then the payer has signed nothing.
    pub fn pay(&mut self, fee: u128) -> Result<TxOutcome, ChainError> {
        let epoch = self.epoch();
        let channel = self.channels.iter().position(|channel| channel.model == self.model);
        self.pay_in(channel.expect("the model has an open channel"), epoch, fee)
    }

    /// Pays a fee in a channel for an epoch and redeems it at once.
    ///
    /// # Errors
    /// If the contract refuses; then the payer has signed nothing.
    pub fn pay_in(&mut self, channel: usize, epoch: u64, fee: u128) -> Result<TxOutcome, ChainError> {
        let domain = self.settlement_domain();
        let mut paid = self.channels.get(channel).expect("the channel is open").clone();
        let voucher = paid.pay(&domain, epoch, fee);
        let outcome = self.redeem(vec![voucher])?;
        if let Some(channel) = self.channels.get_mut(channel) {
            *channel = paid;
        }
        Ok(outcome)
    }

    /// Redeems vouchers as the gateway.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn redeem(&mut self, vouchers: Vec<SignedVoucher>) -> Result<TxOutcome, ChainError> {
        let gateway = self.accounts.gateway.clone();
        self.settle_as(&gateway, &ExecuteMsg::Redeem { vouchers })
    }

    /// Claims for positions of the world's model, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn claim(&mut self, positions: &[u32]) -> Result<TxOutcome, ChainError> {
        let claims = vec![ClaimItem { model: self.model, positions: positions.to_vec() }];
        let stranger = self.accounts.stranger.clone();
        self.settle_as(&stranger, &ExecuteMsg::Claim { claims })
    }

    /// Sends a message to `settlement`.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn settle_as(&mut self, sender: &Addr, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.chain.execute(sender, &self.at.settlement, msg, &[])
    }

    /// Lets the current epoch end and its redemption period pass: afterwards a round may cover it.
    pub fn finish_epoch(&mut self) {
        let (clock, epoch) = (self.clock(), self.epoch());
        self.to_next_epoch();
        // Some message must show the contract that a later epoch has begun.
        let stranger = self.accounts.stranger.clone();
        self.settle_as(&stranger, &ExecuteMsg::Tick {}).expect("anyone may tick");
        let end = clock.redemption_end(epoch).expect("test epochs fit 64 bits");
        self.chain.set_time(end.max(self.chain.time())).expect("the end of redemption is ahead");
    }

    /// Asks `settlement`.
    pub fn settlement<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.chain.query(&self.at.settlement, query).expect("settlement answers")
    }

    /// A channel as it stands.
    pub fn channel(&self, channel: ChannelId) -> Channel {
        self.settlement(&QueryMsg::Channel { channel })
    }

    /// What settlement owes.
    pub fn totals(&self) -> Totals {
        self.settlement(&QueryMsg::Totals {})
    }

    /// Totals of the world's model.
    pub fn model_totals(&self) -> ModelTotals {
        self.settlement(&QueryMsg::ModelTotals { model: self.model })
    }

    /// The first hundred accounts of the world's model.
    pub fn ledger(&self) -> Vec<Account> {
        self.settlement(&QueryMsg::Accounts { model: self.model, page: whole_page() })
    }

    /// Books of the model's epochs with fees, the first hundred.
    pub fn epochs(&self) -> Vec<EpochBook> {
        self.settlement(&QueryMsg::Epochs { model: self.model, page: whole_page() })
    }

    /// Redemptions of an epoch, the first hundred.
    pub fn redemptions(&self, epoch: u64) -> Vec<BookedRedemption> {
        self.settlement(&QueryMsg::Redemptions { model: self.model, epoch: Epoch(epoch), page: whole_page() })
    }

    /// The model's settled rounds, the first hundred.
    pub fn settled_rounds(&self) -> Vec<SettledRound> {
        self.settlement(&QueryMsg::SettledRounds { model: self.model, page: whole_page() })
    }

    /// An account's balance in settlement, in uopen.
    pub fn settlement_balance(&self, account: &Addr) -> u128 {
        self.settlement::<Uint128>(&QueryMsg::Balance { account: account.to_string() }).u128()
    }
}

pub(super) fn whole_page() -> Page {
    Page { start_after: None, limit: Some(Page::MAX_LIMIT) }
}
