// Generated from attribution.json by types.mjs; do not edit.

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
 * A 64-bit number as a decimal string: Seconds
 */
export type Seconds = string;
/**
 * Messages.
 */
export type ExecuteMsg =
  | {
      wire: {
        /**
         * The `settlement` contract.
         */
        settlement: string;
      };
    }
  | {
      update_ownership: Action;
    }
  | {
      register_method: MethodParams;
    }
  | {
      admit_operator: {
        /**
         * The method.
         */
        method: MethodId;
        /**
         * The operator's account.
         */
        operator: string;
      };
    }
  | {
      remove_operator: {
        /**
         * The method.
         */
        method: MethodId;
        /**
         * The operator's account.
         */
        operator: string;
      };
    }
  | {
      unbond: {
        /**
         * The method.
         */
        method: MethodId;
      };
    }
  | {
      withdraw_bond: {
        /**
         * The method.
         */
        method: MethodId;
      };
    }
  | {
      set_encryption_key: {
        /**
         * X25519 public key.
         */
        key: Hash32;
        /**
         * The method.
         */
        method: MethodId;
      };
    }
  | {
      receive: Cw20ReceiveMsg;
    }
  | {
      open: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      open_valuation: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      commit: {
        /**
         * `rules::score::report_commitment`.
         */
        commitment: Hash32;
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The open round.
         */
        round: RoundId;
      };
    }
  | {
      end_commits: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The open round.
         */
        round: RoundId;
      };
    }
  | {
      reveal: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The report.
         */
        report: ReportMsg;
        /**
         * The open round.
         */
        round: RoundId;
        /**
         * The salt of the commitment.
         */
        salt: Hash32;
      };
    }
  | {
      aggregate: {
        /**
         * Positions to handle now.
         */
        limit?: number | null;
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The open round.
         */
        round: RoundId;
      };
    }
  | {
      advance: {
        /**
         * Positions to handle now; rounded up to a multiple of 64.
         */
        limit?: number | null;
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The open round.
         */
        round: RoundId;
      };
    };
/**
 * Actions that can be taken to alter the contract's ownership
 */
export type Action =
  | {
      transfer_ownership: {
        expiry?: Expiration | null;
        new_owner: string;
      };
    }
  | "accept_ownership"
  | "renounce_ownership";
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
 * 32 bytes as 64 hex digits
 */
export type Hash32 = string;
/**
 * A 64-bit number as a decimal string: MethodId
 */
export type MethodId = string;
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * A 64-bit number as a decimal string: ModelId
 */
export type ModelId = string;
/**
 * A 64-bit number as a decimal string: RoundId
 */
export type RoundId = string;
/**
 * A report as it is revealed.
 */
export type ReportMsg =
  | {
      vector: {
        /**
         * One packed entry of 8 bytes per position (`rules::score::pack_entries`).
         */
        entries: Binary;
        /**
         * What the paid outputs owe to all data, in 10^-9 of the fees.
         */
        reach: Uint64;
        /**
         * One bit per redemption of the range (`rules::bitmap`): receipts missing or false.
         */
        unresolved: Binary;
      };
    }
  | {
      too_few: {};
    };
/**
 * Queries.
 */
export type QueryMsg =
  | {
      config: {};
    }
  | {
      ownership: {};
    }
  | {
      method: {
        /**
         * Its id.
         */
        method: MethodId;
      };
    }
  | {
      operator: {
        /**
         * Its account.
         */
        account: string;
        /**
         * The method.
         */
        method: MethodId;
      };
    }
  | {
      operators: {
        /**
         * The method.
         */
        method: MethodId;
      };
    }
  | {
      round: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Its id.
         */
        round: RoundId;
      };
    }
  | {
      rounds: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      open_round: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      participations: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The round.
         */
        round: RoundId;
      };
    }
  | {
      openable: {
        /**
         * The model.
         */
        model: ModelId;
      };
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
export type Nullable_Round = Round | null;
/**
 * A 64-bit number as a decimal string: Epoch
 */
export type Epoch = string;
/**
 * What a round is about.
 */
export type RoundKind = "fees" | "valuation";
/**
 * How a round ended.
 */
export type Outcome = "settled" | "no_quorum" | "too_few" | "nothing_measured";
/**
 * Where a round stands.
 */
export type Phase = "commit" | "reveal" | "aggregate" | "advance" | "closed";
/**
 * Whether a round can open.
 */
export type Openable =
  | {
      range: OpenRange;
    }
  | {
      redeemable: {
        /**
         * The epoch.
         */
        epoch: Epoch;
        /**
         * Earliest end of its redemption period; blocks must pass too.
         */
        until: Seconds;
      };
    }
  | {
      no_fees: {};
    };
/**
 * A share in basis points: 10,000 is the whole.
 */
export type Bps = number;
export type ArrayOf_Operator = Operator1[];
/**
 * What an operator revealed.
 */
export type Revealed =
  | {
      vector: {
        /**
         * Its reach.
         */
        reach: Uint64;
      };
    }
  | {
      too_few: {};
    };
export type ArrayOf_Participation = Participation[];
export type ArrayOf_Round = Round[];

/**
 * Messages of the contract attribution.
 */
export interface Api {
  instantiate: InstantiateMsg;
  execute: ExecuteMsg;
  query: QueryMsg;
  migrate: MigrateMsg;
  responses: Responses;
}
/**
 * Sets the contract up; `Wire` completes it.
 */
export interface InstantiateMsg {
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * The `model` contract.
   */
  model: string;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: string;
  /**
   * Time from an admission or removal by governance until it takes effect.
   */
  operator_delay: Seconds;
  /**
   * Governance.
   */
  owner: string;
  /**
   * Time from leaving until a bond can be withdrawn.
   */
  unbonding_period: Seconds;
}
/**
 * How scores are measured, and what a round needs.
 */
export interface MethodParams {
  /**
   * Bond of each operator, in uopen.
   */
  bond: Uint128;
  /**
   * Length of the commit window.
   */
  commit_period: Seconds;
  /**
   * The smallest effective number of paid queries; fewer give `TooFew`.
   */
  min_effective_queries: number;
  /**
   * The smallest influence pool of a round, in uopen.
   */
  min_pool: Uint128;
  /**
   * What an operator pays who missed [`MISSED_ROUNDS`] opened rounds in a row, in uopen; 1 to `bond`.
   */
  missed_penalty: Uint128;
  /**
   * 1 to 64 characters, as `ggn-mlp/v1`.
   */
  name: string;
  /**
   * Length of the reveal window.
   */
  reveal_period: Seconds;
  /**
   * Hash of the method's description and parameters.
   */
  spec_hash: Hash32;
  /**
   * Largest distance between honest vectors, in 10^-9 of the fees summed over positions.
   */
  tolerance: Uint64;
  /**
   * Fresh validation examples that each round consumes.
   */
  validation_per_round: Uint64;
  /**
   * Standard errors beyond which earnings are certain, in tenths.
   */
  z_tenths: number;
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
 * A page of a listing: entries after `start_after`, at most `limit` (30 by default, 100 at most).
 */
export interface Page {
  /**
   * Entries wanted.
   */
  limit?: number | null;
  /**
   * Exclusive lower bound, in the listing's own order.
   */
  start_after?: Uint64 | null;
}
/**
 * Migration takes no parameters; name and version are checked.
 */
export interface MigrateMsg {}
/**
 * What each query returns.
 */
export interface Responses {
  config: Config;
  method: Method;
  open_round: Nullable_Round;
  openable: Openable;
  operator: Operator;
  operators: ArrayOf_Operator;
  ownership: OwnershipFor_Addr;
  participations: ArrayOf_Participation;
  round: Round1;
  rounds: ArrayOf_Round;
}
/**
 * Configuration.
 */
export interface Config {
  /**
   * Bonds held now, in uopen.
   */
  bonds_held: Uint128;
  /**
   * Chain id that enters every commitment.
   */
  chain_id: string;
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * The `model` contract.
   */
  model: Addr;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: Addr;
  /**
   * Time until an admission or removal takes effect.
   */
  operator_delay: Seconds;
  /**
   * The `settlement` contract, once wired.
   */
  settlement?: Addr | null;
  /**
   * Time from leaving until a bond can be withdrawn.
   */
  unbonding_period: Seconds;
}
/**
 * A method.
 */
export interface Method {
  /**
   * Its id.
   */
  id: MethodId;
  /**
   * As registered.
   */
  params: MethodParams;
}
/**
 * A scoring round.
 */
export interface Round {
  /**
   * Reports committed.
   */
  committed: number;
  /**
   * Positions done in the current pass.
   */
  cursor: number;
  /**
   * D, once the first pass is complete.
   */
  denominator?: Uint64 | null;
  /**
   * First epoch covered; of a valuation, the epoch of its opening.
   */
  first_epoch: Epoch;
  /**
   * Its id, per model.
   */
  id: RoundId;
  /**
   * Everything the round's result depends on: `rules::inputs`.
   */
  inputs: Hash32;
  /**
   * What it is about.
   */
  kind: RoundKind;
  /**
   * Last epoch covered; of a valuation, the epoch of its opening.
   */
  last_epoch: Epoch;
  /**
   * How scores are measured.
   */
  method: MethodId;
  /**
   * The model.
   */
  model: ModelId;
  /**
   * When it opened.
   */
  opened_at: Seconds;
  /**
   * Height of its opening.
   */
  opened_height: Uint64;
  /**
   * Operators that must take part: fixed at opening.
   */
  operators: Addr[];
  /**
   * How it ended.
   */
  outcome?: Outcome | null;
  /**
   * Where it stands.
   */
  phase: Phase;
  /**
   * Influence pool, in uopen, before unresolved redemptions leave it; of a valuation, royalties.
   */
  pool: Uint128;
  /**
   * Count of positions: the number of entries.
   */
  positions: number;
  /**
   * Reveals needed.
   */
  quorum: number;
  /**
   * Redemptions covered: the length of `unresolved`.
   */
  redemptions: number;
  /**
   * Where its vectors are stored: of fees in one of the first [`KEPT_FAILED_ROUNDS`] + 1 places, of valuations in one of as many after them. No round that is kept as a reference for agreement has the same.
   */
  slot: number;
  /**
   * `TooFew` reports revealed.
   */
  too_few: number;
  /**
   * Stake that a valuation distributes, in units; 0 for fees.
   */
  tranche: Uint128;
  /**
   * How many.
   */
  validation_count: Uint64;
  /**
   * First validation example of the round.
   */
  validation_from: Uint64;
  /**
   * Vectors revealed.
   */
  vectors: number;
  /**
   * Height at which the current window began.
   */
  window_began_height: Uint64;
  /**
   * Earliest end of the current window.
   */
  window_ends_at: Seconds;
}
/**
 * What a round would cover.
 */
export interface OpenRange {
  /**
   * Books of epochs with fees, in order.
   */
  books: EpochBook[];
  /**
   * The cap, in uopen.
   */
  cap: Uint128;
  /**
   * First epoch: the one after the last settled range.
   */
  first_epoch: Epoch;
  /**
   * Start of the last epoch whose redemption is over: validation examples must have been fixed by then. When a round opens in time, that is the range's only epoch; were it always of the range, examples approved too late would lock a full range for good.
   */
  fixed_by: Seconds;
  /**
   * Whether waiting longer would add nothing: no further epoch fits, or the first one has waited for 64 epochs. Then a pool under the method's minimum can open too, or it never could.
   */
  full: boolean;
  /**
   * Last epoch.
   */
  last_epoch: Epoch;
  /**
   * Influence parts in all, in uopen.
   */
  pool: Uint128;
  /**
   * Redemptions in all.
   */
  redemptions: number;
  /**
   * Release rate and cap of the last epoch.
   */
  release_rate: Bps;
}
/**
 * What an epoch of a model earned.
 */
export interface EpochBook {
  /**
   * Fold of the redemptions.
   */
  commitment: Hash32;
  /**
   * The epoch.
   */
  epoch: Epoch;
  /**
   * Fees, in uopen.
   */
  gross: Uint128;
  /**
   * Their split.
   */
  parts: Parts;
  /**
   * Redemptions booked.
   */
  redemptions: number;
  /**
   * The round that settled it. None while it is unsettled, and none ever if it lapsed: then `settled_through` has passed it.
   */
  settled_by?: RoundId | null;
}
/**
 * Parts of fees, in uopen.
 */
export interface Parts {
  /**
   * The contributors'.
   */
  influence: Uint128;
  /**
   * The owner's.
   */
  owner: Uint128;
  /**
   * The parents'.
   */
  parents: Uint128;
  /**
   * The protocol's.
   */
  protocol: Uint128;
  /**
   * The stake holders'.
   */
  stake: Uint128;
}
/**
 * An operator of a method.
 */
export interface Operator {
  /**
   * Its account.
   */
  account: Addr;
  /**
   * From when on it takes part.
   */
  active_from: Seconds;
  /**
   * Bond held, in uopen.
   */
  bond: Uint128;
  /**
   * From when on its bond can be withdrawn: `leaves_at` and the unbonding period.
   */
  bond_free_at?: Seconds | null;
  /**
   * X25519 public key to which receipts are encrypted for it.
   */
  encryption_key?: Hash32 | null;
  /**
   * From when on it no longer does: removed, or unbonding.
   */
  leaves_at?: Seconds | null;
  /**
   * The method.
   */
  method: MethodId;
  /**
   * Opened rounds of fees in a row in which it did not commit, see [`MISSED_ROUNDS`].
   */
  missed: number;
  /**
   * Open rounds whose set holds it.
   */
  open_sets: number;
  /**
   * Times it paid for missed rounds.
   */
  penalties: number;
  /**
   * Times it was slashed for silence after a commitment.
   */
  slashed: number;
}
/**
 * An operator of a method.
 */
export interface Operator1 {
  /**
   * Its account.
   */
  account: Addr;
  /**
   * From when on it takes part.
   */
  active_from: Seconds;
  /**
   * Bond held, in uopen.
   */
  bond: Uint128;
  /**
   * From when on its bond can be withdrawn: `leaves_at` and the unbonding period.
   */
  bond_free_at?: Seconds | null;
  /**
   * X25519 public key to which receipts are encrypted for it.
   */
  encryption_key?: Hash32 | null;
  /**
   * From when on it no longer does: removed, or unbonding.
   */
  leaves_at?: Seconds | null;
  /**
   * The method.
   */
  method: MethodId;
  /**
   * Opened rounds of fees in a row in which it did not commit, see [`MISSED_ROUNDS`].
   */
  missed: number;
  /**
   * Open rounds whose set holds it.
   */
  open_sets: number;
  /**
   * Times it paid for missed rounds.
   */
  penalties: number;
  /**
   * Times it was slashed for silence after a commitment.
   */
  slashed: number;
}
/**
 * The contract's ownership info
 */
export interface OwnershipFor_Addr {
  /**
   * The contract's current owner. `None` if the ownership has been renounced.
   */
  owner?: Addr | null;
  /**
   * The deadline for the pending owner to accept the ownership. `None` if there isn't a pending ownership transfer, or if a transfer exists and it doesn't have a deadline.
   */
  pending_expiry?: Expiration | null;
  /**
   * The account who has been proposed to take over the ownership. `None` if there isn't a pending ownership transfer.
   */
  pending_owner?: Addr | null;
}
/**
 * An operator's part in a round.
 */
export interface Participation {
  /**
   * Agreement, once the first pass is complete.
   */
  agreement?: Bps | null;
  /**
   * Its commitment.
   */
  commitment?: Hash32 | null;
  /**
   * The operator.
   */
  operator: Addr;
  /**
   * What it revealed.
   */
  revealed?: Revealed | null;
  /**
   * Whether it was slashed for silence.
   */
  slashed: boolean;
}
/**
 * A scoring round.
 */
export interface Round1 {
  /**
   * Reports committed.
   */
  committed: number;
  /**
   * Positions done in the current pass.
   */
  cursor: number;
  /**
   * D, once the first pass is complete.
   */
  denominator?: Uint64 | null;
  /**
   * First epoch covered; of a valuation, the epoch of its opening.
   */
  first_epoch: Epoch;
  /**
   * Its id, per model.
   */
  id: RoundId;
  /**
   * Everything the round's result depends on: `rules::inputs`.
   */
  inputs: Hash32;
  /**
   * What it is about.
   */
  kind: RoundKind;
  /**
   * Last epoch covered; of a valuation, the epoch of its opening.
   */
  last_epoch: Epoch;
  /**
   * How scores are measured.
   */
  method: MethodId;
  /**
   * The model.
   */
  model: ModelId;
  /**
   * When it opened.
   */
  opened_at: Seconds;
  /**
   * Height of its opening.
   */
  opened_height: Uint64;
  /**
   * Operators that must take part: fixed at opening.
   */
  operators: Addr[];
  /**
   * How it ended.
   */
  outcome?: Outcome | null;
  /**
   * Where it stands.
   */
  phase: Phase;
  /**
   * Influence pool, in uopen, before unresolved redemptions leave it; of a valuation, royalties.
   */
  pool: Uint128;
  /**
   * Count of positions: the number of entries.
   */
  positions: number;
  /**
   * Reveals needed.
   */
  quorum: number;
  /**
   * Redemptions covered: the length of `unresolved`.
   */
  redemptions: number;
  /**
   * Where its vectors are stored: of fees in one of the first [`KEPT_FAILED_ROUNDS`] + 1 places, of valuations in one of as many after them. No round that is kept as a reference for agreement has the same.
   */
  slot: number;
  /**
   * `TooFew` reports revealed.
   */
  too_few: number;
  /**
   * Stake that a valuation distributes, in units; 0 for fees.
   */
  tranche: Uint128;
  /**
   * How many.
   */
  validation_count: Uint64;
  /**
   * First validation example of the round.
   */
  validation_from: Uint64;
  /**
   * Vectors revealed.
   */
  vectors: number;
  /**
   * Height at which the current window began.
   */
  window_began_height: Uint64;
  /**
   * Earliest end of the current window.
   */
  window_ends_at: Seconds;
}
