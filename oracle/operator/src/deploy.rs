//! `oracle deploy`: all contracts onto a chain, once. What was begun is finished, never begun again beside itself.
//!
//! [`parameters`] says what with, [`progress`] is kept on disk, [`recover`] finds on the chain what a killed run did without having
//! written it down, [`verify`] reads everything back.

mod parameters;
mod progress;
mod recover;
mod verify;

use std::{path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail, ensure};
use chain::{
    ADDRESS_PREFIX, Admin, Admins, ChainError, DeployConfig, DeployRequest, NodeDeployment, Signer, WasmdClient,
    WasmdOptions,
};
use clap::Args;
use cosmwasm_std::{Addr, Decimal, Uint128};
use protocol::Seconds;

pub use parameters::{EXAMPLE, Parameters};
use progress::{Begun, ProgressFile};

/// Options of `oracle deploy`.
#[derive(Clone, Debug, Args)]
pub struct DeployArguments {
    /// The node's RPC, as http://127.0.0.1:26657.
    #[arg(long, env = "ORACLE_CHAIN__RPC", required_unless_present = "print_parameters")]
    pub rpc: Option<String>,
    /// The chain that the node must be of.
    #[arg(long, env = "ORACLE_CHAIN__CHAIN_ID", required_unless_present = "print_parameters")]
    pub chain_id: Option<String>,
    /// The native coin that fees are paid in.
    #[arg(long, default_value = "stake")]
    pub denom: String,
    /// Price of a unit of gas, in that coin.
    #[arg(long, default_value = "0.001")]
    pub gas_price: Decimal,
    /// File with governance's phrase of 24 words, readable by its owner only. Governance pays, owns the contracts and proposes to the timelock.
    #[arg(long, group = "governance")]
    pub mnemonic: Option<PathBuf>,
    /// File with governance's key instead: 64 hex digits, readable by its owner only.
    #[arg(long, group = "governance")]
    pub key: Option<PathBuf>,
    /// Folder of the wasm modules and their checksums, as scripts/build-wasm makes it.
    #[arg(long, default_value = "artifacts")]
    pub artifacts: PathBuf,
    /// Where to write which contract is where.
    #[arg(long, default_value = "deployment.json")]
    pub out: PathBuf,
    /// Who may migrate datanet, model and attribution: timelock, none, or an address.
    #[arg(long, default_value = "timelock")]
    pub admin: AdminChoice,
    /// Who may migrate settlement: timelock, none, or an address.
    #[arg(long, default_value = "timelock")]
    pub settlement_admin: AdminChoice,
    /// Time from an announcement of the timelock until anyone can execute it, in seconds; 1 second to 365 days.
    #[arg(long, default_value_t = 600)]
    pub timelock_delay: u64,
    /// File with the contracts' parameters; `--print-parameters` writes one with all defaults.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Who holds OPEN at the start, as ADDRESS=UOPEN; several times, and beside those of the file. Governance holds 10^15 uopen if nobody is named.
    #[arg(long = "balance", value_name = "ADDRESS=UOPEN")]
    pub balances: Vec<Balance>,
    /// Deploy anew, even if there is a deployment or one was begun; what was deployed before stays on the chain, unused.
    #[arg(long)]
    pub fresh: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Print the contracts' parameters with their defaults, and do nothing else.
    #[arg(long)]
    pub print_parameters: bool,
}

/// Who may migrate a contract, as it is said on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminChoice(Admin);

impl FromStr for AdminChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "timelock" => Ok(Self(Admin::Timelock)),
            "none" => Ok(Self(Admin::Nobody)),
            address => account(address).map(Admin::Account).map(Self),
        }
    }
}

/// OPEN of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance(pub Addr, pub Uint128);

impl FromStr for Balance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, amount) = text.split_once('=').ok_or("write ADDRESS=UOPEN")?;
        let amount = amount.parse::<u128>().map_err(|error| format!("{amount:?} is no amount of uopen ({error})"))?;
        Ok(Self(account(address)?, Uint128::new(amount)))
    }
}

/// The chain itself checks the rest of an address.
fn account(text: &str) -> Result<Addr, String> {
    let of_this_chain = text.strip_prefix(ADDRESS_PREFIX).is_some_and(|rest| rest.starts_with('1'));
    if of_this_chain {
        return Ok(Addr::unchecked(text));
    }
    Err(format!("{text:?} is no address of this chain: they begin with {ADDRESS_PREFIX}1"))
}

/// Deploys, or finishes, or shows what is deployed already; `false` if what the chain has is not what was to be deployed.
///
/// # Errors
/// Whatever kept it from running. What was done stays done and is found again.
pub async fn run(arguments: DeployArguments) -> Result<bool> {
    if arguments.print_parameters {
        print!("{EXAMPLE}");
        return Ok(true);
    }
    let governance = signer(&arguments)?;
    let client = WasmdClient::connect(options(&arguments)?).await.context("cannot use the node")?;
    let file = ProgressFile::beside(&arguments.out);
    let _alone = file.lock()?;
    let deployed = match existing(&client, &arguments, &file).await? {
        Some(deployed) => deployed,
        None => deploy(&client, &governance, &arguments, &file).await?,
    };
    let verified = verify::read_back(&client, &deployed, &arguments.artifacts).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&verified)?);
    } else {
        print!("{verified}");
    }
    Ok(verified.holds())
}

/// A deployment that is whole, unless another is wanted.
async fn existing(
    client: &WasmdClient,
    arguments: &DeployArguments,
    file: &ProgressFile,
) -> Result<Option<NodeDeployment>> {
    if arguments.fresh {
        file.forget()?;
        return Ok(None);
    }
    let Some(found) = progress::read_deployment(&arguments.out)? else { return Ok(None) };
    let (path, chain_id) = (arguments.out.display(), &client.options().chain_id);
    let at = &found.deployment;
    ensure!(
        at.chain_id == *chain_id,
        "{path} is of the chain {}, not {chain_id}: name another file with --out, or deploy anew with --fresh",
        at.chain_id,
    );
    match client.contract_info(at.settlement.as_str()).await {
        Ok(_) => eprintln!("oracle: deployed already, as {path} says; --fresh deploys anew"),
        Err(ChainError::NotFound { .. }) => {
            bail!("{path} names contracts that the chain does not have: was it reset? --fresh deploys anew")
        }
        Err(error) => return Err(error).context("cannot ask for the contracts"),
    }
    Ok(Some(found))
}

async fn deploy(
    client: &WasmdClient,
    governance: &Signer,
    arguments: &DeployArguments,
    file: &ProgressFile,
) -> Result<NodeDeployment> {
    let parameters = Parameters::read(arguments.config.as_deref())?;
    let config = deploy_config(arguments, &parameters, governance);
    let begun = match file.read()? {
        Some(begun) => {
            begun.check_same(&config, &client.options().chain_id, file)?;
            recover::catch_up(client, begun, &arguments.artifacts).await?
        }
        None => Begun::now(client, config).await?,
    };
    file.write(&begun)?;
    let config = begun.config();
    let request = DeployRequest { config: &config, governance, artifacts: &arguments.artifacts };
    let save = |progress: &chain::DeployProgress| {
        eprintln!("oracle: {}", progress::told(progress));
        file.write(&begun.at(progress))
            .map_err(|error| ChainError::Setting { name: "out", reason: format!("{error:#}") })
    };
    let deployed = client.deploy(request, begun.progress.clone(), save).await.with_context(|| {
        format!("the deployment has stopped; the same command goes on with it ({} says how far it is)", file.display())
    })?;
    progress::write_deployment(&arguments.out, &deployed)?;
    file.forget()?;
    Ok(deployed)
}

fn deploy_config(arguments: &DeployArguments, parameters: &Parameters, governance: &Signer) -> DeployConfig {
    let admins = Admins {
        contracts: arguments.admin.0.clone(),
        settlement: arguments.settlement_admin.0.clone(),
        timelock_delay: Seconds(arguments.timelock_delay),
    };
    let named = arguments.balances.iter().map(|Balance(account, amount)| (account.clone(), *amount)).collect();
    parameters.deploy_config(Addr::unchecked(governance.address()), named, admins)
}

fn signer(arguments: &DeployArguments) -> Result<Signer> {
    let (path, loaded) = match (&arguments.mnemonic, &arguments.key) {
        (Some(path), _) => (path, Signer::load_mnemonic(path)),
        (None, Some(path)) => (path, Signer::load(path)),
        (None, None) => bail!("who deploys? name governance's phrase with --mnemonic FILE or its key with --key FILE"),
    };
    loaded.with_context(|| format!("cannot use the key {}", path.display()))
}

fn options(arguments: &DeployArguments) -> Result<WasmdOptions> {
    let rpc = arguments.rpc.as_deref().context("which node? name it with --rpc")?;
    let chain_id = arguments.chain_id.as_deref().context("which chain? name it with --chain-id")?;
    Ok(WasmdOptions {
        denom: arguments.denom.clone(),
        gas_price: arguments.gas_price,
        ..WasmdOptions::new(rpc, chain_id)
    })
}
