//! Instances of contracts: made and migrated.

use cosmwasm_std::{Addr, Empty, WasmMsg};
use cw_multi_test::{Contract, Executor as _};
use serde::Serialize;

use crate::{ChainError, Code, EmbeddedChain, error::Rejection};

impl EmbeddedChain {
    /// Instantiates a contract of the chain's codes; `admin` may migrate it.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn instantiate(
        &mut self,
        code: Code,
        sender: &Addr,
        msg: &impl Serialize,
        admin: Option<&Addr>,
    ) -> Result<Addr, ChainError> {
        let created = self.app.instantiate_contract(
            code.id(),
            sender.clone(),
            msg,
            &[],
            code.label(),
            admin.map(Addr::to_string),
        );
        let address =
            created.map_err(|error| ChainError::Rejected(Rejection { contract: code.label().to_owned(), error }))?;
        self.pass_blocks(1);
        Ok(address)
    }

    /// Instantiates a contract that is none of this project's, as anyone may on a public chain. A saved chain does not keep its code.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn instantiate_foreign(
        &mut self,
        contract: Box<dyn Contract<Empty>>,
        sender: &Addr,
    ) -> Result<Addr, ChainError> {
        let code = self.app.store_code(contract);
        let created = self.app.instantiate_contract(code, sender.clone(), &Empty {}, &[], "foreign", None);
        let address =
            created.map_err(|error| ChainError::Rejected(Rejection { contract: "foreign".to_owned(), error }))?;
        self.pass_blocks(1);
        Ok(address)
    }

    /// Migrates a contract to a code.
    ///
    /// # Errors
    /// If the sender may not, or the contract refuses.
    pub fn migrate(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        code: Code,
        msg: &impl Serialize,
    ) -> Result<(), ChainError> {
        let migrated = self.app.migrate_contract(sender.clone(), contract.clone(), msg, code.id());
        migrated.map_err(|error| ChainError::Rejected(Rejection { contract: contract.to_string(), error }))?;
        self.pass_blocks(1);
        self.check(&[])
    }

    /// Makes another account a contract's admin.
    ///
    /// # Errors
    /// If the sender is not its admin.
    pub fn set_admin(&mut self, sender: &Addr, contract: &Addr, admin: &Addr) -> Result<(), ChainError> {
        let msg = WasmMsg::UpdateAdmin { contract_addr: contract.to_string(), admin: admin.to_string() };
        let set = self.app.execute(sender.clone(), msg.into());
        set.map_err(|error| ChainError::Rejected(Rejection { contract: contract.to_string(), error }))?;
        self.pass_blocks(1);
        self.check(&[])
    }

    /// Who may migrate a contract.
    ///
    /// # Errors
    /// If there is no contract at the address.
    pub fn admin(&self, contract: &Addr) -> Result<Option<Addr>, ChainError> {
        let data = self.app.contract_data(contract);
        let data = data.map_err(|error| ChainError::Rejected(Rejection { contract: contract.to_string(), error }))?;
        Ok(data.admin)
    }
}
