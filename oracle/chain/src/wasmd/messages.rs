//! Messages of a transaction, as protobuf.

use cosmrs::{
    Any,
    proto::{
        cosmos::base::v1beta1::Coin as ProtoCoin,
        cosmwasm::wasm::v1::MsgExecuteContract,
        traits::{Message, Name},
    },
};
use cosmwasm_std::Coin;

use crate::{ChainError, Execute, error::Result};

/// Messages of one transaction, each with what it is sent to: what an error names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub messages: Vec<Any>,
    pub targets: Vec<String>,
    /// Native coins that go with them.
    pub sends: Vec<Coin>,
}

impl Batch {
    /// One message.
    pub(crate) fn one(target: impl Into<String>, message: &impl Name) -> Self {
        Self { messages: vec![any(message)], targets: vec![target.into()], sends: Vec::new() }
    }

    /// Messages to contracts.
    pub(crate) fn execute(sender: &str, messages: Vec<Execute>) -> Result<Self> {
        if messages.is_empty() {
            return Err(ChainError::NoMessages);
        }
        let sends = messages.iter().flat_map(|message| message.funds.clone()).collect();
        let targets = messages.iter().map(|message| message.contract.clone()).collect();
        let messages = messages.into_iter().map(|message| any(&to_contract(sender, message))).collect();
        Ok(Self { messages, targets, sends })
    }

    /// Native coins of a denomination that go with the messages.
    pub(crate) fn sent(&self, denom: &str) -> u128 {
        let of_denom = self.sends.iter().filter(|coin| coin.denom == denom);
        of_denom.fold(0, |sum: u128, coin| sum.saturating_add(coin.amount.u128()))
    }

    /// What the message with this number is sent to.
    pub(crate) fn target(&self, number: usize) -> String {
        self.targets.get(number).or(self.targets.first()).cloned().unwrap_or_default()
    }
}

fn to_contract(sender: &str, message: Execute) -> MsgExecuteContract {
    MsgExecuteContract {
        sender: sender.to_owned(),
        contract: message.contract,
        msg: message.msg,
        funds: message.funds.iter().map(coin).collect(),
    }
}

/// A message under its type's address.
pub(crate) fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

pub(crate) fn coin(coin: &Coin) -> ProtoCoin {
    ProtoCoin { denom: coin.denom.clone(), amount: coin.amount.to_string() }
}
