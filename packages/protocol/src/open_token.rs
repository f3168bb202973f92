//! OPEN: the published cw20-base, nothing added. One OPEN is 10^6 uopen.

pub use cw20_base::msg::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

/// Decimals of OPEN.
pub const DECIMALS: u8 = 6;
/// uopen in one OPEN.
pub const UOPEN_PER_OPEN: u128 = 1_000_000;
/// The largest supply, in uopen; amounts therefore fit 64 bits.
pub const MAX_SUPPLY_UOPEN: u128 = 1_000_000_000_000_000_000;
