//! What the contracts are deployed with: a TOML file, each key with a default, unknown keys refused.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};
use chain::{Admins, DeployConfig};
use cosmwasm_std::{Addr, Uint128};
use figment::{
    Figment,
    providers::{Format as _, Toml},
};
use protocol::{Bps, Seconds};
use serde::{Deserialize, Serialize};

/// The file with all defaults and what they mean.
pub const EXAMPLE: &str = include_str!("parameters.toml");
/// OPEN of governance if nobody else is named, in uopen: 10^9 OPEN.
const DEFAULT_SUPPLY: u128 = 1_000_000_000_000_000;

/// Parameters of the contracts, as the file has them: seconds, uopen, basis points. What each means is said in [`EXAMPLE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "the file's comments and `DeployConfig` say what the keys mean")]
pub struct Parameters {
    pub epoch_length: u64,
    pub genesis: Option<u64>,
    pub min_blocks: u64,
    pub protocol_share: u16,
    pub operators_share: u16,
    pub min_redemption: u64,
    pub reveal_period: u64,
    pub notice_period: u64,
    pub appeal_period: u64,
    pub clean_rounds: u8,
    pub operator_delay: u64,
    pub unbonding_period: u64,
    pub treasury_delay: u64,
    pub retire_after: u64,
    pub valuation_interval: u64,
    pub lapse_after: u64,
    pub balances: BTreeMap<String, u64>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            epoch_length: 600,
            genesis: None,
            min_blocks: 5,
            protocol_share: 500,
            operators_share: 6_000,
            min_redemption: 1_000,
            reveal_period: 300,
            notice_period: 600,
            appeal_period: 600,
            clean_rounds: 3,
            operator_delay: 60,
            unbonding_period: 3_600,
            treasury_delay: 600,
            retire_after: 20,
            valuation_interval: 4,
            lapse_after: 64,
            balances: BTreeMap::new(),
        }
    }
}

impl Parameters {
    /// Reads a file; the defaults without one.
    ///
    /// # Errors
    /// If it cannot be read, or a key is unknown or of another type.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        ensure!(path.is_file(), "there is no file {}: oracle deploy --print-parameters writes one", path.display());
        let read: Self = Figment::from(Toml::file_exact(path)).extract().with_context(|| {
            format!("cannot use the parameters in {}: --print-parameters lists all keys", path.display())
        })?;
        for account in read.balances.keys() {
            super::account(account).map_err(anyhow::Error::msg).context("[balances]")?;
        }
        Ok(read)
    }

    /// Everything that a deployment needs; `named` are balances beside those of the file.
    pub fn deploy_config(&self, governance: Addr, named: Vec<(Addr, Uint128)>, admins: Admins) -> DeployConfig {
        let of_file = self.balances.iter().map(|(account, amount)| (Addr::unchecked(account), Uint128::from(*amount)));
        let mut balances: Vec<_> = of_file.chain(named).collect();
        if balances.is_empty() {
            balances.push((governance.clone(), Uint128::new(DEFAULT_SUPPLY)));
        }
        DeployConfig {
            governance,
            balances,
            reveal_period: Seconds(self.reveal_period),
            min_blocks: self.min_blocks,
            genesis: self.genesis.map(Seconds),
            epoch_length: Seconds(self.epoch_length),
            protocol_share: Bps(self.protocol_share),
            operators_share: Bps(self.operators_share),
            min_redemption: self.min_redemption.into(),
            notice_period: Seconds(self.notice_period),
            appeal_period: Seconds(self.appeal_period),
            clean_rounds: self.clean_rounds,
            operator_delay: Seconds(self.operator_delay),
            unbonding_period: Seconds(self.unbonding_period),
            treasury_delay: Seconds(self.treasury_delay),
            retire_after: self.retire_after,
            valuation_interval: self.valuation_interval,
            lapse_after: self.lapse_after,
            admins,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Parameters> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parameters.toml");
        std::fs::write(&path, text).unwrap();
        Parameters::read(Some(&path))
    }

    #[test]
    fn the_commented_file_holds_every_key_with_its_default() {
        assert_eq!(read(EXAMPLE).unwrap(), Parameters::default());
        let keys = serde_json::to_value(Parameters::default()).unwrap();
        for key in keys.as_object().unwrap().keys() {
            let line = |prefix: &str| EXAMPLE.lines().any(|line| line.starts_with(&format!("{prefix}{key}")));
            assert!(line("") || line("# ") || line("["), "{key} is not in the file");
        }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(read("epoch_length = 60").unwrap(), Parameters { epoch_length: 60, ..Parameters::default() });
    }

    #[test]
    fn unknown_keys_other_types_and_foreign_addresses_are_refused_by_name() {
        for (text, named) in [
            ("epoch_lenght = 60", "epoch_lenght"),
            ("epoch_length = \"long\"", "epoch_length"),
            ("clean_rounds = 256", "clean_rounds"),
            ("[balances]\ncosmos1abc = 5", "cosmos1abc"),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
        let missing = format!("{:#}", Parameters::read(Some(Path::new("/nowhere.toml"))).unwrap_err());
        assert!(missing.contains("/nowhere.toml"), "{missing}");
    }

    #[test]
    fn governance_holds_open_only_if_nobody_is_named() {
        let governance = Addr::unchecked("wasm1governance");
        let alone = Parameters::default().deploy_config(governance.clone(), vec![], Admins::NOBODY);
        assert_eq!(alone.balances, [(governance.clone(), Uint128::new(DEFAULT_SUPPLY))]);
        let other = vec![(Addr::unchecked("wasm1other"), Uint128::one())];
        assert_eq!(Parameters::default().deploy_config(governance, other.clone(), Admins::NOBODY).balances, other);
    }
}
