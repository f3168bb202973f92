//! Code and instances: stored, made, migrated, governed, looked at; and native coins for who needs fees.

use std::io::Write as _;

use cosmrs::proto::{
    cosmos::bank::v1beta1::MsgSend,
    cosmwasm::wasm::v1::{
        MsgClearAdmin, MsgInstantiateContract, MsgMigrateContract, MsgStoreCode, MsgUpdateAdmin, QueryCodeRequest,
        QueryCodeResponse, QueryContractInfoRequest, QueryContractInfoResponse, QueryRawContractStateRequest,
        QueryRawContractStateResponse,
    },
};
use cosmwasm_std::{Addr, Coin, StdError, coin, from_json, to_json_vec};
use cw2::ContractVersion;
use flate2::{Compression, write::GzEncoder};
use protocol::Hash32;
use serde::{Deserialize, Serialize};

use super::{
    Receipt, WasmdClient,
    messages::{self, Batch, any},
    queries::{Unanswered, malformed},
    refusal,
};
use crate::{ChainError, Signer, TxOutcome, error::Result};

/// An instance to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instantiate {
    /// The code.
    pub code_id: u64,
    /// The instance's name for people.
    pub label: String,
    /// The message as JSON.
    pub msg: Vec<u8>,
    /// Who may migrate it.
    pub admin: Option<Addr>,
}

impl Instantiate {
    /// An instance that nobody may migrate.
    ///
    /// # Errors
    /// If the message cannot be written as JSON.
    pub fn new(code_id: u64, label: impl Into<String>, msg: &impl Serialize) -> Result<Self> {
        Ok(Self { code_id, label: label.into(), msg: json(msg)?, admin: None })
    }

    /// Who may migrate it.
    #[must_use]
    pub fn with_admin(mut self, admin: Option<Addr>) -> Self {
        self.admin = admin;
        self
    }
}

/// What the chain knows of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractInfo {
    /// Its code.
    pub code_id: u64,
    /// Who may migrate it.
    pub admin: Option<Addr>,
    /// Who made it.
    pub creator: Addr,
    /// Its name for people.
    pub label: String,
}

impl WasmdClient {
    /// Stores a wasm module, compressed on its way; returns its code id.
    ///
    /// # Errors
    /// If the chain refuses the module, or cannot be reached.
    pub async fn store_code(&self, signer: &Signer, wasm: &[u8]) -> Result<u64> {
        let stored = self.store_measured(signer, wasm).await?;
        told(&stored.outcome, "store_code", "code_id")
    }

    /// Stores a wasm module, and tells what it cost.
    ///
    /// # Errors
    /// As [`Self::store_code`].
    pub async fn store_measured(&self, signer: &Signer, wasm: &[u8]) -> Result<Receipt> {
        let compressed = gzip(wasm).map_err(|error| decode("a wasm module", &error))?;
        let message = MsgStoreCode {
            sender: signer.address().to_owned(),
            wasm_byte_code: compressed,
            instantiate_permission: None,
        };
        self.transact(signer, Batch::one("the code", &message)).await
    }

    /// Makes an instance; returns its address.
    ///
    /// # Errors
    /// If the contract refuses, or the chain cannot be reached.
    pub async fn instantiate(&self, signer: &Signer, instance: Instantiate) -> Result<Addr> {
        let made = self.instantiate_measured(signer, instance).await?;
        // Instances that the new one makes in turn follow it.
        told::<String>(&made.outcome, "instantiate", "_contract_address").map(Addr::unchecked)
    }

    /// Makes an instance, and tells what it cost.
    ///
    /// # Errors
    /// As [`Self::instantiate`].
    pub async fn instantiate_measured(&self, signer: &Signer, instance: Instantiate) -> Result<Receipt> {
        let message = MsgInstantiateContract {
            sender: signer.address().to_owned(),
            admin: instance.admin.map_or_else(String::new, Addr::into_string),
            code_id: instance.code_id,
            label: instance.label.clone(),
            msg: instance.msg,
            funds: Vec::new(),
        };
        self.transact(signer, Batch::one(instance.label, &message)).await
    }

    /// Migrates an instance to a code.
    ///
    /// # Errors
    /// If the signer is not its admin, the contract refuses, or the chain cannot be reached.
    pub async fn migrate(
        &self,
        signer: &Signer,
        contract: &Addr,
        code_id: u64,
        msg: &(impl Serialize + Sync),
    ) -> Result<TxOutcome> {
        let message = MsgMigrateContract {
            sender: signer.address().to_owned(),
            contract: contract.to_string(),
            code_id,
            msg: json(msg)?,
        };
        Ok(self.transact(signer, Batch::one(contract.as_str(), &message)).await?.outcome)
    }

    /// Gives the right to migrate an instance to another account.
    ///
    /// # Errors
    /// If the signer does not have it, or the chain cannot be reached.
    pub async fn update_admin(&self, signer: &Signer, contract: &Addr, admin: &Addr) -> Result<TxOutcome> {
        let message = MsgUpdateAdmin {
            sender: signer.address().to_owned(),
            new_admin: admin.to_string(),
            contract: contract.to_string(),
        };
        Ok(self.transact(signer, Batch::one(contract.as_str(), &message)).await?.outcome)
    }

    /// Gives up the right to migrate an instance, for good.
    ///
    /// # Errors
    /// If the signer does not have it, or the chain cannot be reached.
    pub async fn clear_admin(&self, signer: &Signer, contract: &Addr) -> Result<TxOutcome> {
        let message = MsgClearAdmin { sender: signer.address().to_owned(), contract: contract.to_string() };
        Ok(self.transact(signer, Batch::one(contract.as_str(), &message)).await?.outcome)
    }

    /// What the chain knows of an instance.
    ///
    /// # Errors
    /// [`ChainError::NotFound`], or if the chain cannot be reached.
    pub async fn contract_info(&self, contract: &str) -> Result<ContractInfo> {
        let path = "/cosmwasm.wasm.v1.Query/ContractInfo";
        let question = QueryContractInfoRequest { address: contract.to_owned() };
        let answer: QueryContractInfoResponse = match self.service(path, &question).await {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) => return Err(refusal::of_query(contract, refusal)),
            Err(error) => return Err(error.unexpected()),
        };
        let info = answer.contract_info.ok_or_else(|| malformed(path, &"nothing about the contract"))?;
        let admin = Some(info.admin).filter(|admin| !admin.is_empty()).map(Addr::unchecked);
        Ok(ContractInfo { code_id: info.code_id, admin, creator: Addr::unchecked(info.creator), label: info.label })
    }

    /// Name and version that an instance's code wrote down when it was instantiated or migrated, as cw2 has it.
    ///
    /// # Errors
    /// [`ChainError::NotFound`] if there is no such instance or it wrote down nothing, or if the chain cannot be reached.
    pub async fn contract_version(&self, contract: &str) -> Result<ContractVersion> {
        let path = "/cosmwasm.wasm.v1.Query/RawContractState";
        let query_data = cw2::CONTRACT.as_slice().to_vec();
        let question = QueryRawContractStateRequest { address: contract.to_owned(), query_data };
        let answer: QueryRawContractStateResponse = match self.service(path, &question).await {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) => return Err(refusal::of_query(contract, refusal)),
            Err(error) => return Err(error.unexpected()),
        };
        if answer.data.is_empty() {
            let reason = "it wrote down no version".to_owned();
            return Err(ChainError::NotFound { contract: contract.to_owned(), reason });
        }
        from_json(&answer.data)
            .map_err(|source| ChainError::Decode { what: format!("the version of {contract}"), source })
    }

    /// SHA-256 of a code's wasm module, as `artifacts/checksums.txt` has it.
    ///
    /// # Errors
    /// If there is no such code, or the chain cannot be reached.
    pub async fn code_checksum(&self, code_id: u64) -> Result<Hash32> {
        let path = "/cosmwasm.wasm.v1.Query/Code";
        let question = QueryCodeRequest { code_id };
        let answer: QueryCodeResponse = match self.service(path, &question).await {
            Ok(answer) => answer,
            Err(Unanswered::Refused(refusal)) => return Err(refusal::of_query(&format!("code {code_id}"), refusal)),
            Err(error) => return Err(error.unexpected()),
        };
        let hash = answer.code_info.unwrap_or_default().data_hash;
        hash.try_into().map(Hash32).map_err(|_| malformed(path, &"a hash of another length"))
    }

    /// Sends native coins to accounts, in one transaction.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], or if the chain cannot be reached.
    pub async fn send_coins(&self, signer: &Signer, to: &[(String, u128)]) -> Result<TxOutcome> {
        if to.is_empty() {
            return Err(ChainError::NoMessages);
        }
        let coins: Vec<Coin> = to.iter().map(|(_, amount)| coin(*amount, &self.options().denom)).collect();
        let messages = to.iter().zip(&coins).map(|((account, _), coin)| {
            any(&MsgSend {
                from_address: signer.address().to_owned(),
                to_address: account.clone(),
                amount: vec![messages::coin(coin)],
            })
        });
        let targets = to.iter().map(|(account, _)| account.clone()).collect();
        let batch = Batch { messages: messages.collect(), targets, sends: coins };
        Ok(self.transact(signer, batch).await?.outcome)
    }
}

/// An attribute that the chain tells of what it did.
fn told<T: std::str::FromStr>(outcome: &TxOutcome, event_type: &str, key: &str) -> Result<T> {
    let told = outcome.attribute(event_type, key).and_then(|value| value.parse().ok());
    told.ok_or_else(|| ChainError::Node(format!("no {key} in the events of {}", outcome.hash)))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn json(msg: &impl Serialize) -> Result<Vec<u8>> {
    to_json_vec(msg).map_err(|source| ChainError::Decode { what: "a message".to_owned(), source })
}

fn decode(what: &str, error: &impl ToString) -> ChainError {
    ChainError::Decode { what: what.to_owned(), source: StdError::generic_err(error.to_string()) }
}
