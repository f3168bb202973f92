//! The order of a deployment, the same on every chain: a contract comes after those that it names, then those before it are told about
//! it. All messages are governance's.
//!
//! A plan knows no chain. Whoever follows it takes [`DeployPlan::next`], does it, and reports to [`DeployPlan::done`]; a deployment
//! that stopped goes on by reporting again what was done.

use std::{collections::BTreeMap, fmt};

use cosmwasm_std::Addr;
use protocol::Seconds;
use serde_json::Value;

use super::{Admin, DeployConfig, Deployment, messages};
use crate::Code;

/// One transaction of governance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Makes an instance of a code; [`Code::label`] is its label.
    Instantiate {
        /// The code.
        code: Code,
        /// The message, as JSON.
        msg: Value,
        /// Who may migrate it; nobody, for good, if none.
        admin: Option<Addr>,
    },
    /// Hands the right to migrate a contract over.
    SetAdmin {
        /// The contract, of which governance is the admin.
        contract: Addr,
        /// The new admin.
        admin: Addr,
    },
    /// Tells a contract about those that were deployed after it; each can be told once.
    Execute {
        /// The contract.
        contract: Addr,
        /// The message, as JSON.
        msg: Value,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instantiate { code, .. } => write!(f, "instantiate {}", code.label()),
            Self::SetAdmin { contract, admin } if contract == admin => write!(f, "make {contract} its own admin"),
            Self::SetAdmin { contract, admin } => write!(f, "make {admin} the admin of {contract}"),
            Self::Execute { contract, .. } => write!(f, "wire {contract}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Instantiate(Code),
    /// No account but the timelock itself may migrate it: what it would do at once is announced first too.
    OwnAdmin,
    Wire(Code),
}

const CONTRACTS: [Stage; 8] = [
    Stage::Instantiate(Code::OpenToken),
    Stage::Instantiate(Code::Datanet),
    Stage::Instantiate(Code::Model),
    Stage::Instantiate(Code::Attribution),
    Stage::Instantiate(Code::Settlement),
    Stage::Wire(Code::Datanet),
    Stage::Wire(Code::Model),
    Stage::Wire(Code::Attribution),
];

/// A deployment under way.
#[derive(Clone, Debug)]
pub struct DeployPlan {
    config: DeployConfig,
    chain_id: String,
    genesis: Seconds,
    stake_code_id: u64,
    stages: Vec<Stage>,
    steps_done: usize,
    addresses: BTreeMap<Code, Addr>,
}

impl DeployPlan {
    /// The plan of a configuration for a chain; `genesis` is the start of epoch 0, and `model` makes stakes from `stake_code_id`.
    pub fn new(config: &DeployConfig, chain_id: String, genesis: Seconds, stake_code_id: u64) -> Self {
        let timelock: &[Stage] = match config.admins.need_timelock() {
            true => &[Stage::Instantiate(Code::Timelock), Stage::OwnAdmin],
            false => &[],
        };
        Self {
            config: config.clone(),
            chain_id,
            genesis,
            stake_code_id,
            stages: [timelock, &CONTRACTS].concat(),
            steps_done: 0,
            addresses: BTreeMap::new(),
        }
    }

    /// The codes that the chain must hold before the first step.
    pub fn codes(config: &DeployConfig) -> Vec<Code> {
        let needed = |code: &Code| *code != Code::Timelock || config.admins.need_timelock();
        Code::ALL.into_iter().filter(needed).collect()
    }

    /// All steps, done or not.
    pub fn steps(&self) -> usize {
        self.stages.len()
    }

    /// Steps that are done.
    pub fn steps_done(&self) -> usize {
        self.steps_done
    }

    /// What is to be done now; `None` at the end.
    pub fn next(&self) -> Option<Step> {
        self.stages.get(self.steps_done).map(|stage| self.step(*stage))
    }

    /// Reports that the next step is done. After [`Step::Instantiate`], and only then, something was created.
    pub fn done(&mut self, created: Option<Addr>) {
        if let (Some(Stage::Instantiate(code)), Some(address)) = (self.stages.get(self.steps_done), created) {
            self.addresses.insert(*code, address);
        }
        self.steps_done += 1;
    }

    /// Where the contracts are; `None` before the end.
    pub fn finish(&self) -> Option<Deployment> {
        if self.steps_done < self.stages.len() {
            return None;
        }
        Some(Deployment {
            chain_id: self.chain_id.clone(),
            open_token: self.address(Code::OpenToken),
            datanet: self.address(Code::Datanet),
            model: self.address(Code::Model),
            attribution: self.address(Code::Attribution),
            settlement: self.address(Code::Settlement),
            timelock: self.addresses.get(&Code::Timelock).cloned(),
        })
    }

    fn step(&self, stage: Stage) -> Step {
        match stage {
            Stage::Instantiate(code) => {
                Step::Instantiate { code, msg: self.instantiation(code), admin: self.admin(code) }
            }
            Stage::OwnAdmin => {
                let contract = self.address(Code::Timelock);
                Step::SetAdmin { admin: contract.clone(), contract }
            }
            Stage::Wire(code) => Step::Execute { contract: self.address(code), msg: self.wiring(code) },
        }
    }

    fn instantiation(&self, code: Code) -> Value {
        let at = |code| self.address(code);
        match code {
            Code::OpenToken => messages::open_token(&self.config),
            Code::Datanet => messages::datanet(&self.config, &at(Code::OpenToken)),
            Code::Model => messages::model(&self.config, &at(Code::Datanet), &at(Code::OpenToken), self.stake_code_id),
            Code::Attribution => messages::attribution(&self.config, &at(Code::OpenToken), &at(Code::Model)),
            Code::Settlement => messages::settlement(&self.config, at, self.genesis),
            Code::Timelock => messages::timelock(&self.config),
            Code::Stake => unreachable!("`model` makes the stakes"),
        }
    }

    fn wiring(&self, code: Code) -> Value {
        let at = |code| self.address(code);
        match code {
            Code::Datanet => messages::wire_datanet(&at(Code::Model), &at(Code::Settlement)),
            Code::Model => messages::wire_model(&at(Code::Attribution), &at(Code::Settlement)),
            _ => messages::wire_attribution(&at(Code::Settlement)),
        }
    }

    fn admin(&self, code: Code) -> Option<Addr> {
        let chosen = match code {
            Code::OpenToken | Code::Stake => return None,
            // Until the next step: nothing can be its own admin before it exists.
            Code::Timelock => return Some(self.config.governance.clone()),
            Code::Datanet | Code::Model | Code::Attribution => &self.config.admins.contracts,
            Code::Settlement => &self.config.admins.settlement,
        };
        match chosen {
            Admin::Nobody => None,
            Admin::Timelock => Some(self.address(Code::Timelock)),
            Admin::Account(account) => Some(account.clone()),
        }
    }

    fn address(&self, code: Code) -> Addr {
        self.addresses.get(&code).cloned().expect("a step names only contracts of steps before it")
    }
}
