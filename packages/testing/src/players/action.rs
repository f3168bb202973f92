//! What a player does: plain data, to be written down and done again.

use std::fmt;

use cosmwasm_std::{Addr, Coin, to_json_binary, to_json_string};
use cw20::Cw20ExecuteMsg;
use serde::{Deserialize, Serialize};

use crate::TxMessage;

/// What a player does, or time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// One transaction.
    Send {
        /// Who signs it.
        sender: Addr,
        /// Its messages.
        messages: Vec<TxMessage>,
    },
    /// Time and blocks pass, in any relation.
    Pass {
        /// Seconds.
        seconds: u64,
        /// Blocks.
        blocks: u64,
    },
}

impl Action {
    /// A message to a contract.
    ///
    /// # Panics
    /// Never in practice: messages are maps with text for keys, which JSON can say.
    pub fn message(sender: &Addr, contract: &Addr, msg: &impl Serialize) -> Self {
        let msg = to_json_string(msg).expect("messages can be written as JSON");
        Self::Send {
            sender: sender.clone(),
            messages: vec![TxMessage { contract: contract.to_string(), msg, funds: vec![] }],
        }
    }

    /// Tokens sent to a contract with a message for it.
    ///
    /// # Panics
    /// Never in practice, as [`Self::message`].
    pub fn hook(sender: &Addr, token: &Addr, contract: &Addr, amount: u128, hook: &impl Serialize) -> Self {
        let msg = to_json_binary(hook).expect("hooks can be written as JSON");
        Self::message(
            sender,
            token,
            &Cw20ExecuteMsg::Send { contract: contract.to_string(), amount: amount.into(), msg },
        )
    }

    /// The same with native coins.
    #[must_use]
    pub fn with_funds(mut self, funds: Vec<Coin>) -> Self {
        if let Self::Send { messages, .. } = &mut self
            && let Some(first) = messages.first_mut()
        {
            first.funds = funds;
        }
        self
    }

    /// Messages that are sent.
    pub fn messages(&self) -> &[TxMessage] {
        match self {
            Self::Send { messages, .. } => messages,
            Self::Pass { .. } => &[],
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass { seconds, blocks } => write!(f, "pass {seconds} s, {blocks} blocks"),
            Self::Send { sender, messages } => messages.iter().try_for_each(|message| {
                write!(f, "{sender} -> {}: {}", message.contract, message.msg)?;
                message.funds.iter().try_for_each(|coin| write!(f, " with {coin}"))
            }),
        }
    }
}
