//! What the node says: how it does, the clock, the contracts' versions, code and admins, and money for gas.

use chain::{ChainError, Checkup, Deployment, NodeHealth, Probe, WasmdClient};
use cosmwasm_std::{Addr, Uint128};

use super::{Finding, whole};
use crate::config::Config;

/// Gas of a round of a few hundred positions if one operator alone does everything: commitment, reveal and both passes.
const GAS_PER_ROUND: u128 = 3_000_000;

/// The one contract whose version is not the project's: it is cw20-base.
const OPEN_TOKEN: &str = "open_token";
/// Contracts and operator are released together.
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the node answers for the configured chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// It does.
    Yes,
    /// Nothing else can be asked.
    No,
}

/// How the node does, and the clock.
pub(super) async fn health(client: &WasmdClient, config: &Config) -> (Vec<Finding>, Answers) {
    let checkup = Probe::new(client.clone()).check().await;
    let mut findings = vec![state(&checkup, config)];
    findings.extend(checkup.clock_difference.map(|seconds| clock(seconds, config)));
    let answers = match checkup.health {
        NodeHealth::Unreachable { .. } | NodeHealth::OtherChain { .. } => Answers::No,
        _ => Answers::Yes,
    };
    (findings, answers)
}

fn state(checkup: &Checkup, config: &Config) -> Finding {
    let (rpc, health) = (&config.chain.rpc, &checkup.health);
    let what = format!("{rpc} is {health}");
    match health {
        NodeHealth::Healthy => {
            let height = checkup.height.unwrap_or(0);
            Finding::ok(
                "node",
                format!("{rpc} of {} at block {height}, {} ms", config.chain.chain_id, checkup.latency_ms),
            )
        }
        NodeHealth::Unreachable { .. } => {
            Finding::fail("node", what, "start the node or mend `chain.rpc`; what needs the chain was not looked at")
        }
        NodeHealth::OtherChain { .. } => {
            Finding::fail("node", what, "mend `chain.rpc` or `chain.chain_id`; nothing is signed for another chain")
        }
        NodeHealth::CatchingUp { .. } => {
            Finding::fail("node", what, "wait until it has caught up, or name another node")
        }
        NodeHealth::Behind { .. } => {
            Finding::warn("node", what, "the node lacks blocks, the chain stands still, or this clock is ahead")
        }
        NodeHealth::Halted { .. } => {
            Finding::warn("node", what, "no deadline passes while no blocks are made; ask the validators")
        }
        NodeHealth::Slow { .. } => Finding::warn("node", what, "a nearer or less loaded node saves missed windows"),
        NodeHealth::Restarted { .. } => Finding::warn("node", what, "look at the node's own log"),
    }
}

/// The clock against block time. Nothing is decided by it, but logs, alerts and certificates are.
fn clock(block_less_local: i64, config: &Config) -> Finding {
    let what = match block_less_local {
        0 => "local clock and block time agree".to_owned(),
        ahead if ahead > 0 => format!("the local clock is {ahead} s before block time"),
        late => format!("the local clock is {} s after block time", late.unsigned_abs()),
    };
    let tolerance = config.watch.clock_tolerance.as_secs();
    if block_less_local.unsigned_abs() <= tolerance {
        return Finding::ok("clock", what);
    }
    Finding::warn(
        "clock",
        format!("{what}, more than {tolerance} s"),
        "set the clock by NTP, unless the node is behind",
    )
}

/// Version, code, checksum and admin of each contract.
pub(super) async fn code(client: &WasmdClient, config: &Config, deployment: &Deployment) -> Vec<Finding> {
    let recorded = Recorded::read(config);
    let contracts = [
        (OPEN_TOKEN, &deployment.open_token),
        ("datanet", &deployment.datanet),
        ("model", &deployment.model),
        ("attribution", &deployment.attribution),
        ("settlement", &deployment.settlement),
    ];
    let mut findings = Vec::new();
    for (name, address) in contracts {
        findings.push(match describe(client, name, address).await {
            Ok(seen) => judge(seen, deployment, &recorded),
            Err(error) => Finding::fail(name, whole(&error), "check `chain.deployment`: is it of this chain?"),
        });
    }
    findings
}

/// A contract as the chain has it.
struct Seen {
    name: &'static str,
    address: String,
    version: String,
    code_id: u64,
    checksum: String,
    admin: Option<Addr>,
}

async fn describe(client: &WasmdClient, name: &'static str, address: &Addr) -> Result<Seen, ChainError> {
    let info = client.contract_info(address.as_str()).await?;
    let checksum = client.code_checksum(info.code_id).await?.to_string();
    let version = client.contract_version(address.as_str()).await?.version;
    Ok(Seen { name, address: address.to_string(), version, code_id: info.code_id, checksum, admin: info.admin })
}

fn judge(seen: Seen, deployment: &Deployment, recorded: &Recorded) -> Finding {
    let Seen { name, address, version, code_id, checksum, admin } = seen;
    let short = checksum.get(..12).unwrap_or(&checksum);
    let of_admin = match &admin {
        None => "no admin".to_owned(),
        admin if *admin == deployment.timelock => "admin: the timelock".to_owned(),
        Some(admin) => format!("admin: {admin}"),
    };
    let what = format!("{address}, version {version}, code {code_id} ({short}…), {of_admin}");
    if admin.is_some() && admin != deployment.timelock {
        let advice = "an account can replace this contract at once: know whose it is";
        return Finding::warn(name, what, advice);
    }
    match recorded.code_id(name) {
        Some(deployed) if deployed != code_id => {
            let advice = "it was migrated since: read what changed, and get the new deployment file";
            Finding::warn(name, format!("{what}, deployed as code {deployed}"), advice)
        }
        _ if name != OPEN_TOKEN && version != OWN_VERSION => {
            let advice = "read what changed between the two, and run the operator of the contracts' version";
            Finding::warn(name, format!("{what}; this operator is of version {OWN_VERSION}"), advice)
        }
        _ => Finding::ok(name, what),
    }
}

/// What the deployment file says beside addresses.
struct Recorded(serde_json::Value);

impl Recorded {
    fn read(config: &Config) -> Self {
        let bytes = std::fs::read(&config.chain.deployment).unwrap_or_default();
        Self(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    fn code_id(&self, name: &str) -> Option<u64> {
        self.0.get("code_ids")?.get(name)?.as_u64()
    }
}

/// Native coins for gas.
pub(super) async fn money(client: &WasmdClient, config: &Config, address: &str) -> Finding {
    let balance = match client.native_balance(address).await {
        Ok(balance) => balance,
        Err(error) => return Finding::fail("gas money", whole(&error), "look at the node"),
    };
    let (denom, rounds) = (&config.chain.denom, u128::from(config.watch.rounds_of_gas));
    let per_round = Uint128::new(GAS_PER_ROUND).mul_ceil(config.chain.gas_price).u128();
    let Some(lasts) = balance.checked_div(per_round) else {
        return Finding::ok("gas money", format!("{balance} {denom}, and gas is free"));
    };
    let what = format!("{balance} {denom}, about {lasts} rounds at {per_round} {denom} each");
    let advice = format!("send {denom} to {address}");
    match balance {
        balance if balance < per_round => Finding::fail("gas money", what, advice),
        balance if balance < per_round.saturating_mul(rounds) => {
            Finding::warn("gas money", format!("{what}, fewer than {rounds}"), advice)
        }
        _ => Finding::ok("gas money", what),
    }
}
