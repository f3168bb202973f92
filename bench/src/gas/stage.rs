//! The devnet with all contracts, who acts on it, and the log of what each message cost.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use chain::{
    Admins, DeployConfig, DeployProgress, DeployRequest, Execute, NodeDeployment, Receipt, Signer, WasmdClient,
    WasmdOptions,
};
use cosmwasm_std::{Addr, Uint128};
use cw20::Cw20ExecuteMsg;
use futures::future::try_join_all;
use protocol::{Seconds, settlement};
use rules::{clock::Clock, hash::Domain};
use serde::{Deserialize, Serialize};

use super::Size;
use crate::record::Record;

/// Length of an epoch: short, for rounds wait for them.
const EPOCH: Seconds = Seconds(16);
/// OPEN of each account, in uopen.
const OPEN_EACH: u128 = 1_000_000_000_000;
/// OPEN of each account that comes later, in uopen.
const OPEN_LATER: u128 = 2_000_000_000;
/// Native coins of each account, for fees.
const COINS_EACH: u128 = 100_000_000_000;
/// How many operators.
pub const OPERATORS: usize = 5;
/// How many contributors share the contributions.
pub const CONTRIBUTORS: usize = 8;
/// Accounts that open rounds, claim from the airdrop, or only receive.
pub const GUESTS: usize = 6;

/// What is left of `devnet.json` here.
#[derive(Deserialize)]
struct Devnet {
    chain_id: String,
    rpc: String,
    accounts: Vec<Funded>,
}

#[derive(Deserialize)]
struct Funded {
    name: String,
    mnemonic_file: PathBuf,
}

/// What a kind of message cost.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// Gas used.
    pub gas: u64,
    /// Size of the transactions.
    pub bytes: u64,
}

impl From<&Receipt> for Cost {
    fn from(receipt: &Receipt) -> Self {
        Self { gas: receipt.gas_used, bytes: receipt.bytes }
    }
}

impl Cost {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { gas: self.gas + other.gas, bytes: self.bytes + other.bytes }
    }
}

/// The devnet with all contracts.
pub struct Stage {
    /// Shared by all signers: one writer per key.
    pub client: WasmdClient,
    /// Where the contracts are.
    pub at: NodeDeployment,
    /// Governs, owns the models and the DataNet, serves, and pays.
    pub owner: Signer,
    /// Operators of the method.
    pub operators: Vec<Signer>,
    /// Who contributes.
    pub contributors: Vec<Signer>,
    /// The model's and the DataNet's.
    pub curators: Vec<Signer>,
    /// Who takes part in nothing else.
    pub guests: Vec<Signer>,
    /// Codes of the contracts, the airdrop's too.
    pub codes: Vec<u64>,
    /// Folder of the wasm modules.
    pub artifacts: PathBuf,
    devnet: String,
    suffix: &'static str,
    log: Vec<(String, Cost)>,
}

impl Stage {
    /// Deploys the contracts to a running devnet and funds everybody.
    ///
    /// # Errors
    /// If the devnet does not run or was deployed to before.
    pub async fn deploy(size: &Size) -> Result<Self> {
        let devnet = read_devnet(&size.devnet)?;
        let owner = signer(&devnet, "governance")?;
        let mut options = WasmdOptions::new(devnet.rpc.clone(), devnet.chain_id.clone());
        options.gas_ceiling = 90_000_000;
        let client = WasmdClient::connect(options).await.context("is the devnet up? scripts/devnet up --name gas")?;
        let many = |name: &str, count| (1..=count).map(|n| Signer::from_seed_label(&format!("{name} {n}"))).collect();
        let (operators, contributors): (Vec<_>, Vec<_>) =
            (many("operator", OPERATORS), many("contributor", CONTRIBUTORS));
        let (curators, guests): (Vec<_>, Vec<_>) = (many("curator", 2), many("guest", GUESTS));
        let others: Vec<_> = [&operators, &contributors, &curators, &guests].into_iter().flatten().collect();
        let coins: Vec<_> = others.iter().map(|signer| (signer.address().to_owned(), COINS_EACH)).collect();
        client.send_coins(&signer(&devnet, "faucet")?, &coins).await?;
        let config = config(&owner, &others);
        let request = DeployRequest { config: &config, governance: &owner, artifacts: &size.artifacts };
        let at = client.deploy(request, DeployProgress::default(), |_| Ok(())).await?;
        let codes = at.code_ids.values().copied().collect();
        let (devnet, log) = (size.devnet.clone(), Vec::new());
        let artifacts = size.artifacts.clone();
        Ok(Self {
            client,
            at,
            owner,
            operators,
            contributors,
            curators,
            guests,
            codes,
            artifacts,
            devnet,
            suffix: "",
            log,
        })
    }

    /// Gives further accounts coins and OPEN, and has each send something: an account's first transaction stores its public key,
    /// and so costs more than others.
    ///
    /// # Errors
    /// If the chain refuses.
    pub async fn welcome(&self, accounts: &[&Signer]) -> Result<()> {
        let coins: Vec<_> = accounts.iter().map(|account| (account.address().to_owned(), COINS_EACH)).collect();
        self.client.send_coins(&signer(&read_devnet(&self.devnet)?, "faucet")?, &coins).await?;
        let token = self.at.deployment.open_token.as_str();
        let gifts = accounts.iter().map(|account| {
            let (recipient, amount) = (account.address().to_owned(), Uint128::new(OPEN_LATER));
            Ok(Execute::new(token, &Cw20ExecuteMsg::Transfer { recipient, amount })?)
        });
        self.client.execute_measured(&self.owner, gifts.collect::<Result<_>>()?).await?;
        let tick = settlement::ExecuteMsg::Tick {};
        try_join_all(accounts.iter().map(|account| self.execute(account, &self.at.deployment.settlement, &tick)))
            .await?;
        Ok(())
    }

    /// From now on records end in `suffix`.
    pub fn begin(&mut self, suffix: &'static str) {
        self.suffix = suffix;
    }

    /// Executes a message and notes its cost under a name; of several under one name the dearest is shown.
    ///
    /// # Errors
    /// If the contract refuses.
    pub async fn measured(
        &mut self,
        name: &str,
        signer: &Signer,
        contract: &Addr,
        msg: &impl Serialize,
    ) -> Result<Receipt> {
        let receipt = self.execute(signer, contract, msg).await.with_context(|| format!("while measuring {name}"))?;
        self.note(name, Cost::from(&receipt));
        Ok(receipt)
    }

    /// As [`Self::measured`], for OPEN sent with a message.
    ///
    /// # Errors
    /// If the contract refuses.
    pub async fn send_measured(
        &mut self,
        name: &str,
        signer: &Signer,
        contract: &Addr,
        amount: u128,
        hook: &impl Serialize,
    ) -> Result<Receipt> {
        let message = self.sending(contract, amount, hook)?;
        let receipt = self.client.execute_measured(signer, vec![message]).await;
        let receipt = receipt.with_context(|| format!("while measuring {name}"))?;
        self.note(name, Cost::from(&receipt));
        Ok(receipt)
    }

    /// Executes a message.
    ///
    /// # Errors
    /// If the contract refuses.
    pub async fn execute(&self, signer: &Signer, contract: &Addr, msg: &impl Serialize) -> Result<Receipt> {
        Ok(self.client.execute_measured(signer, vec![Execute::new(contract.as_str(), msg)?]).await?)
    }

    /// OPEN sent with a message, as a message.
    ///
    /// # Errors
    /// If the hook cannot be written as JSON.
    pub fn sending(&self, contract: &Addr, amount: u128, hook: &impl Serialize) -> Result<Execute> {
        let token = self.at.deployment.open_token.as_str();
        Ok(Execute::send_open(token, contract.as_str(), Uint128::new(amount), hook)?)
    }

    /// Notes a cost.
    pub fn note(&mut self, name: &str, cost: Cost) {
        self.log.push((format!("{name}{}", self.suffix), cost));
    }

    /// The clock of epochs.
    ///
    /// # Errors
    /// If settlement does not answer.
    pub async fn clock(&self) -> Result<Clock> {
        use chain::ChainClientExt as _;
        let query = protocol::settlement::QueryMsg::Config {};
        let config: protocol::settlement::Config =
            self.client.query(self.at.deployment.settlement.as_str(), &query).await?;
        Ok(Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() })
    }

    /// What a contract's digests are bound to.
    pub fn domain(&self, contract: &Addr) -> Domain {
        Domain { chain_id: self.at.deployment.chain_id.clone(), contract: contract.to_string() }
    }

    /// Has the devnet's governance pin all codes.
    ///
    /// # Errors
    /// If the proposal does not pass.
    pub fn pin(&self) -> Result<()> {
        let codes = self.codes.iter().map(u64::to_string);
        let script = root().join("scripts/devnet");
        let status = Command::new(script).args(["pin", "--name", &self.devnet]).args(codes).status()?;
        ensure!(status.success(), "scripts/devnet could not pin the codes");
        Ok(())
    }

    /// The records `{name, gas, bytes}`, in the order in which names were first noted.
    pub fn into_records(self) -> Vec<Record> {
        let mut order: Vec<String> = Vec::new();
        let mut dearest: BTreeMap<String, Cost> = BTreeMap::new();
        for (name, cost) in self.log {
            if !dearest.contains_key(&name) {
                order.push(name.clone());
            }
            let known = dearest.entry(name).or_default();
            if cost.gas > known.gas {
                *known = cost;
            }
        }
        let record = |name: String| {
            let cost = dearest.get(&name).copied().unwrap_or_default();
            Record::new().text("name", name).count("gas", cost.gas).count("bytes", cost.bytes)
        };
        order.into_iter().map(record).collect()
    }
}

fn config(owner: &Signer, others: &[&Signer]) -> DeployConfig {
    let everyone = others.iter().copied().chain([owner]);
    let balances = everyone.map(|signer| (Addr::unchecked(signer.address()), Uint128::new(OPEN_EACH))).collect();
    DeployConfig {
        min_blocks: 1,
        epoch_length: EPOCH,
        reveal_period: Seconds(7_200),
        operator_delay: Seconds(1),
        notice_period: Seconds(1),
        // Short, since messages wait for them, and of as many digits as usual, which contracts read and pay for.
        appeal_period: Seconds(100),
        unbonding_period: Seconds(100),
        treasury_delay: Seconds(100),
        clean_rounds: 2,
        admins: Admins::NOBODY,
        ..DeployConfig::for_tests(Addr::unchecked(owner.address()), balances)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read_devnet(name: &str) -> Result<Devnet> {
    let path = root().join("devnet").join(format!("run-{name}")).join("devnet.json");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: start it with scripts/devnet up --name {name}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn signer(devnet: &Devnet, name: &str) -> Result<Signer> {
    let account = devnet.accounts.iter().find(|account| account.name == name);
    let account = account.with_context(|| format!("the devnet has no account {name}"))?;
    Ok(Signer::load_mnemonic(&account.mnemonic_file)?)
}
