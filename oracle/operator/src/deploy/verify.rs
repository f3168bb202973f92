//! A deployment, read back from the chain: what is where, made from which code, and who may migrate it.

use std::{collections::BTreeMap, fmt, fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result};
use chain::{Code, Deployment, NodeDeployment, WasmdClient};
use protocol::Hash32;
use serde::Serialize;

/// File of the checksums, beside the modules.
const CHECKSUMS: &str = "checksums.txt";

/// What the chain says of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The chain.
    pub chain_id: String,
    /// Who owns the contracts.
    pub governance: String,
    /// The contracts, and the code of stakes.
    pub contracts: Vec<Found>,
}

/// A contract on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Where it is; a stake is made with each model.
    pub address: Option<String>,
    /// Its code.
    pub code_id: u64,
    /// SHA-256 of the code.
    pub checksum: Hash32,
    /// Whether the code is the one that was built.
    pub code: Comparison,
    /// Who may migrate it.
    pub admin: Option<String>,
}

/// A code beside the list of checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The listed one.
    Same,
    /// Another.
    Differs,
    /// There is no list, or it does not name the contract.
    Unlisted,
}

impl Verified {
    /// Whether every code that is listed is the listed one.
    pub fn holds(&self) -> bool {
        self.contracts.iter().all(|found| found.code != Comparison::Differs)
    }
}

/// Asks the chain for everything that `deployment.json` says.
///
/// # Errors
/// If a contract is not there, or the chain or a file cannot be reached.
pub async fn read_back(client: &WasmdClient, deployed: &NodeDeployment, artifacts: &Path) -> Result<Verified> {
    let listed = checksums(&artifacts.join(CHECKSUMS))?;
    let mut contracts = Vec::new();
    for (code, address) in addresses(&deployed.deployment) {
        let (code_id, admin) = match &address {
            Some(address) => {
                let info =
                    client.contract_info(address).await.with_context(|| format!("{} is not there", code.label()))?;
                (info.code_id, info.admin.map(String::from))
            }
            None => (*deployed.code_ids.get(code.artifact()).context("the code of stakes has no id")?, None),
        };
        let checksum = client.code_checksum(code_id).await?;
        let name = code.artifact().to_owned();
        let code = compared(listed.get(&name), &checksum);
        contracts.push(Found { name, address, code_id, checksum, code, admin });
    }
    let (chain_id, governance) = (deployed.deployment.chain_id.clone(), deployed.governance.to_string());
    Ok(Verified { chain_id, governance, contracts })
}

fn addresses(at: &Deployment) -> Vec<(Code, Option<String>)> {
    let of = |address: &cosmwasm_std::Addr| Some(address.to_string());
    let contracts = [
        (Code::OpenToken, of(&at.open_token)),
        (Code::Datanet, of(&at.datanet)),
        (Code::Model, of(&at.model)),
        (Code::Stake, None),
        (Code::Attribution, of(&at.attribution)),
        (Code::Settlement, of(&at.settlement)),
    ];
    contracts.into_iter().chain(at.timelock.as_ref().map(|timelock| (Code::Timelock, of(timelock)))).collect()
}

fn compared(listed: Option<&Hash32>, found: &Hash32) -> Comparison {
    match listed {
        Some(listed) if listed == found => Comparison::Same,
        Some(_) => Comparison::Differs,
        None => Comparison::Unlisted,
    }
}

/// A list as sha256sum writes it, by the names of modules.
fn checksums(path: &Path) -> Result<BTreeMap<String, Hash32>> {
    match fs::read_to_string(path) {
        Ok(text) => parsed(&text).with_context(|| format!("{} is no list of checksums", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn parsed(text: &str) -> Result<BTreeMap<String, Hash32>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let entry = |line: &str| {
        let (hash, file) = line.split_once(' ').with_context(|| format!("{line:?} has no name"))?;
        let name = file.trim_start_matches([' ', '*']).trim_end_matches(".wasm");
        Ok((name.to_owned(), hash.parse::<Hash32>()?))
    };
    lines.map(entry).collect()
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "chain {}, governance {}", self.chain_id, self.governance)?;
        for found in &self.contracts {
            write!(f, "\n{:<12} {}", found.name, found.address.as_deref().unwrap_or("(one with each model)"))?;
            write!(f, "\n{:<12} code {}, {}, {}", "", found.code_id, found.checksum, found.code)?;
            writeln!(f, "\n{:<12} admin {}", "", self.who(found))?;
        }
        if self.holds() {
            return Ok(());
        }
        writeln!(
            f,
            "\nSome code is not what {CHECKSUMS} lists: build again with scripts/build-wasm, or find out who deployed it."
        )
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "as listed",
            Self::Differs => "NOT AS LISTED",
            Self::Unlisted => "not listed",
        })
    }
}

impl Verified {
    fn who(&self, found: &Found) -> String {
        let Some(admin) = &found.admin else { return "none: nobody can migrate it".to_owned() };
        let of_timelock =
            |other: &&Found| other.name == Code::Timelock.artifact() && other.address.as_ref() == Some(admin);
        match self.contracts.iter().find(of_timelock) {
            Some(_) if found.name == Code::Timelock.artifact() => "itself".to_owned(),
            Some(_) => "the timelock".to_owned(),
            None => format!("{admin}: an account, which can migrate it at once"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "d81c45be3e05a9432af3981bc2e556ae8afd8fcd8fc9f1a092da6e82cddd3786";

    #[test]
    fn checksums_are_read_as_sha256sum_writes_them() {
        let text = format!("# rustc 1.95.0\n{HASH}  model.wasm\n{HASH} *stake.wasm\n\n");
        let read = parsed(&text).unwrap();
        assert_eq!(read.keys().collect::<Vec<_>>(), ["model", "stake"]);
        assert!(parsed("not a line").is_err());
        assert!(checksums(Path::new("/nowhere/checksums.txt")).unwrap().is_empty());
    }

    #[test]
    fn a_code_that_is_not_the_listed_one_is_a_no() {
        let (one, other) = (Hash32([1; 32]), Hash32([2; 32]));
        assert_eq!(compared(Some(&one), &one), Comparison::Same);
        assert_eq!(compared(None, &one), Comparison::Unlisted);
        let found =
            |code| Found { name: "model".to_owned(), address: None, code_id: 1, checksum: one, code, admin: None };
        let verified =
            |code| Verified { chain_id: String::new(), governance: String::new(), contracts: vec![found(code)] };
        assert!(verified(compared(None, &one)).holds());
        assert!(!verified(compared(Some(&other), &one)).holds());
        assert!(verified(compared(Some(&other), &one)).to_string().contains("NOT AS LISTED"));
    }
}
