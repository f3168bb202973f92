//! Small worlds that differ.

use cosmwasm_std::Uint128;

use crate::scenario::Setup;
use crate::{ChainOptions, DeployConfig, Invariants};

/// Worlds differ in size, in windows, and in what is paid to whom.
pub fn setup(seed: u64) -> Setup {
    let mut setup = Setup {
        chain: ChainOptions { invariants: Invariants::Return, seconds_per_block: 1, ..Default::default() },
        ..Setup::default()
    };
    setup.operators = [4, 5, 3, 7][usize::try_from(seed / 8 % 4).unwrap_or_default()];
    setup.items =
        [vec![5, 7], vec![20, 4, 6], vec![1, 2, 3, 4]][usize::try_from(seed / 32 % 3).unwrap_or_default()].clone();
    setup.deploy = [normal, hasty, tiny][usize::try_from(seed / 3 % 3).unwrap_or_default()];
    setup.terms.release_rate.0 = [10_000, 2_500, 1][usize::try_from(seed / 5 % 3).unwrap_or_default()];
    setup.method.min_pool = Uint128::new([1_000, 1, 100_000][usize::try_from(seed / 7 % 3).unwrap_or_default()]);
    setup
}

fn normal(_: &mut DeployConfig) {}

fn hasty(config: &mut DeployConfig) {
    (config.min_blocks, config.clean_rounds, config.valuation_interval, config.retire_after) = (1, 1, 1, 1);
}

fn tiny(config: &mut DeployConfig) {
    (config.protocol_share.0, config.operators_share.0, config.min_redemption) = (0, 10_000, Uint128::one());
}
