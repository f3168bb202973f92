//! Questions to the chain's modules: their gRPC services, asked over the node's RPC.

use cosmrs::proto::{
    cosmos::{
        auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse},
        bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse},
    },
    cosmwasm::wasm::v1::{QuerySmartContractStateRequest, QuerySmartContractStateResponse},
    traits::Message,
};
use cosmrs::tendermint::block::Height;
use cosmwasm_std::{StdError, Uint128};

use super::{
    WasmdClient,
    refusal::{self, Refusal},
    writer::Account,
};
use crate::{ChainError, error::Result};

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The module refused.
    Refused(Refusal),
    /// The question did not get as far.
    Failed(ChainError),
}

impl Unanswered {
    /// For who expects no refusal.
    pub(crate) fn unexpected(self) -> ChainError {
        match self {
            Self::Refused(refusal) => refusal.unexpected(),
            Self::Failed(error) => error,
        }
    }
}

impl WasmdClient {
    /// Asks a service.
    pub(crate) async fn service<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        question: &Q,
    ) -> std::result::Result<A, Unanswered> {
        self.service_at(path, question, None).await
    }

    async fn service_at<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        question: &Q,
        height: Option<Height>,
    ) -> std::result::Result<A, Unanswered> {
        let answer = self.node().abci(path, &question.encode_to_vec(), height).await;
        let answer = answer.map_err(|error| Unanswered::Failed(error.into()))?;
        if answer.code.is_err() {
            return Err(Unanswered::Refused(Refusal::new(&answer.codespace, answer.code.value(), &answer.log)));
        }
        A::decode(answer.value.as_slice()).map_err(|error| Unanswered::Failed(malformed(path, &error)))
    }

    /// Asks a contract as it is, or as a block left it.
    pub(crate) async fn smart(&self, contract: &str, msg: &[u8], height: Option<Height>) -> Result<Vec<u8>> {
        let question = QuerySmartContractStateRequest { address: contract.to_owned(), query_data: msg.to_vec() };
        let path = "/cosmwasm.wasm.v1.Query/SmartContractState";
        match self.service_at::<_, QuerySmartContractStateResponse>(path, &question, height).await {
            Ok(answer) => Ok(answer.data),
            Err(Unanswered::Refused(refusal)) => Err(refusal::of_query(contract, refusal)),
            Err(Unanswered::Failed(error)) => Err(error),
        }
    }

    /// An account's number and sequence; the chain knows those that ever held native coins.
    pub(crate) async fn account(&self, address: &str) -> Result<Account> {
        let question = QueryAccountRequest { address: address.to_owned() };
        let path = "/cosmos.auth.v1beta1.Query/Account";
        let answer: QueryAccountResponse = match self.service(path, &question).await {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) if refusal.says("not found") => {
                let (address, denom) = (address.to_owned(), self.options().denom.clone());
                return Err(ChainError::NoAccount { address, denom });
            }
            Err(error) => return Err(error.unexpected()),
        };
        let bytes = answer.account.unwrap_or_default().value;
        let account = BaseAccount::decode(bytes.as_slice()).map_err(|error| malformed(path, &error))?;
        Ok(Account { number: account.account_number, sequence: account.sequence })
    }

    /// Native coins of an account, in the coin that fees are paid in.
    ///
    /// # Errors
    /// If the node cannot be reached.
    pub async fn native_balance(&self, address: &str) -> Result<u128> {
        let question = QueryBalanceRequest { address: address.to_owned(), denom: self.options().denom.clone() };
        let path = "/cosmos.bank.v1beta1.Query/Balance";
        let answer: QueryBalanceResponse = self.service(path, &question).await.map_err(Unanswered::unexpected)?;
        let amount = answer.balance.map_or_else(|| "0".to_owned(), |coin| coin.amount);
        let amount: Uint128 = amount.parse().map_err(|error| malformed(path, &error))?;
        Ok(amount.u128())
    }
}

pub(crate) fn malformed(path: &str, error: &impl ToString) -> ChainError {
    ChainError::Decode { what: format!("the answer of {path}"), source: StdError::generic_err(error.to_string()) }
}
