// Generated from stake.json by types.mjs; do not edit.

/**
 * A thin wrapper around u128 that is using strings for JSON encoding/decoding, such that the full u128 range can be used for clients that convert JSON numbers to floats, like JavaScript and jq.
 *
 * # Examples
 *
 * Use `from` to create instances of this and `u128` to get the value out:
 *
 * ``` # use cosmwasm_std::Uint128; let a = Uint128::from(123u128); assert_eq!(a.u128(), 123);
 *
 * let b = Uint128::from(42u64); assert_eq!(b.u128(), 42);
 *
 * let c = Uint128::from(70u32); assert_eq!(c.u128(), 70); ```
 */
export type Uint128 = string;
/**
 * A 64-bit number as a decimal string: ModelId
 */
export type ModelId = string;
/**
 * Messages. All of cw20 but minting, and three of our own.
 */
export type ExecuteMsg =
  | {
      transfer: {
        /**
         * How many.
         */
        amount: Uint128;
        /**
         * To whom.
         */
        recipient: string;
      };
    }
  | {
      burn: {
        /**
         * How many.
         */
        amount: Uint128;
      };
    }
  | {
      send: {
        /**
         * How many.
         */
        amount: Uint128;
        /**
         * To which contract.
         */
        contract: string;
        /**
         * What the contract is told.
         */
        msg: Binary;
      };
    }
  | {
      increase_allowance: {
        /**
         * By how many units.
         */
        amount: Uint128;
        /**
         * Until when; unchanged if absent.
         */
        expires?: Expiration | null;
        /**
         * The spender.
         */
        spender: string;
      };
    }
  | {
      decrease_allowance: {
        /**
         * By how many units; to 0 at most.
         */
        amount: Uint128;
        /**
         * Until when; unchanged if absent.
         */
        expires?: Expiration | null;
        /**
         * The spender.
         */
        spender: string;
      };
    }
  | {
      transfer_from: {
        /**
         * How many.
         */
        amount: Uint128;
        /**
         * Whose.
         */
        owner: string;
        /**
         * To whom.
         */
        recipient: string;
      };
    }
  | {
      send_from: {
        /**
         * How many.
         */
        amount: Uint128;
        /**
         * To which contract.
         */
        contract: string;
        /**
         * What the contract is told.
         */
        msg: Binary;
        /**
         * Whose.
         */
        owner: string;
      };
    }
  | {
      burn_from: {
        /**
         * How many.
         */
        amount: Uint128;
        /**
         * Whose.
         */
        owner: string;
      };
    }
  | {
      update_marketing: {
        /**
         * Description.
         */
        description?: string | null;
        /**
         * Who may change it from now on; empty for nobody.
         */
        marketing?: string | null;
        /**
         * URL of the project.
         */
        project?: string | null;
      };
    }
  | {
      upload_logo: Logo;
    }
  | {
      receive: Cw20ReceiveMsg;
    }
  | {
      claim_dividends: {
        /**
         * Accounts, none twice; at most [`MAX_CLAIMANTS`]. Empty for the sender.
         */
        accounts: string[];
      };
    }
  | {
      pay_work: {
        /**
         * To whom.
         */
        payments: Payment[];
      };
    }
  | {
      deliver: {
        /**
         * To whom.
         */
        payments: Payment[];
      };
    };
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * Expiration represents a point in time when some event happens. It can compare with a BlockInfo and will return is_expired() == true once the condition is hit (and for every block in the future)
 */
export type Expiration =
  | {
      at_height: number;
    }
  | {
      at_time: Timestamp;
    }
  | {
      never: {};
    };
/**
 * A point in time in nanosecond precision.
 *
 * This type can represent times from 1970-01-01T00:00:00Z to 2554-07-21T23:34:33Z.
 *
 * ## Examples
 *
 * ``` # use cosmwasm_std::Timestamp; let ts = Timestamp::from_nanos(1_000_000_202); assert_eq!(ts.nanos(), 1_000_000_202); assert_eq!(ts.seconds(), 1); assert_eq!(ts.subsec_nanos(), 202);
 *
 * let ts = ts.plus_seconds(2); assert_eq!(ts.nanos(), 3_000_000_202); assert_eq!(ts.seconds(), 3); assert_eq!(ts.subsec_nanos(), 202); ```
 */
export type Timestamp = Uint64;
/**
 * A thin wrapper around u64 that is using strings for JSON encoding/decoding, such that the full u64 range can be used for clients that convert JSON numbers to floats, like JavaScript and jq.
 *
 * # Examples
 *
 * Use `from` to create instances of this and `u64` to get the value out:
 *
 * ``` # use cosmwasm_std::Uint64; let a = Uint64::from(42u64); assert_eq!(a.u64(), 42);
 *
 * let b = Uint64::from(70u32); assert_eq!(b.u64(), 70); ```
 */
export type Uint64 = string;
/**
 * This is used for uploading logo data, or setting it in InstantiateData
 */
export type Logo =
  | {
      url: string;
    }
  | {
      embedded: EmbeddedLogo;
    };
/**
 * This is used to store the logo on the blockchain in an accepted format. Enforce maximum size of 5KB on all variants.
 */
export type EmbeddedLogo =
  | {
      svg: Binary;
    }
  | {
      png: Binary;
    };
/**
 * Queries. All of cw20-base's, and four of our own.
 */
export type QueryMsg =
  | {
      balance: {
        /**
         * The account.
         */
        address: string;
      };
    }
  | {
      token_info: {};
    }
  | {
      minter: {};
    }
  | {
      allowance: {
        /**
         * Whose units.
         */
        owner: string;
        /**
         * The spender.
         */
        spender: string;
      };
    }
  | {
      all_allowances: {
        /**
         * Entries wanted.
         */
        limit?: number | null;
        /**
         * Whose units.
         */
        owner: string;
        /**
         * Exclusive lower bound.
         */
        start_after?: string | null;
      };
    }
  | {
      all_spender_allowances: {
        /**
         * Entries wanted.
         */
        limit?: number | null;
        /**
         * The spender.
         */
        spender: string;
        /**
         * Exclusive lower bound.
         */
        start_after?: string | null;
      };
    }
  | {
      all_accounts: {
        /**
         * Entries wanted.
         */
        limit?: number | null;
        /**
         * Exclusive lower bound.
         */
        start_after?: string | null;
      };
    }
  | {
      marketing_info: {};
    }
  | {
      download_logo: {};
    }
  | {
      config: {};
    }
  | {
      reserves: {};
    }
  | {
      dividends: {
        /**
         * The account.
         */
        account: string;
      };
    }
  | {
      dividend_totals: {};
    };
/**
 * A human readable address.
 *
 * In Cosmos, this is typically bech32 encoded. But for multi-chain smart contracts no assumptions should be made other than being UTF-8 encoded and of reasonable length.
 *
 * This type represents a validated address. It can be created in the following ways 1. Use `Addr::unchecked(input)` 2. Use `let checked: Addr = deps.api.addr_validate(input)?` 3. Use `let checked: Addr = deps.api.addr_humanize(canonical_addr)?` 4. Deserialize from JSON. This must only be done from JSON that was validated before such as a contract's state. `Addr` must not be used in messages sent by the user because this would result in unvalidated instances.
 *
 * This type is immutable. If you really need to mutate it (Really? Are you sure?), create a mutable copy using `let mut mutable = Addr::to_string()` and operate on that `String` instance.
 */
export type Addr = string;
/**
 * This is used to display logo info, provide a link or inform there is one that can be downloaded from the blockchain itself
 */
export type LogoInfo =
  | {
      url: string;
    }
  | "embedded";
export type Nullable_MinterResponse = MinterResponse | null;

/**
 * Messages of the contract stake.
 */
export interface Api {
  instantiate: InstantiateMsg;
  execute: ExecuteMsg;
  query: QueryMsg;
  migrate: MigrateMsg;
  responses: Responses;
}
/**
 * Sets the contract up; the sender is the `model` contract, which alone pays work from its reserve.
 */
export interface InstantiateMsg {
  /**
   * Units of the contributors' reserve.
   */
  contributors_units: Uint128;
  /**
   * The model whose stake this is.
   */
  model_id: ModelId;
  /**
   * cw20 name, 3 to 50 characters.
   */
  name: string;
  /**
   * The cw20 contract of OPEN, in which dividends are paid.
   */
  open_token: string;
  /**
   * The model's owner, who gets `owner_units` and may change the marketing info.
   */
  owner: string;
  /**
   * Units of the owner.
   */
  owner_units: Uint128;
  /**
   * The `settlement` contract, which alone delivers from the contributors' reserve.
   */
  settlement: string;
  /**
   * cw20 symbol, 3 to 12 letters or hyphens.
   */
  symbol: string;
  /**
   * Units of the work reserve; the three sum to [`SUPPLY`].
   */
  work_units: Uint128;
}
/**
 * Cw20ReceiveMsg should be de/serialized under `Receive()` variant in a ExecuteMsg
 */
export interface Cw20ReceiveMsg {
  amount: Uint128;
  msg: Binary;
  sender: string;
}
/**
 * Units for an account.
 */
export interface Payment {
  /**
   * Who gets them.
   */
  account: string;
  /**
   * How many; at least 1.
   */
  amount: Uint128;
}
/**
 * Migration takes no parameters; name and version are checked.
 */
export interface MigrateMsg {}
/**
 * What each query returns.
 */
export interface Responses {
  all_accounts: AllAccountsResponse;
  all_allowances: AllAllowancesResponse;
  all_spender_allowances: AllSpenderAllowancesResponse;
  allowance: AllowanceResponse;
  balance: BalanceResponse;
  config: Config;
  dividend_totals: DividendTotals;
  dividends: AccountDividends;
  download_logo: DownloadLogoResponse;
  marketing_info: MarketingInfoResponse;
  minter: Nullable_MinterResponse;
  reserves: Reserves;
  token_info: TokenInfoResponse;
}
export interface AllAccountsResponse {
  accounts: string[];
}
export interface AllAllowancesResponse {
  allowances: AllowanceInfo[];
}
export interface AllowanceInfo {
  allowance: Uint128;
  expires: Expiration;
  spender: string;
}
export interface AllSpenderAllowancesResponse {
  allowances: SpenderAllowanceInfo[];
}
export interface SpenderAllowanceInfo {
  allowance: Uint128;
  expires: Expiration;
  owner: string;
}
export interface AllowanceResponse {
  allowance: Uint128;
  expires: Expiration;
}
export interface BalanceResponse {
  balance: Uint128;
}
/**
 * Configuration.
 */
export interface Config {
  /**
   * The `model` contract.
   */
  model: Addr;
  /**
   * The model whose stake this is.
   */
  model_id: ModelId;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: Addr;
  /**
   * The `settlement` contract.
   */
  settlement: Addr;
}
/**
 * The contract's books in OPEN: `received = paid + outstanding`, and its OPEN balance is never less than `outstanding`.
 */
export interface DividendTotals {
  /**
   * Carried to the next dividend, in points of the whole.
   */
  carried: Uint128;
  /**
   * Dividends so far.
   */
  count: Uint64;
  /**
   * Received and not paid, in uopen: claimable, in fractions of holders, or carried.
   */
  outstanding: Uint128;
  /**
   * Ever paid, in uopen.
   */
  paid: Uint128;
  /**
   * Points of one unit so far, see `rules::dividend`.
   */
  points: Uint128;
  /**
   * Ever received, in uopen.
   */
  received: Uint128;
  /**
   * Units that share in dividends now: the supply less the reserves.
   */
  sharing: Uint128;
}
/**
 * Dividends of an account.
 */
export interface AccountDividends {
  /**
   * Units held.
   */
  balance: Uint128;
  /**
   * To be claimed, in uopen.
   */
  claimable: Uint128;
  /**
   * Ever paid, in uopen.
   */
  paid: Uint128;
}
/**
 * When we download an embedded logo, we get this response type. We expect a SPA to be able to accept this info and display it.
 */
export interface DownloadLogoResponse {
  data: Binary;
  mime_type: string;
}
export interface MarketingInfoResponse {
  /**
   * A longer description of the token and it's utility. Designed for tooltips or such
   */
  description?: string | null;
  /**
   * A link to the logo, or a comment there is an on-chain logo stored
   */
  logo?: LogoInfo | null;
  /**
   * The address (if any) who can update this data structure
   */
  marketing?: Addr | null;
  /**
   * A URL pointing to the project behind this token.
   */
  project?: string | null;
}
export interface MinterResponse {
  /**
   * cap is a hard cap on total supply that can be achieved by minting. Note that this refers to total_supply. If None, there is unlimited cap.
   */
  cap?: Uint128 | null;
  minter: string;
}
/**
 * What is left of the reserves, in units. Their sum is the contract's own balance.
 */
export interface Reserves {
  /**
   * For contributions, by valuation; what settlement has given to positions but not delivered is still in it.
   */
  contributors: Uint128;
  /**
   * For compute and fine-tuning work.
   */
  work: Uint128;
}
export interface TokenInfoResponse {
  decimals: number;
  name: string;
  symbol: string;
  total_supply: Uint128;
}
