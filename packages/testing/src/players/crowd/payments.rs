//! Channels and vouchers.

use protocol::ChannelId;
use protocol::model::Model;
use protocol::settlement::{Channel, ExecuteMsg, QueryMsg, ReceiveMsg, SignedVoucher};

use super::{Action, Crowd, Moves, Pending, Table};
use crate::VoucherKey;
use crate::scenario::PaidChannel;

/// Worlds stay small.
const MAX_CHANNELS: usize = 12;

pub const MOVES: &Moves = &[
    (6, Crowd::open_channel),
    (2, Crowd::top_up),
    (45, Crowd::pay),
    (3, Crowd::pay_several),
    (4, Crowd::close_channel),
    (3, Crowd::finish_close),
];

impl Crowd {
    fn open_channel(&mut self, table: &Table) -> Option<Action> {
        if self.channels.len() >= MAX_CHANNELS && !self.chance.once_in(20) {
            return None;
        }
        let Model { id: model, versions, .. } = self.some_model(table)?;
        if versions == 0 && !self.chance.once_in(10) {
            return None;
        }
        let sender = self.anyone();
        let key = VoucherKey::named(&format!("{sender} {}", self.channels.len()));
        let hook = ReceiveMsg::OpenChannel { model, voucher_key: key.public_key() };
        let deposit =
            if self.chance.once_in(8) { self.chance.edge() } else { self.chance.amount(36).saturating_add(10_000_000) };
        let channel = PaidChannel { id: ChannelId(0), model, key, cumulative: 0, head: [0; 32], receipts: Vec::new() };
        self.pending = Pending::Opened(channel);
        Some(Action::hook(&sender, &table.world.at.open_token, &table.world.at.settlement, deposit, &hook))
    }

    fn top_up(&mut self, table: &Table) -> Option<Action> {
        let hook = ReceiveMsg::TopUp { channel: self.one(&self.channels.clone())?.id };
        let (sender, amount) = (self.anyone(), self.chance.amount(30));
        Some(Action::hook(&sender, &table.world.at.open_token, &table.world.at.settlement, amount, &hook))
    }

    /// One more call, in this epoch mostly, and its voucher redeemed.
    fn pay(&mut self, table: &Table) -> Option<Action> {
        let index = usize::try_from(self.chance.below(self.channels.len() as u64)).ok()?;
        let (voucher, record, paid) = self.voucher(table, index)?;
        self.pending = Pending::Paid(index, paid);
        let sender = self.mostly(&record.gateway);
        Some(Action::message(&sender, &table.world.at.settlement, &ExecuteMsg::Redeem { vouchers: vec![voucher] }))
    }

    fn voucher(&mut self, table: &Table, index: usize) -> Option<(SignedVoucher, Channel, PaidChannel)> {
        let mut paid = self.channels.get(index)?.clone();
        let record = table.channel(paid.id)?;
        let left = record.deposit.saturating_sub(record.redeemed).u128();
        if (record.closed || left < 1_000) && !self.chance.once_in(40) {
            return None;
        }
        let fee = match self.chance.below(12) {
            0 if self.chance.once_in(4) => left,
            1 if self.chance.once_in(4) => left.saturating_add(1),
            2 if self.chance.once_in(4) => self.chance.edge(),
            3 => 1_000,
            4 => self.chance.amount(8),
            _ => self.chance.amount(26).saturating_add(100_000).min(left),
        };
        let now = table.world.epoch();
        let epoch = match self.chance.below(12) {
            0 if self.chance.once_in(4) => now.saturating_add(1),
            1 if self.chance.once_in(2) => now.saturating_sub(1),
            2 if self.chance.once_in(4) => u64::MAX,
            _ => now,
        };
        let voucher = paid.pay(&table.world.settlement_domain(), epoch, fee);
        Some((voucher, record, paid))
    }

    /// Vouchers of all channels of a gateway in one message; the payers forget them if it is refused.
    fn pay_several(&mut self, table: &Table) -> Option<Action> {
        let gateway = table.world.accounts.gateway.clone();
        let mut vouchers = Vec::new();
        for index in 0..self.channels.len() {
            let signed = self.voucher(table, index).filter(|(_, record, _)| record.gateway == gateway);
            vouchers.extend(signed.map(|(voucher, ..)| voucher));
        }
        if vouchers.is_empty() {
            return None;
        }
        let redeem = ExecuteMsg::Redeem { vouchers };
        Some(Action::message(&gateway, &table.world.at.settlement, &redeem))
    }

    /// At once by the gateway, with a notice by the payer.
    fn close_channel(&mut self, table: &Table) -> Option<Action> {
        if !self.chance.once_in(3) {
            return None;
        }
        let record = table.channel(self.one(&self.channels.clone())?.id)?;
        let by_gateway = self.chance.once_in(3);
        let sender = self.mostly(if by_gateway { &record.gateway } else { &record.payer });
        let close = ExecuteMsg::CloseChannel { channel: record.id };
        Some(Action::message(&sender, &table.world.at.settlement, &close))
    }

    fn finish_close(&mut self, table: &Table) -> Option<Action> {
        let records = self.channels.iter().filter_map(|channel| table.channel(channel.id));
        let closing: Vec<_> = records.filter(|record| record.close_at.is_some() && !record.closed).collect();
        let channel = self.one(&closing)?.id;
        Some(Action::message(&self.anyone(), &table.world.at.settlement, &ExecuteMsg::FinishClose { channel }))
    }
}

impl Table {
    fn channel(&self, channel: ChannelId) -> Option<Channel> {
        self.ask(&self.world.at.settlement, &QueryMsg::Channel { channel })
    }
}
