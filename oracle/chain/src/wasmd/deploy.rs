//! All contracts onto a node: code stored, then the plan that every chain follows.

use std::{collections::BTreeMap, fs, path::Path};

use cosmwasm_std::Addr;
use protocol::Seconds;
use serde::{Deserialize, Serialize};
use testing::{Code, DeployPlan, Step};

use super::{Instantiate, WasmdClient};
use crate::{ChainError, DeployConfig, Deployment, Execute, Signer, error::Result};

/// What has been done of a deployment: kept on disk, it goes on from there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployProgress {
    /// Ids of stored codes, by name as in `artifacts/`.
    pub code_ids: BTreeMap<String, u64>,
    /// Start of epoch 0, once chosen.
    pub genesis: Option<u64>,
    /// What each step of the plan made, in order.
    pub done: Vec<Option<Addr>>,
}

/// A deployment on a node: what `deployment.json` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeDeployment {
    /// Addresses.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// Ids of the codes, by name as in `artifacts/`.
    pub code_ids: BTreeMap<String, u64>,
    /// Who may migrate a contract, by name; a contract that nobody may migrate is left out.
    pub admins: BTreeMap<String, Addr>,
    /// Who deployed and owns.
    pub governance: Addr,
}

/// A deployment to be made.
#[derive(Clone, Debug)]
pub struct DeployRequest<'a> {
    /// What with.
    pub config: &'a DeployConfig,
    /// Governance's key: it signs everything.
    pub governance: &'a Signer,
    /// Folder of the wasm modules.
    pub artifacts: &'a Path,
}

impl WasmdClient {
    /// Stores the code of all contracts, makes and wires them. `save` is called after every step with what has been done; given back as
    /// `progress`, the deployment goes on after it.
    ///
    /// # Errors
    /// If a module is missing, governance's key is not that of the configuration, a contract refuses, or the chain cannot be reached.
    pub async fn deploy(
        &self,
        request: DeployRequest<'_>,
        mut progress: DeployProgress,
        mut save: impl FnMut(&DeployProgress) -> Result<()> + Send,
    ) -> Result<NodeDeployment> {
        let DeployRequest { config, governance, artifacts } = request;
        governs(governance, config)?;
        for code in missing(config, &progress) {
            let id = self.store_code(governance, &module(artifacts, code)?).await?;
            progress.code_ids.insert(code.artifact().to_owned(), id);
            save(&progress)?;
        }
        let mut plan = self.plan(config, &mut progress).await?;
        while let Some(step) = plan.next() {
            tracing::info!(%step, done = plan.steps_done(), of = plan.steps(), "deploying");
            let created = self.take(governance, step, &progress.code_ids).await?;
            progress.done.push(created.clone());
            plan.done(created);
            save(&progress)?;
        }
        let deployment = plan.finish().ok_or_else(|| failed("the plan ended before its last step"))?;
        self.described(deployment, config, progress.code_ids).await
    }

    /// The plan, as far as it was done.
    async fn plan(&self, config: &DeployConfig, progress: &mut DeployProgress) -> Result<DeployPlan> {
        let genesis = match progress.genesis.or(config.genesis.map(|genesis| genesis.0)) {
            Some(genesis) => genesis,
            None => self.node().status().await?.time,
        };
        progress.genesis = Some(genesis);
        let stake = id(&progress.code_ids, Code::Stake)?;
        let mut plan = DeployPlan::new(config, self.options().chain_id.clone(), Seconds(genesis), stake);
        for created in &progress.done {
            plan.done(created.clone());
        }
        Ok(plan)
    }

    async fn take(&self, governance: &Signer, step: Step, ids: &BTreeMap<String, u64>) -> Result<Option<Addr>> {
        match step {
            Step::Instantiate { code, msg, admin } => {
                let instance = Instantiate::new(id(ids, code)?, code.label(), &msg)?.with_admin(admin);
                self.instantiate(governance, instance).await.map(Some)
            }
            Step::SetAdmin { contract, admin } => self.update_admin(governance, &contract, &admin).await.map(|_| None),
            Step::Execute { contract, msg } => {
                let message = Execute::new(contract, &msg)?;
                self.execute_measured(governance, vec![message]).await.map(|_| None)
            }
        }
    }

    /// Admins as the chain has them, not as they were asked for.
    async fn described(
        &self,
        deployment: Deployment,
        config: &DeployConfig,
        code_ids: BTreeMap<String, u64>,
    ) -> Result<NodeDeployment> {
        let mut admins = BTreeMap::new();
        for (name, contract) in named(&deployment) {
            if let Some(admin) = self.contract_info(contract.as_str()).await?.admin {
                admins.insert(name.to_owned(), admin);
            }
        }
        Ok(NodeDeployment { deployment, code_ids, admins, governance: config.governance.clone() })
    }
}

/// Codes that are still to be stored.
fn missing(config: &DeployConfig, progress: &DeployProgress) -> Vec<Code> {
    let mut codes = DeployPlan::codes(config);
    codes.retain(|code| !progress.code_ids.contains_key(code.artifact()));
    codes
}

fn named(at: &Deployment) -> Vec<(&'static str, &Addr)> {
    let contracts = [
        ("open_token", &at.open_token),
        ("datanet", &at.datanet),
        ("model", &at.model),
        ("attribution", &at.attribution),
        ("settlement", &at.settlement),
    ];
    contracts.into_iter().chain(at.timelock.as_ref().map(|timelock| ("timelock", timelock))).collect()
}

fn governs(signer: &Signer, config: &DeployConfig) -> Result<()> {
    if signer.address() == config.governance.as_str() {
        return Ok(());
    }
    let reason = format!("the key is of {}, governance is {}", signer.address(), config.governance);
    Err(ChainError::Setting { name: "governance", reason })
}

fn module(artifacts: &Path, code: Code) -> Result<Vec<u8>> {
    let path = artifacts.join(code.artifact()).with_extension("wasm");
    fs::read(&path).map_err(|error| {
        let reason = format!("cannot read {}: {error}; build it with scripts/build-wasm", path.display());
        ChainError::Setting { name: "artifacts", reason }
    })
}

fn id(ids: &BTreeMap<String, u64>, code: Code) -> Result<u64> {
    ids.get(code.artifact()).copied().ok_or_else(|| failed("a code was not stored"))
}

fn failed(what: &str) -> ChainError {
    ChainError::Setting { name: "progress", reason: what.to_owned() }
}
