//! `stake`: one instance per model, a cw20 of fixed supply whose holders share dividends in OPEN.
//!
//! The cw20 messages and queries are those of cw20-base, word for word, so that wallets work. Nothing mints. The two
//! reserves stand in the contract's own balance and earn no dividends.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use cw20::{Cw20ReceiveMsg, Expiration, Logo};

use crate::{ModelId, Permission};

/// Units that every model's stake consists of: 1,000,000 shares of 10^6 units.
pub const SUPPLY: u128 = 1_000_000_000_000;
/// Decimals of a share.
pub const DECIMALS: u8 = 6;
/// The most payments of one `PayWork` or `Deliver`.
pub const MAX_PAYMENTS: usize = 1_600;
/// The most accounts of one `ClaimDividends`.
pub const MAX_CLAIMANTS: usize = 100;

/// Sets the contract up; the sender is the `model` contract, which alone pays work from its reserve.
#[cw_serde]
pub struct InstantiateMsg {
    /// The model whose stake this is.
    pub model_id: ModelId,
    /// cw20 name, 3 to 50 characters.
    pub name: String,
    /// cw20 symbol, 3 to 12 letters or hyphens.
    pub symbol: String,
    /// The cw20 contract of OPEN, in which dividends are paid.
    pub open_token: String,
    /// The `settlement` contract, which alone delivers from the contributors' reserve.
    pub settlement: String,
    /// The model's owner, who gets `owner_units` and may change the marketing info.
    pub owner: String,
    /// Units of the owner.
    pub owner_units: Uint128,
    /// Units of the contributors' reserve.
    pub contributors_units: Uint128,
    /// Units of the work reserve; the three sum to [`SUPPLY`].
    pub work_units: Uint128,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// Units for an account.
#[cw_serde]
pub struct Payment {
    /// Who gets them.
    pub account: String,
    /// How many; at least 1.
    pub amount: Uint128,
}

/// Messages. All of cw20 but minting, and three of our own.
#[cw_serde]
pub enum ExecuteMsg {
    /// Moves own units; not to this contract itself.
    Transfer {
        /// To whom.
        recipient: String,
        /// How many.
        amount: Uint128,
    },
    /// Destroys own units.
    Burn {
        /// How many.
        amount: Uint128,
    },
    /// Moves own units to a contract and calls it.
    Send {
        /// To which contract.
        contract: String,
        /// How many.
        amount: Uint128,
        /// What the contract is told.
        msg: Binary,
    },
    /// Lets a spender move more of the sender's units.
    IncreaseAllowance {
        /// The spender.
        spender: String,
        /// By how many units.
        amount: Uint128,
        /// Until when; unchanged if absent.
        expires: Option<Expiration>,
    },
    /// Lets a spender move fewer of the sender's units.
    DecreaseAllowance {
        /// The spender.
        spender: String,
        /// By how many units; to 0 at most.
        amount: Uint128,
        /// Until when; unchanged if absent.
        expires: Option<Expiration>,
    },
    /// Moves another's units by allowance.
    TransferFrom {
        /// Whose.
        owner: String,
        /// To whom.
        recipient: String,
        /// How many.
        amount: Uint128,
    },
    /// Moves another's units by allowance to a contract and calls it.
    SendFrom {
        /// Whose.
        owner: String,
        /// To which contract.
        contract: String,
        /// How many.
        amount: Uint128,
        /// What the contract is told.
        msg: Binary,
    },
    /// Destroys another's units by allowance.
    BurnFrom {
        /// Whose.
        owner: String,
        /// How many.
        amount: Uint128,
    },
    /// Changes the marketing info.
    UpdateMarketing {
        /// URL of the project.
        project: Option<String>,
        /// Description.
        description: Option<String>,
        /// Who may change it from now on; empty for nobody.
        marketing: Option<String>,
    },
    /// Sets a logo.
    UploadLogo(Logo),
    /// OPEN arrives with a [`ReceiveMsg`].
    Receive(Cw20ReceiveMsg),
    /// Pays out dividends of accounts, each to itself.
    ClaimDividends {
        /// Accounts, none twice; at most [`MAX_CLAIMANTS`]. Empty for the sender.
        accounts: Vec<String>,
    },
    /// Pays compute and fine-tuning work from the work reserve.
    PayWork {
        /// To whom.
        payments: Vec<Payment>,
    },
    /// Delivers what valuation rounds gave to contributions, from the contributors' reserve.
    Deliver {
        /// To whom.
        payments: Vec<Payment>,
    },
}

impl ExecuteMsg {
    /// Who may send this message.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Transfer { .. }
            | Self::Burn { .. }
            | Self::Send { .. }
            | Self::IncreaseAllowance { .. }
            | Self::DecreaseAllowance { .. } => Permission::Party("a holder of the units"),
            Self::TransferFrom { .. } | Self::SendFrom { .. } | Self::BurnFrom { .. } => {
                Permission::Party("a spender with an allowance")
            }
            Self::UpdateMarketing { .. } | Self::UploadLogo(_) => Permission::Party("the marketing account"),
            Self::Receive(_) => Permission::OpenToken,
            Self::ClaimDividends { .. } => Permission::Anyone,
            Self::PayWork { .. } => Permission::Model,
            Self::Deliver { .. } => Permission::Settlement,
        }
    }
}

/// What OPEN is sent for.
#[cw_serde]
pub enum ReceiveMsg {
    /// Shares the amount among all holders. Anyone may; `settlement` sends the stake part of fees so.
    Dividend {},
}

/// Configuration.
#[cw_serde]
pub struct Config {
    /// The model whose stake this is.
    pub model_id: ModelId,
    /// The `model` contract.
    pub model: Addr,
    /// The `settlement` contract.
    pub settlement: Addr,
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
}

/// What is left of the reserves, in units. Their sum is the contract's own balance.
#[cw_serde]
pub struct Reserves {
    /// For contributions, by valuation; what settlement has given to positions but not delivered is still in it.
    pub contributors: Uint128,
    /// For compute and fine-tuning work.
    pub work: Uint128,
}

/// Dividends of an account.
#[cw_serde]
pub struct AccountDividends {
    /// Units held.
    pub balance: Uint128,
    /// To be claimed, in uopen.
    pub claimable: Uint128,
    /// Ever paid, in uopen.
    pub paid: Uint128,
}

/// The contract's books in OPEN: `received = paid + outstanding`, and its OPEN balance is never less than `outstanding`.
#[cw_serde]
#[derive(Default)]
pub struct DividendTotals {
    /// Ever received, in uopen.
    pub received: Uint128,
    /// Ever paid, in uopen.
    pub paid: Uint128,
    /// Received and not paid, in uopen: claimable, in fractions of holders, or carried.
    pub outstanding: Uint128,
    /// Units that share in dividends now: the supply less the reserves.
    pub sharing: Uint128,
    /// Points of one unit so far, see `rules::dividend`.
    pub points: Uint128,
    /// Carried to the next dividend, in points of the whole.
    pub carried: Uint128,
    /// Dividends so far.
    pub count: Uint64,
}

/// Queries. All of cw20-base's, and four of our own.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Units of an account.
    #[returns(cw20::BalanceResponse)]
    Balance {
        /// The account.
        address: String,
    },
    /// Name, symbol, decimals, supply.
    #[returns(cw20::TokenInfoResponse)]
    TokenInfo {},
    /// Nobody: always `null`.
    #[returns(Option<cw20::MinterResponse>)]
    Minter {},
    /// What a spender may still move.
    #[returns(cw20::AllowanceResponse)]
    Allowance {
        /// Whose units.
        owner: String,
        /// The spender.
        spender: String,
    },
    /// Allowances that an account has given.
    #[returns(cw20::AllAllowancesResponse)]
    AllAllowances {
        /// Whose units.
        owner: String,
        /// Exclusive lower bound.
        start_after: Option<String>,
        /// Entries wanted.
        limit: Option<u32>,
    },
    /// Allowances that an account has been given.
    #[returns(cw20::AllSpenderAllowancesResponse)]
    AllSpenderAllowances {
        /// The spender.
        spender: String,
        /// Exclusive lower bound.
        start_after: Option<String>,
        /// Entries wanted.
        limit: Option<u32>,
    },
    /// Accounts with a balance.
    #[returns(cw20::AllAccountsResponse)]
    AllAccounts {
        /// Exclusive lower bound.
        start_after: Option<String>,
        /// Entries wanted.
        limit: Option<u32>,
    },
    /// Marketing info.
    #[returns(cw20::MarketingInfoResponse)]
    MarketingInfo {},
    /// The logo, if one was uploaded.
    #[returns(cw20::DownloadLogoResponse)]
    DownloadLogo {},
    /// Configuration.
    #[returns(Config)]
    Config {},
    /// What is left of the reserves.
    #[returns(Reserves)]
    Reserves {},
    /// Dividends of an account.
    #[returns(AccountDividends)]
    Dividends {
        /// The account.
        account: String,
    },
    /// The contract's books in OPEN.
    #[returns(DividendTotals)]
    DividendTotals {},
}
