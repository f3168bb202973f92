//! Methods, operators, models and their versions.

use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use protocol::attribution::{self, ReceiveMsg};
use protocol::datanet::{self, Datanet};
use protocol::model::{
    Curatorship, ExecuteMsg, Model, ModelKind, NewModel, Price, QueryMsg, Terms, TrainedOn, UsedContribution,
    VersionManifest,
};
use protocol::{ContributionId, Hash32, MethodId, ModelId, Page};

use super::{World, id_of};
use crate::{ChainError, TxOutcome};

/// The world's model as it is created.
pub fn new_model(world: &World) -> NewModel {
    NewModel {
        name: "test-model".to_owned(),
        kind: ModelKind::Base,
        terms: world.setup.terms.clone(),
        prices: vec![Price::flat("standard", 1_000)],
        gateway: world.accounts.gateway.to_string(),
        method: world.method,
        curators: vec![world.accounts.model_curator.to_string()],
        parents: Vec::new(),
        stake: world.setup.stake.clone(),
    }
}

/// A manifest of a version trained on all of the world's DataNet, with every position of the model that is not noted as withdrawn.
pub fn version_manifest(world: &World) -> VersionManifest {
    let query = datanet::QueryMsg::Datanet { datanet: world.datanet };
    let datanet: Datanet = world.chain.query(&world.at.datanet, &query).expect("the DataNet exists");
    let positions = world.model_record().positions;
    let left_out: Binary = world.model(&QueryMsg::Withdrawn { model: world.model });
    VersionManifest {
        trained_on: vec![TrainedOn { datanet: datanet.id, version: datanet.version, root: datanet.root }],
        positions,
        left_out,
        training_hash: hash("training"),
        weights_hash: hash("weights"),
        uri: "https://models.test/version".to_owned(),
        work: Vec::new(),
    }
}

fn hash(name: &str) -> Hash32 {
    Hash32(rules::hash::digest("test-hash/v1", &[name.as_bytes()]))
}

impl World {
    /// Registers the world's method.
    pub fn add_method(&mut self) {
        let register = attribution::ExecuteMsg::RegisterMethod(self.setup.method.clone());
        let outcome = self.by_governance(&register).expect("the method is valid");
        self.method = MethodId(id_of(&outcome, "method_registered", "method"));
    }

    /// Admits and bonds all operators.
    pub fn bond_operators(&mut self) {
        for operator in self.accounts.operators.clone() {
            self.admit_operator(&operator).expect("the operator is new");
            self.bond_operator(&operator).expect("the operator is admitted and has OPEN");
        }
    }

    /// Admits an operator of the world's method.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn admit_operator(&mut self, operator: &Addr) -> Result<TxOutcome, ChainError> {
        self.by_governance(&attribution::ExecuteMsg::AdmitOperator {
            method: self.method,
            operator: operator.to_string(),
        })
    }

    /// Lets the time pass after which admissions and removals take effect.
    pub fn pass_operator_delay(&mut self) {
        let config: attribution::Config = self.attribution(&attribution::QueryMsg::Config {});
        self.chain.pass_time(config.operator_delay.get());
    }

    /// Removes an operator of the world's method.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn remove_operator(&mut self, operator: &Addr) -> Result<TxOutcome, ChainError> {
        self.by_governance(&attribution::ExecuteMsg::RemoveOperator {
            method: self.method,
            operator: operator.to_string(),
        })
    }

    /// Pays an operator's bond, or what is lacking of it.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn bond_operator(&mut self, operator: &Addr) -> Result<TxOutcome, ChainError> {
        let query = attribution::QueryMsg::Operator { method: self.method, account: operator.to_string() };
        let record: Result<attribution::Operator, _> = self.chain.query(&self.at.attribution, &query);
        let held = record.map_or(Uint128::zero(), |operator| operator.bond);
        let lacking = self.setup.method.bond.saturating_sub(held).u128();
        self.chain.send_open(operator, &self.at.attribution, lacking, &ReceiveMsg::Bond { method: self.method })
    }

    fn by_governance(&mut self, msg: &attribution::ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.chain.execute(&self.accounts.governance, &self.at.attribution, msg, &[])
    }

    /// Creates the world's model.
    pub fn add_model(&mut self) {
        let new = new_model(self);
        self.model = self.create_model(new).expect("the model is valid");
    }

    /// Creates a model of the world's owner.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn create_model(&mut self, new: NewModel) -> Result<ModelId, ChainError> {
        let outcome = self.by_owner(&ExecuteMsg::CreateModel(new))?;
        Ok(ModelId(id_of(&outcome, "model_created", "model")))
    }

    /// Appends all batches to the model's used contributions.
    pub fn append_all(&mut self) {
        let contributions = self.batches.iter().map(|batch| batch.id).collect();
        self.by_owner(&ExecuteMsg::AppendContributions { model: self.model, contributions })
            .expect("all batches are accepted");
    }

    /// Registers a version with [`version_manifest`].
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn register_version(&mut self) -> Result<TxOutcome, ChainError> {
        let manifest = version_manifest(self);
        self.register(manifest)
    }

    /// Registers a version.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn register(&mut self, manifest: VersionManifest) -> Result<TxOutcome, ChainError> {
        self.by_owner(&ExecuteMsg::RegisterVersion { model: self.model, manifest })
    }

    /// Changes the model's terms from the next epoch on.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn change_terms(&mut self, terms: Terms) -> Result<TxOutcome, ChainError> {
        self.by_owner(&ExecuteMsg::ChangeTerms { model: self.model, terms })
    }

    /// Notes that used contributions were withdrawn or slashed, as a stranger may.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn note_withdrawals(&mut self, contributions: Vec<ContributionId>) -> Result<TxOutcome, ChainError> {
        let note = ExecuteMsg::NoteWithdrawals { model: self.model, contributions };
        self.chain.execute(&self.accounts.stranger, &self.at.model, &note, &[])
    }

    /// Proposes validation examples and has both curators approve them.
    pub fn approve_validation(&mut self, count: u64) {
        let (model, root) = (self.model, hash(&format!("validation {}", self.chain.height())));
        let propose = ExecuteMsg::ProposeValidation {
            model,
            root,
            count: Uint64::new(count),
            uri: "https://models.test/validation".to_owned(),
        };
        self.by_owner(&propose).expect("the owner proposes");
        let used = self.used_contributions();
        let contribution = used.first().expect("the model uses a contribution").contribution;
        let curators = [
            (self.accounts.model_curator.clone(), Curatorship::Model {}),
            (self.accounts.datanet_curator.clone(), Curatorship::Datanet { contribution }),
        ];
        for (curator, on_behalf) in curators {
            let approve = ExecuteMsg::ApproveValidation { model, root, on_behalf };
            self.chain.execute(&curator, &self.at.model, &approve, &[]).expect("the curators approve");
        }
    }

    /// The model as it stands.
    pub fn model_record(&self) -> Model {
        self.model(&QueryMsg::Model { model: self.model })
    }

    /// The first hundred contributions that the model uses.
    pub fn used_contributions(&self) -> Vec<UsedContribution> {
        let page = Page { start_after: None, limit: Some(Page::MAX_LIMIT) };
        self.model(&QueryMsg::Used { model: self.model, page })
    }

    /// Asks `model`.
    pub fn model<T: serde::de::DeserializeOwned>(&self, query: &QueryMsg) -> T {
        self.chain.query(&self.at.model, query).expect("the model exists")
    }

    /// Sends a message to `model` as the model's owner.
    ///
    /// # Errors
    /// If the contract refuses.
    pub fn by_owner(&mut self, msg: &ExecuteMsg) -> Result<TxOutcome, ChainError> {
        self.chain.execute(&self.accounts.owner, &self.at.model, msg, &[])
    }
}
