//! The sections of the configuration, checked and typed.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use chain::{Deployment, WasmdOptions};
use cosmwasm_std::Decimal;

use super::{
    environment::{Environment, MNEMONIC},
    error::ConfigError,
    setting::{
        ChainId, Denom, GasCeiling, GasMargin, GasPrice, LogFormat, LogLevel, ObjectsUrl, Patience, Pause, PriceName,
        RpcUrl, Serve, Stagger, Stalled, Timeout,
    },
    values::Values,
};

type Result<T> = std::result::Result<T, ConfigError>;

/// `[chain]`: the node and what it is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSettings {
    /// The node's RPC.
    pub rpc: RpcUrl,
    /// The chain.
    pub chain_id: String,
    /// Native coin that gas is paid in.
    pub denom: String,
    /// Price of a unit of gas, in the native coin.
    pub gas_price: Decimal,
    /// What simulated gas is multiplied by.
    pub gas_margin: Decimal,
    /// The most gas of one transaction.
    pub gas_ceiling: u64,
    /// File with the contracts' addresses.
    pub deployment: PathBuf,
    /// Between two looks at the chain.
    pub block_poll: Duration,
    /// How long a sent transaction is looked for while the node does not answer.
    pub confirm_timeout: Duration,
}

impl ChainSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            rpc: values.get("chain.rpc")?,
            chain_id: values.get::<ChainId>("chain.chain_id")?.0,
            denom: values.get::<Denom>("chain.denom")?.0,
            gas_price: values.get::<GasPrice>("chain.gas_price")?.0,
            gas_margin: values.get::<GasMargin>("chain.gas_margin")?.0,
            gas_ceiling: values.get::<GasCeiling>("chain.gas_ceiling")?.0,
            deployment: values.path("chain.deployment")?,
            block_poll: values.get::<Pause>("chain.block_poll")?.0,
            confirm_timeout: values.get::<Timeout>("chain.confirm_timeout")?.0,
        })
    }

    /// What a client of the node is made with.
    pub fn wasmd(&self) -> WasmdOptions {
        WasmdOptions {
            denom: self.denom.clone(),
            gas_price: self.gas_price,
            gas_margin: self.gas_margin,
            gas_ceiling: self.gas_ceiling,
            confirm_timeout: self.confirm_timeout,
            ..WasmdOptions::new(self.rpc.as_str(), &self.chain_id)
        }
    }
}

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file with a phrase.
    MnemonicFile(PathBuf),
    /// A file with a key as hex digits.
    KeyFile(PathBuf),
    /// The variable `ORACLE_MNEMONIC`.
    Environment,
}

impl KeySource {
    pub(super) fn read(values: &Values, environment: &Environment) -> Result<Self> {
        let mnemonic = values.optional_path("key.mnemonic_file")?.map(Self::MnemonicFile);
        let key = values.optional_path("key.key_file")?.map(Self::KeyFile);
        let variable = environment.mnemonic().map(|_| Self::Environment);
        let mut sources = [mnemonic, key, variable].into_iter().flatten();
        match (sources.next(), sources.next()) {
            (None, _) => Err(ConfigError::NoKey(values.file().to_owned())),
            (Some(one), None) => Ok(one),
            (Some(one), Some(other)) => {
                Err(ConfigError::TwoKeys { one: one.place(values), other: other.place(values) })
            }
        }
    }

    fn place(&self, values: &Values) -> String {
        match self {
            Self::MnemonicFile(_) => values.locate("key.mnemonic_file").to_string(),
            Self::KeyFile(_) => values.locate("key.key_file").to_string(),
            Self::Environment => MNEMONIC.to_owned(),
        }
    }
}

/// `[objects]`: published objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectsSettings {
    /// Where they are.
    pub url: ObjectsUrl,
    /// The part of the commit window in which missing objects are waited for, in thousandths.
    pub patience: u64,
    /// File with the keys of private DataNets.
    pub datanet_keys: Option<PathBuf>,
}

impl ObjectsSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        let url = match values.get("objects.url")? {
            ObjectsUrl::Folder(path) => ObjectsUrl::Folder(values.home().join(path)),
            bucket => bucket,
        };
        Ok(Self {
            url,
            patience: values.get::<Patience>("objects.patience")?.0,
            datanet_keys: values.optional_path("objects.datanet_keys")?,
        })
    }
}

/// `[models]`: what is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelsSettings {
    /// Whose rounds.
    pub serve: Serve,
}

impl ModelsSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self { serve: values.get("models.serve")? })
    }
}

/// `[serve]`: the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeSettings {
    /// Address.
    pub listen: SocketAddr,
    /// Models that are served, of those that name this account.
    pub models: Serve,
    /// Answers side by side.
    pub sequences: u64,
    /// Their keys and values, in MiB.
    pub cache_mib: u64,
    /// Tokens of an answer.
    pub answer_tokens: u64,
    /// How long it may take.
    pub answer_time: Duration,
    /// The largest request, in KiB.
    pub body_kib: u64,
    /// Requests at a time.
    pub requests_at_once: u64,
    /// Requests of an address in a second.
    pub per_second: u64,
    /// Requests of an address at once.
    pub burst: u64,
    /// How long corrections wait for a curator.
    pub correction_wait: Duration,
}

impl ServeSettings {
    /// The defaults of a written configuration.
    ///
    /// # Errors
    /// Never in practice: defaults are good.
    pub fn standard() -> Result<Self> {
        let nothing = Environment::default();
        Self::read(&Values::of_text("", Path::new("oracle.toml"), &nothing)?)
    }

    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            listen: private(values, "serve.listen", Some("serve.allow_public"))?,
            models: values.get("serve.models")?,
            sequences: values.get("serve.sequences")?,
            cache_mib: values.get("serve.cache_mib")?,
            answer_tokens: values.get("serve.answer_tokens")?,
            answer_time: values.get::<Timeout>("serve.answer_time")?.0,
            body_kib: values.get("serve.body_kib")?,
            requests_at_once: values.get("serve.requests_at_once")?,
            per_second: values.get("serve.per_second")?,
            burst: values.get("serve.burst")?,
            correction_wait: Duration::from_secs(values.get::<u64>("serve.correction_wait")?.min(30 * 86_400)),
        })
    }
}

/// `[pay]`: the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaySettings {
    /// The gateway's address.
    pub gateway: RpcUrl,
    /// Address of the proxy; never one that other machines reach.
    pub listen: SocketAddr,
    /// The price that is paid.
    pub price: String,
    /// What a channel is opened with, in uopen.
    pub deposit: u64,
    /// The most of a call, in uopen.
    pub per_call: u64,
    /// The most of a day, in uopen.
    pub per_day: u64,
    /// Calls of a model at a time.
    pub at_once: u64,
}

impl PaySettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            gateway: values.get("pay.gateway")?,
            listen: private(values, "pay.listen", None)?,
            price: values.get::<PriceName>("pay.price")?.0,
            deposit: values.get("pay.deposit")?,
            per_call: values.get("pay.per_call")?,
            per_day: values.get("pay.per_day")?,
            at_once: values.get("pay.at_once")?,
        })
    }
}

/// An address that no other machine reaches, unless a key allows it.
fn private(values: &Values, key: &'static str, allowed_by: Option<&'static str>) -> Result<SocketAddr> {
    let listen: SocketAddr = values.get(key)?;
    let is_allowed = allowed_by.map_or(Ok(false), |allows| values.get(allows))?;
    if !listen.ip().is_loopback() && !is_allowed {
        return Err(ConfigError::Public { at: values.locate(key), found: listen.to_string(), allowed_by });
    }
    Ok(listen)
}

/// `[duties]`: what is done beside measuring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutiesSettings {
    /// Opens rounds of fees.
    pub open: bool,
    /// Opens valuation rounds.
    pub open_valuations: bool,
    /// Ends commit windows and runs the first pass.
    pub aggregate: bool,
    /// Runs the second pass.
    pub advance: bool,
    /// The smallest amount of rewards that is withdrawn, in uopen; `None` leaves them where they are.
    pub claim_above: Option<u128>,
    /// Seconds between the operators' turns.
    pub stagger: u64,
}

impl DutiesSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        let claims: bool = values.get("duties.claim")?;
        let least: u64 = values.get("duties.claim_above")?;
        Ok(Self {
            open: values.get("duties.open")?,
            open_valuations: values.get("duties.open_valuations")?,
            aggregate: values.get("duties.aggregate")?,
            advance: values.get("duties.advance")?,
            claim_above: claims.then_some(u128::from(least)),
            stagger: values.get::<Stagger>("duties.stagger")?.0,
        })
    }
}

/// `[compute]`: the influence job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputeSettings {
    /// Threads; `None` takes all.
    pub threads: Option<u64>,
    /// Folder of derived data.
    pub cache: PathBuf,
    /// Its largest size, in MiB.
    pub cache_limit_mib: u64,
}

impl ComputeSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        let unless_zero = |number: u64| (number > 0).then_some(number);
        Ok(Self {
            threads: unless_zero(values.get("compute.threads")?),
            cache: values.path("compute.cache")?,
            cache_limit_mib: values.get("compute.cache_limit_mib")?,
        })
    }
}

/// `[watch]`: when somebody should look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// Raises an alert when a median is out of tolerance.
    pub alert: bool,
    /// Rounds that the native balance should pay for.
    pub rounds_of_gas: u64,
    /// Free disk that there should be, in MiB.
    pub free_disk_mib: u64,
    /// Difference of the clocks that is nothing to worry about.
    pub clock_tolerance: Duration,
}

impl WatchSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self {
            alert: values.get("watch.alert")?,
            rounds_of_gas: values.get("watch.rounds_of_gas")?,
            free_disk_mib: values.get("watch.free_disk_mib")?,
            clock_tolerance: values.get::<Timeout>("watch.clock_tolerance")?.0,
        })
    }
}

/// `[log]`: what is written about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How.
    pub format: LogFormat,
    /// What: a level or filters.
    pub level: String,
}

impl LogSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        Ok(Self { format: values.get("log.format")?, level: values.get::<LogLevel>("log.level")?.0 })
    }
}

/// `[http]`: what others can ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Address.
    pub listen: SocketAddr,
    /// Time without a turn after which the loop hangs.
    pub stalled_after: Duration,
}

impl HttpSettings {
    pub(super) fn read(values: &Values) -> Result<Self> {
        let listen = private(values, "http.listen", Some("http.allow_public"))?;
        Ok(Self { listen, stalled_after: values.get::<Stalled>("http.stalled_after")?.0 })
    }
}

/// Reads a file with the contracts' addresses; what else stands in it is for others.
pub(super) fn deployment(path: &Path) -> std::result::Result<Deployment, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read ({error})"))?;
    let mut parts: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|error| format!("is no JSON object ({error})"))?;
    parts.retain(|name, _| ADDRESSES.contains(&name.as_str()));
    serde_json::from_value(parts.into()).map_err(|error| format!("names no deployment ({error})"))
}

/// The fields of a deployment that callers need.
const ADDRESSES: [&str; 7] = ["chain_id", "open_token", "datanet", "model", "attribution", "settlement", "timelock"];
