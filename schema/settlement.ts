// Generated from settlement.json by types.mjs; do not edit.

/**
 * A 64-bit number as a decimal string: Seconds
 */
export type Seconds = string;
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
 * A share in basis points: 10,000 is the whole.
 */
export type Bps = number;
/**
 * Messages.
 */
export type ExecuteMsg =
  | {
      receive: Cw20ReceiveMsg;
    }
  | {
      redeem: {
        /**
         * At most 64, of the sender's channels.
         */
        vouchers: SignedVoucher[];
      };
    }
  | {
      close_channel: {
        /**
         * The channel.
         */
        channel: ChannelId;
      };
    }
  | {
      finish_close: {
        /**
         * The channel.
         */
        channel: ChannelId;
      };
    }
  | {
      tick: {};
    }
  | {
      sync_contributions: {
        /**
         * At most 100.
         */
        updates: ContributionUpdate[];
      };
    }
  | {
      take_positions: {
        /**
         * At most 100.
         */
        contributions: ContributionId[];
        /**
         * Position of the first; the others follow.
         */
        first_position: number;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      advance: {
        /**
         * With the first chunk, and only then.
         */
        begin?: AdvanceBegin | null;
        /**
         * Packed entries; a multiple of 32 of them unless last.
         */
        entries: Binary;
        /**
         * First position of this chunk: a multiple of 32, following the last chunk.
         */
        first_position: number;
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
      update_ownership: Action;
    }
  | {
      propose_spend: {
        /**
         * How much, in uopen; at least 1.
         */
        amount: Uint128;
        /**
         * What for; up to 256 characters.
         */
        reason: string;
        /**
         * To whom.
         */
        to: string;
      };
    }
  | {
      cancel_spend: {
        /**
         * The spending.
         */
        spend: SpendId;
      };
    }
  | {
      execute_spend: {
        /**
         * The spending.
         */
        spend: SpendId;
      };
    }
  | {
      flow: {
        /**
         * The model that owes them.
         */
        model: ModelId;
      };
    }
  | {
      retire: {
        /**
         * Chunks of 32 accounts to handle now.
         */
        limit?: number | null;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      lapse: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      claim: {
        /**
         * At most 100 positions in all.
         */
        claims: ClaimItem[];
      };
    }
  | {
      sweep_slashed: {
        /**
         * At most 100 positions in all.
         */
        claims: ClaimItem[];
      };
    }
  | {
      withdraw: {};
    };
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * A 64-bit number as a decimal string: ChannelId
 */
export type ChannelId = string;
/**
 * A 64-bit number as a decimal string: Epoch
 */
export type Epoch = string;
/**
 * 32 bytes as 64 hex digits
 */
export type Hash32 = string;
/**
 * A 64-bit number as a decimal string: ContributionId
 */
export type ContributionId = string;
/**
 * A 64-bit number as a decimal string: ModelId
 */
export type ModelId = string;
/**
 * What a round is about.
 */
export type RoundKind = "fees" | "valuation";
/**
 * A 64-bit number as a decimal string: RoundId
 */
export type RoundId = string;
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
 * A 64-bit number as a decimal string: SpendId
 */
export type SpendId = string;
/**
 * Queries.
 */
export type QueryMsg =
  | {
      config: {};
    }
  | {
      totals: {};
    }
  | {
      current_epoch: {};
    }
  | {
      channel: {
        /**
         * Its id.
         */
        channel: ChannelId;
      };
    }
  | {
      channels: {
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      epochs: {
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
      redemptions: {
        /**
         * The epoch.
         */
        epoch: Epoch;
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
      openable: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      last_scores: {
        /**
         * How many.
         */
        count: number;
        /**
         * First position.
         */
        from: number;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      accounts: {
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
      model_totals: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      settled_rounds: {
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
      valuation: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      standing: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The position.
         */
        position: number;
      };
    }
  | {
      spends: {
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      ownership: {};
    }
  | {
      balance: {
        /**
         * The account.
         */
        account: string;
      };
    };
/**
 * An implementation of i64 that is using strings for JSON encoding/decoding, such that the full i64 range can be used for clients that convert JSON numbers to floats, like JavaScript and jq.
 *
 * # Examples
 *
 * Use `from` to create instances of this and `i64` to get the value out:
 *
 * ``` # use cosmwasm_std::Int64; let a = Int64::from(258i64); assert_eq!(a.i64(), 258); ```
 */
export type Int64 = string;
export type ArrayOf_Account = Account[];
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
export type Uint1281 = string;
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
export type ArrayOf_Channel = Channel1[];
export type Nullable_Epoch = Epoch | null;
export type ArrayOf_EpochBook = EpochBook[];
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary1 = string;
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
export type ArrayOf_BookedRedemption = BookedRedemption[];
export type ArrayOf_SettledRound = SettledRound[];
/**
 * Where a spending stands.
 */
export type SpendState = "proposed" | "executed" | "cancelled";
export type ArrayOf_Spend = Spend[];

/**
 * Messages of the contract settlement.
 */
export interface Api {
  instantiate: InstantiateMsg;
  execute: ExecuteMsg;
  query: QueryMsg;
  migrate: MigrateMsg;
  responses: Responses;
}
/**
 * Sets the contract up. It is deployed last. Its governance proposes spendings of the treasury and can do nothing else: no message changes a parameter.
 */
export interface InstantiateMsg {
  /**
   * The `attribution` contract.
   */
  attribution: string;
  /**
   * The `datanet` contract.
   */
  datanet: string;
  /**
   * Length of an epoch; at least 2.
   */
  epoch_length: Seconds;
  /**
   * Start of epoch 0.
   */
  genesis: Seconds;
  /**
   * Epochs after which a range that no round could settle lapses to the treasury; at least 64.
   */
  lapse_after: Uint64;
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * The smallest amount of one redemption, in uopen; at least 1.
   */
  min_redemption: Uint128;
  /**
   * The `model` contract.
   */
  model: string;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: string;
  /**
   * Share of the protocol's part that is the operators' pot; the rest is the treasury's.
   */
  operators_share: Bps;
  /**
   * Governance of the treasury.
   */
  owner: string;
  /**
   * Share of every fee that is the protocol's, off the top.
   */
  protocol_share: Bps;
  /**
   * Epochs without fees after which a ledger can be retired; at least 1.
   */
  retire_after: Uint64;
  /**
   * Time from the proposal of a spending until it can be executed.
   */
  treasury_delay: Seconds;
  /**
   * Epochs between the openings of valuation rounds of a model; at least 1.
   */
  valuation_interval: Uint64;
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
 * A payer's signed promise. The signature is over `rules::payment::Voucher::digest`.
 */
export interface SignedVoucher {
  /**
   * The channel.
   */
  channel: ChannelId;
  /**
   * All that the channel owes up to now, in uopen.
   */
  cumulative: Uint128;
  /**
   * The epoch of its calls.
   */
  epoch: Epoch;
  /**
   * Head of the chain of receipts that the sum is for.
   */
  head: Hash32;
  /**
   * Compact secp256k1 signature (64 bytes) by the channel's voucher key.
   */
  signature: Binary;
}
/**
 * A contribution's payees and status, as `datanet` pushes them.
 */
export interface ContributionUpdate {
  /**
   * The contribution.
   */
  contribution: ContributionId;
  /**
   * Who is paid.
   */
  payees: Payee[];
  /**
   * Whether what it still would earn goes to the treasury.
   */
  slashed: boolean;
}
/**
 * An account and its share of what a contribution earns.
 */
export interface Payee {
  /**
   * Bech32 address; checked at the door.
   */
  account: string;
  /**
   * Share of the payout; the shares of one contribution sum to 10,000.
   */
  share: Bps;
}
/**
 * What the first `Advance` of a round carries.
 */
export interface AdvanceBegin {
  /**
   * D.
   */
  denominator: Uint64;
  /**
   * First epoch of the range.
   */
  first_epoch: Epoch;
  /**
   * What the round is about.
   */
  kind: RoundKind;
  /**
   * Last epoch of the range.
   */
  last_epoch: Epoch;
  /**
   * Number of operators in the set: each has an equal part of the pot.
   */
  operators: number;
  /**
   * Count of positions of the round.
   */
  positions: number;
  /**
   * Agreement of those who revealed a vector.
   */
  rewards: OperatorReward[];
  /**
   * Of a valuation: the royalties that it distributes, fixed at its opening, in uopen; 0 for fees.
   */
  royalties: Uint128;
  /**
   * Of a valuation: the stake that it distributes, fixed at its opening, in units; 0 for fees.
   */
  tranche: Uint128;
  /**
   * Redemptions that leave the pool, one bit each in the order of the range.
   */
  unresolved: Binary;
  /**
   * Of a valuation: versions that were registered when it opened; 0 for fees.
   */
  versions: number;
  /**
   * Standard errors beyond which earnings are certain, in tenths.
   */
  z_tenths: number;
}
/**
 * An operator's part of the pot.
 */
export interface OperatorReward {
  /**
   * Its agreement.
   */
  agreement: Bps;
  /**
   * The operator.
   */
  operator: string;
}
/**
 * Positions of one model to claim for.
 */
export interface ClaimItem {
  /**
   * The model.
   */
  model: ModelId;
  /**
   * Positions, none twice.
   */
  positions: number[];
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
  accounts: ArrayOf_Account;
  balance: Uint1281;
  channel: Channel;
  channels: ArrayOf_Channel;
  config: Config;
  current_epoch: Nullable_Epoch;
  epochs: ArrayOf_EpochBook;
  last_scores: Binary1;
  model_totals: ModelTotals;
  openable: Openable;
  ownership: OwnershipFor_Addr;
  redemptions: ArrayOf_BookedRedemption;
  settled_rounds: ArrayOf_SettledRound;
  spends: ArrayOf_Spend;
  standing: Standing;
  totals: Totals;
  valuation: Valuation;
}
/**
 * A contribution's account in a model.
 */
export interface Account {
  /**
   * Earned by measurement, less harm; negative is debt. In uopen.
   */
  accrued: Int64;
  /**
   * Ever paid, in uopen.
   */
  claimed: Uint128;
  /**
   * `max(0, −accrued)`.
   */
  debt: Uint64;
  /**
   * Part of `accrued` that waits: in doubt at the z of the last round, or not yet released.
   */
  held_back: Uint64;
  /**
   * Score of the last settled round, in 10^-9 of its fees.
   */
  last_score: number;
  /**
   * Ever released for payment, in uopen.
   */
  payable: Uint64;
  /**
   * Its position.
   */
  position: number;
  /**
   * The part of it beyond doubt, see `rules::ledger`.
   */
  proved_debt: Uint64;
  /**
   * Settled rounds of fees in a row with proved debt, up to 255.
   */
  rounds_with_debt: number;
  /**
   * Settled rounds of fees in a row without, up to 255.
   */
  rounds_without_debt: number;
  /**
   * Stake that valuation rounds gave, in units.
   */
  stake: Uint64;
  /**
   * Of that, delivered or taken back, in units.
   */
  stake_claimed: Uint64;
  /**
   * Sum of squared doubts, in uopen².
   */
  variance: Uint128;
}
/**
 * A payment channel.
 */
export interface Channel {
  /**
   * When the payer's notice ends.
   */
  close_at?: Seconds | null;
  /**
   * Whether its rest was paid back.
   */
  closed: boolean;
  /**
   * Paid in, in uopen.
   */
  deposit: Uint128;
  /**
   * Who redeems.
   */
  gateway: Addr;
  /**
   * Head of the receipts redeemed so far.
   */
  head: Hash32;
  /**
   * Its id.
   */
  id: ChannelId;
  /**
   * Epoch of the last voucher redeemed.
   */
  last_epoch?: Epoch | null;
  /**
   * The model.
   */
  model: ModelId;
  /**
   * Height at which the notice was given.
   */
  notice_height?: Uint64 | null;
  /**
   * Who pays.
   */
  payer: Addr;
  /**
   * Redeemed, in uopen: the last voucher's sum.
   */
  redeemed: Uint128;
  /**
   * Key that signs vouchers.
   */
  voucher_key: Binary;
}
/**
 * A payment channel.
 */
export interface Channel1 {
  /**
   * When the payer's notice ends.
   */
  close_at?: Seconds | null;
  /**
   * Whether its rest was paid back.
   */
  closed: boolean;
  /**
   * Paid in, in uopen.
   */
  deposit: Uint128;
  /**
   * Who redeems.
   */
  gateway: Addr;
  /**
   * Head of the receipts redeemed so far.
   */
  head: Hash32;
  /**
   * Its id.
   */
  id: ChannelId;
  /**
   * Epoch of the last voucher redeemed.
   */
  last_epoch?: Epoch | null;
  /**
   * The model.
   */
  model: ModelId;
  /**
   * Height at which the notice was given.
   */
  notice_height?: Uint64 | null;
  /**
   * Who pays.
   */
  payer: Addr;
  /**
   * Redeemed, in uopen: the last voucher's sum.
   */
  redeemed: Uint128;
  /**
   * Key that signs vouchers.
   */
  voucher_key: Binary;
}
/**
 * Configuration.
 */
export interface Config {
  /**
   * The `attribution` contract.
   */
  attribution: Addr;
  /**
   * Chain id that enters every digest.
   */
  chain_id: string;
  /**
   * The `datanet` contract.
   */
  datanet: Addr;
  /**
   * Length of an epoch.
   */
  epoch_length: Seconds;
  /**
   * Start of epoch 0.
   */
  genesis: Seconds;
  /**
   * Epochs after which a range that no round could settle lapses.
   */
  lapse_after: Uint64;
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * The smallest amount of one redemption, in uopen.
   */
  min_redemption: Uint128;
  /**
   * The `model` contract.
   */
  model: Addr;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: Addr;
  /**
   * Share of that which is the operators' pot.
   */
  operators_share: Bps;
  /**
   * Share of every fee that is the protocol's.
   */
  protocol_share: Bps;
  /**
   * Epochs without fees after which a ledger can be retired.
   */
  retire_after: Uint64;
  /**
   * Time from the proposal of a spending until it can be executed.
   */
  treasury_delay: Seconds;
  /**
   * Epochs between the openings of valuation rounds of a model.
   */
  valuation_interval: Uint64;
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
 * Totals of a model.
 */
export interface ModelTotals {
  /**
   * Claimed by payees or swept to the treasury, in uopen.
   */
  claimed: Uint128;
  /**
   * Taken from bonds for proved debt, in uopen.
   */
  debt_collected: Uint128;
  /**
   * Pool of a round in progress, less what its chunks have added to `liability`.
   */
  in_progress: Uint128;
  /**
   * Σ liability of the ledger, in uopen: owed to contributors, claimed or not.
   */
  liability: Uint128;
  /**
   * Σ payable of the ledger, in uopen.
   */
  payable: Uint128;
  /**
   * Epoch in which the ledger was retired last.
   */
  retired_in?: Epoch | null;
  /**
   * Royalties that came in, split by this model's terms, waiting for a valuation round. Protocol and parents are 0.
   */
  royalties: Parts;
  /**
   * Royalties ever passed on to parents, in uopen.
   */
  royalties_flowed: Uint128;
  /**
   * Parents' parts of settled rounds and passed-on royalties, waiting for `Flow`, in uopen.
   */
  royalties_owed: Uint128;
  /**
   * Last settled epoch.
   */
  settled_through?: Epoch | null;
  /**
   * Of that, delivered or taken back into the reserve, in units.
   */
  stake_claimed: Uint128;
  /**
   * Stake given to positions by valuation rounds, in units.
   */
  stake_given: Uint128;
  /**
   * Parts of unsettled epochs.
   */
  unsettled: Parts;
  /**
   * Epoch of the last settled valuation round.
   */
  valued_in?: Epoch | null;
  /**
   * Versions that the last settled valuation round knew.
   */
  valued_versions: number;
  /**
   * z of the last settled round, in tenths.
   */
  z_tenths: number;
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
 * A booked redemption.
 */
export interface BookedRedemption {
  /**
   * Gross amount, in uopen.
   */
  amount: Uint128;
  /**
   * The channel.
   */
  channel: ChannelId;
  /**
   * Head after.
   */
  head: Hash32;
  /**
   * Its rank in the epoch, from 0.
   */
  number: number;
  /**
   * Head before.
   */
  previous_head: Hash32;
}
/**
 * What a settled round did.
 */
export interface SettledRound {
  /**
   * Cap, in uopen.
   */
  cap: Uint128;
  /**
   * Whether all its chunks are in.
   */
  complete: boolean;
  /**
   * D.
   */
  denominator: Uint64;
  /**
   * First epoch of its range; of a valuation, the epoch of its opening.
   */
  first_epoch: Epoch;
  /**
   * Fees, unresolved ones apart, or royalties, in uopen.
   */
  gross: Uint128;
  /**
   * What it was about.
   */
  kind: RoundKind;
  /**
   * Last epoch of its range; of a valuation, the epoch of its opening.
   */
  last_epoch: Epoch;
  /**
   * Booked to operators, in uopen.
   */
  operator_rewards: Uint128;
  /**
   * Their split.
   */
  parts: Parts;
  /**
   * Release rate.
   */
  release_rate: Bps;
  /**
   * Part of the pool owed to nobody, the treasury's.
   */
  residual: Uint128;
  /**
   * The round.
   */
  round: RoundId;
  /**
   * Stake that it gave to positions, in units.
   */
  stake_given: Uint128;
  /**
   * Stake that it could distribute, in units.
   */
  tranche: Uint128;
  /**
   * Gross amount of unresolved redemptions, all of it the treasury's.
   */
  unresolved: Uint128;
  /**
   * z in tenths.
   */
  z_tenths: number;
}
/**
 * An announced spending of the treasury.
 */
export interface Spend {
  /**
   * How much, in uopen.
   */
  amount: Uint128;
  /**
   * Earliest time of its execution.
   */
  executable_at: Seconds;
  /**
   * Its id.
   */
  id: SpendId;
  /**
   * Height at which it was announced.
   */
  proposed_height: Uint64;
  /**
   * What for.
   */
  reason: string;
  /**
   * Where it stands.
   */
  state: SpendState;
  /**
   * To whom.
   */
  to: Addr;
}
/**
 * An account's standing, for `datanet`.
 */
export interface Standing {
  /**
   * `−accrued` beyond doubt, in uopen; see `rules::ledger`.
   */
  proved_debt: Uint64;
  /**
   * Whether the account was released by a retirement after the last settled round, and no fees have come in since.
   */
  retired: boolean;
  /**
   * Settled rounds of fees in a row with proved debt, up to 255.
   */
  rounds_with_debt: number;
  /**
   * Settled rounds of fees in a row without, up to 255.
   */
  rounds_without_debt: number;
}
/**
 * Everything the contract owes, in uopen, but for what its claims have paid. Its OPEN balance is never less than the sum less [`ModelTotals::claimed`] of all models.
 */
export interface Totals {
  /**
   * Balances of owners and operators.
   */
  balances: Uint128;
  /**
   * Deposits of channels, less redeemed and refunded.
   */
  channels: Uint128;
  /**
   * Σ liability over all models: owed to contributors, claimed or not.
   */
  liability: Uint128;
  /**
   * Parts of unsettled epochs, and pools of rounds in progress.
   */
  pools: Uint128;
  /**
   * Royalties: owed to parents, and waiting for valuation rounds.
   */
  royalties: Uint128;
  /**
   * The treasury.
   */
  treasury: Uint128;
}
/**
 * What a valuation round would distribute, and when.
 */
export interface Valuation {
  /**
   * The cap, in uopen.
   */
  cap: Uint128;
  /**
   * The current epoch.
   */
  epoch: Epoch;
  /**
   * The earliest epoch in which one can open.
   */
  not_before: Epoch;
  /**
   * Release rate and cap of the current epoch.
   */
  release_rate: Bps;
  /**
   * Royalties that wait for it.
   */
  royalties: Parts;
  /**
   * Stake that it would distribute if there is a new version, in units.
   */
  tranche: Uint128;
  /**
   * Versions that the last one knew.
   */
  valued_versions: number;
}
