// Generated from model.json by types.mjs; do not edit.

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
 * Messages.
 */
export type ExecuteMsg =
  | {
      wire: {
        /**
         * The `attribution` contract.
         */
        attribution: string;
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
      create_model: NewModel;
    }
  | {
      change_terms: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * All terms as they shall be.
         */
        terms: Terms;
      };
    }
  | {
      note_withdrawals: {
        /**
         * Contributions that it uses, withdrawn or slashed in `datanet`; at most [`MAX_NOTED`].
         */
        contributions: ContributionId[];
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      offer_model: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The account that may accept.
         */
        to: string;
      };
    }
  | {
      accept_model: {
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      append_contributions: {
        /**
         * Accepted contributions, none listed before; at most 100.
         */
        contributions: ContributionId[];
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      register_version: {
        /**
         * What it was made from.
         */
        manifest: VersionManifest;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      set_prices: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Prices.
         */
        prices: Price[];
      };
    }
  | {
      set_corrections: {
        /**
         * The DataNet; it must exist.
         */
        datanet?: DatanetId | null;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      propose_validation: {
        /**
         * How many; at least 1.
         */
        count: Uint64;
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Commitment to the examples: `rules::tree` under `TAG_VALIDATION`.
         */
        root: Hash32;
        /**
         * Where they will be published; up to 512 characters.
         */
        uri: string;
      };
    }
  | {
      approve_validation: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * For the model, or for a DataNet that the model uses.
         */
        on_behalf: Curatorship;
        /**
         * The proposal's root, so that nobody approves what replaced it.
         */
        root: Hash32;
      };
    }
  | {
      consume_validation: {
        /**
         * How many examples.
         */
        count: Uint64;
        /**
         * The model.
         */
        model: ModelId;
        /**
         * The round that consumes them.
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
 * What a model is made from.
 */
export type ModelKind = "base" | "adapter" | "merge";
/**
 * A 64-bit number as a decimal string: MethodId
 */
export type MethodId = string;
/**
 * A 64-bit number as a decimal string: ModelId
 */
export type ModelId = string;
/**
 * A share in basis points: 10,000 is the whole.
 */
export type Bps = number;
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
 * A 64-bit number as a decimal string: ContributionId
 */
export type ContributionId = string;
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * A 64-bit number as a decimal string: DatanetId
 */
export type DatanetId = string;
/**
 * 32 bytes as 64 hex digits
 */
export type Hash32 = string;
/**
 * What kind of work a version's claim is for.
 */
export type WorkKind = "compute" | "fine_tuning";
/**
 * On whose behalf a curator approves.
 */
export type Curatorship =
  | {
      model: {};
    }
  | {
      datanet: {
        /**
         * A contribution that the model uses, which shows that it uses the DataNet.
         */
        contribution: ContributionId;
      };
    };
/**
 * A 64-bit number as a decimal string: RoundId
 */
export type RoundId = string;
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
      model: {
        /**
         * Its id.
         */
        model: ModelId;
      };
    }
  | {
      models: {
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      version: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Its number, from 1.
         */
        number: number;
      };
    }
  | {
      price_sheet: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Its version, from 1.
         */
        version: number;
      };
    }
  | {
      used: {
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
      at: {
        /**
         * The model.
         */
        model: ModelId;
        /**
         * Positions.
         */
        positions: number[];
      };
    }
  | {
      validation_extensions: {
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
      round_basis: {
        /**
         * As `settlement` says in its `OpenRange`.
         */
        fixed_by: Seconds;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      commerce: {
        /**
         * Whose terms; the current epoch if absent.
         */
        epoch?: Epoch | null;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      terms_history: {
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
      position_of: {
        /**
         * The contribution.
         */
        contribution: ContributionId;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      withdrawn: {
        /**
         * The model.
         */
        model: ModelId;
      };
    };
/**
 * A 64-bit number as a decimal string: Seconds
 */
export type Seconds = string;
/**
 * A 64-bit number as a decimal string: Epoch
 */
export type Epoch = string;
export type ArrayOf_ContributionId = ContributionId[];
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
export type ArrayOf_Model = Model1[];
export type NullableUint32 = number | null;
export type ArrayOf_DatedTerms = DatedTerms[];
export type ArrayOf_UsedContribution = UsedContribution[];
export type ArrayOf_ValidationExtension = ValidationExtension[];
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary1 = string;

/**
 * Messages of the contract model.
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
   * The `datanet` contract.
   */
  datanet: string;
  /**
   * The cw20 contract of OPEN, in which stakes pay dividends.
   */
  open_token: string;
  /**
   * Governance.
   */
  owner: string;
  /**
   * Code id of `stake`, of which every model gets an instance.
   */
  stake_code_id: Uint64;
}
/**
 * What a model is created with.
 */
export interface NewModel {
  /**
   * Accounts that approve validation examples for this model.
   */
  curators: string[];
  /**
   * The account that serves the model and redeems vouchers.
   */
  gateway: string;
  /**
   * What it is made from.
   */
  kind: ModelKind;
  /**
   * How its scores are measured.
   */
  method: MethodId;
  /**
   * 1 to 64 characters.
   */
  name: string;
  /**
   * What it was made from, none twice; at most [`MAX_PARENTS`].
   */
  parents: Parent[];
  /**
   * Prices; the first sheet is version 1.
   */
  prices: Price[];
  /**
   * Its stake.
   */
  stake: NewStake;
  /**
   * Money terms.
   */
  terms: Terms;
}
/**
 * A model that another one was made from.
 */
export interface Parent {
  /**
   * The model; created earlier, so lineage has no cycles.
   */
  model: ModelId;
  /**
   * Its share of the parents' part; those of a model sum to 10,000.
   */
  share: Bps;
}
/**
 * A price of the current sheet.
 */
export interface Price {
  /**
   * What is sold, as `standard`; 1 to 64 characters.
   */
  name: string;
  /**
   * What 1,000 tokens read cost besides, in uopen. Tokens are counted as in receipts: bytes of a text, pixels of an image.
   */
  per_1000_in?: Uint128;
  /**
   * What 1,000 tokens written cost besides, in uopen: bytes of a text, labels.
   */
  per_1000_out?: Uint128;
  /**
   * Price of one call in uopen; at least 1.
   */
  per_call: Uint128;
}
/**
 * The stake of a new model: parts of a fixed supply, set for good. The three sum to 10,000.
 */
export interface NewStake {
  /**
   * The contributors' reserve, paid by valuation rounds.
   */
  contributors: Bps;
  /**
   * cw20 name, 3 to 50 characters.
   */
  name: string;
  /**
   * The owner's part.
   */
  owner: Bps;
  /**
   * cw20 symbol, 3 to 12 letters or hyphens.
   */
  symbol: string;
  /**
   * The work reserve, paid when versions are registered.
   */
  work: Bps;
}
/**
 * The money terms of a model. Later they move only in the contributors' favour, from the next epoch on: influence, stake, release rate and cap may rise, at the owner's cost alone; parents never change.
 */
export interface Terms {
  /**
   * The most one contribution can ever accrue, in uopen.
   */
  cap: Uint128;
  /**
   * Share of the contributors, by influence; at least 1.
   */
  influence: Bps;
  /**
   * Share of the net fee that is the owner's.
   */
  owner: Bps;
  /**
   * Share of the parents: 0 for a model without parents, at least 1 with them.
   */
  parents: Bps;
  /**
   * What part of newly earned money becomes payable in a round; 1 to 10,000.
   */
  release_rate: Bps;
  /**
   * Share of the stake's holders, as dividends.
   */
  stake: Bps;
}
/**
 * What a version was made from and by; frozen when registered.
 */
export interface VersionManifest {
  /**
   * Positions left out, one bit each (`rules::bitmap`).
   */
  left_out: Binary;
  /**
   * Count of the model's positions at training.
   */
  positions: number;
  /**
   * DataNet snapshots.
   */
  trained_on: TrainedOn[];
  /**
   * Hash of the training manifest: code, seeds, precision, hyperparameters, damping.
   */
  training_hash: Hash32;
  /**
   * Where manifest and weights are; up to 512 characters.
   */
  uri: string;
  /**
   * Hash of the weights.
   */
  weights_hash: Hash32;
  /**
   * Compute and fine-tuning claims; at most [`MAX_WORK_CLAIMS`].
   */
  work: WorkClaim[];
}
/**
 * A part of the training data.
 */
export interface TrainedOn {
  /**
   * The DataNet.
   */
  datanet: DatanetId;
  /**
   * The snapshot's root; checked.
   */
  root: Hash32;
  /**
   * Its snapshot.
   */
  version: Uint64;
}
/**
 * Work that went into a version, paid in stake when it is registered.
 */
export interface WorkClaim {
  /**
   * Who did it.
   */
  account: string;
  /**
   * What it was.
   */
  kind: WorkKind;
  /**
   * Share of what is left of the work reserve; those of a version sum to at most 10,000. Paid rounded down.
   */
  share: Bps;
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
  at: ArrayOf_ContributionId;
  commerce: Commerce;
  config: Config;
  model: Model;
  models: ArrayOf_Model;
  ownership: OwnershipFor_Addr;
  position_of: NullableUint32;
  price_sheet: PriceSheet;
  round_basis: RoundBasis;
  terms_history: ArrayOf_DatedTerms;
  used: ArrayOf_UsedContribution;
  validation_extensions: ArrayOf_ValidationExtension;
  version: Version;
  withdrawn: Binary1;
}
/**
 * What a payment needs from the model.
 */
export interface Commerce {
  /**
   * The account that redeems.
   */
  gateway: Addr;
  /**
   * Who gets the owner's part.
   */
  owner: Addr;
  /**
   * Its parents.
   */
  parents: Parent[];
  /**
   * Its stake contract.
   */
  stake: Addr;
  /**
   * Money terms of the epoch asked for.
   */
  terms: Terms;
  /**
   * Number of registered versions: without one there is nothing to pay for.
   */
  versions: number;
}
/**
 * Configuration.
 */
export interface Config {
  /**
   * The `attribution` contract, once wired.
   */
  attribution?: Addr | null;
  /**
   * Chain id that enters every digest.
   */
  chain_id: string;
  /**
   * The `datanet` contract.
   */
  datanet: Addr;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: Addr;
  /**
   * The `settlement` contract, once wired.
   */
  settlement?: Addr | null;
  /**
   * Code id of `stake`.
   */
  stake_code_id: Uint64;
}
/**
 * A model.
 */
export interface Model {
  /**
   * The DataNet that takes corrections of its answers.
   */
  corrections?: DatanetId | null;
  /**
   * Curators of validation examples.
   */
  curators: Addr[];
  /**
   * Length of its longest line of ancestors, itself included; 1 for a base model.
   */
  depth: number;
  /**
   * The account that serves it.
   */
  gateway: Addr;
  /**
   * Its id.
   */
  id: ModelId;
  /**
   * What it is made from.
   */
  kind: ModelKind;
  /**
   * How its scores are measured.
   */
  method: MethodId;
  /**
   * Name.
   */
  name: string;
  /**
   * The account it is offered to.
   */
  offered_to?: Addr | null;
  /**
   * Its owner.
   */
  owner: Addr;
  /**
   * Its parents.
   */
  parents: Parent[];
  /**
   * Number of used contributions.
   */
  positions: number;
  /**
   * Version of the current price sheet.
   */
  price_sheet: number;
  /**
   * Its stake contract; absent only within the transaction that creates the model.
   */
  stake?: Addr | null;
  /**
   * Money terms that were set last: in force from the next epoch on at the latest.
   */
  terms: Terms;
  /**
   * Validation pool.
   */
  validation: ValidationPool;
  /**
   * Number of registered versions; the latest has this number.
   */
  versions: number;
  /**
   * Fold of all versions' digests, for the inputs of rounds.
   */
  versions_hash: Hash32;
  /**
   * Positions whose contributions were withdrawn or slashed: later versions must leave them out.
   */
  withdrawn: number;
}
/**
 * The ordered, append-only list of validation examples.
 */
export interface ValidationPool {
  /**
   * Approved examples.
   */
  approved: Uint64;
  /**
   * Examples that rounds have consumed.
   */
  cursor: Uint64;
  /**
   * Number of approved extensions.
   */
  extensions: number;
  /**
   * The open proposal.
   */
  proposal?: ValidationProposal | null;
  /**
   * Fold of all approved extensions.
   */
  root: Hash32;
}
/**
 * Validation examples waiting for approval.
 */
export interface ValidationProposal {
  /**
   * How many.
   */
  count: Uint64;
  /**
   * A DataNet curator who approved.
   */
  datanet_curator?: Addr | null;
  /**
   * A model curator who approved.
   */
  model_curator?: Addr | null;
  /**
   * Commitment to the examples.
   */
  root: Hash32;
  /**
   * Where they will be published.
   */
  uri: string;
}
/**
 * A model.
 */
export interface Model1 {
  /**
   * The DataNet that takes corrections of its answers.
   */
  corrections?: DatanetId | null;
  /**
   * Curators of validation examples.
   */
  curators: Addr[];
  /**
   * Length of its longest line of ancestors, itself included; 1 for a base model.
   */
  depth: number;
  /**
   * The account that serves it.
   */
  gateway: Addr;
  /**
   * Its id.
   */
  id: ModelId;
  /**
   * What it is made from.
   */
  kind: ModelKind;
  /**
   * How its scores are measured.
   */
  method: MethodId;
  /**
   * Name.
   */
  name: string;
  /**
   * The account it is offered to.
   */
  offered_to?: Addr | null;
  /**
   * Its owner.
   */
  owner: Addr;
  /**
   * Its parents.
   */
  parents: Parent[];
  /**
   * Number of used contributions.
   */
  positions: number;
  /**
   * Version of the current price sheet.
   */
  price_sheet: number;
  /**
   * Its stake contract; absent only within the transaction that creates the model.
   */
  stake?: Addr | null;
  /**
   * Money terms that were set last: in force from the next epoch on at the latest.
   */
  terms: Terms;
  /**
   * Validation pool.
   */
  validation: ValidationPool;
  /**
   * Number of registered versions; the latest has this number.
   */
  versions: number;
  /**
   * Fold of all versions' digests, for the inputs of rounds.
   */
  versions_hash: Hash32;
  /**
   * Positions whose contributions were withdrawn or slashed: later versions must leave them out.
   */
  withdrawn: number;
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
 * Prices of one sheet.
 */
export interface PriceSheet {
  /**
   * Prices.
   */
  prices: Price[];
  /**
   * When it took effect.
   */
  since: Seconds;
  /**
   * When the next one did.
   */
  until?: Seconds | null;
  /**
   * Its version, from 1.
   */
  version: number;
}
/**
 * What a round needs from the model.
 */
export interface RoundBasis {
  /**
   * How its scores are measured.
   */
  method: MethodId;
  /**
   * Who gets the owner's part.
   */
  owner: Addr;
  /**
   * Count of positions.
   */
  positions: number;
  /**
   * Unused examples that were approved in time.
   */
  validation_available: Uint64;
  /**
   * First unused example.
   */
  validation_cursor: Uint64;
  /**
   * Fold of all approved extensions.
   */
  validation_root: Hash32;
  /**
   * Number of versions.
   */
  versions: number;
  /**
   * Fold of all versions.
   */
  versions_hash: Hash32;
}
/**
 * Terms and the epoch from which they hold.
 */
export interface DatedTerms {
  /**
   * First epoch.
   */
  from: Epoch;
  /**
   * The terms.
   */
  terms: Terms;
}
/**
 * A used contribution and its position.
 */
export interface UsedContribution {
  /**
   * The contribution.
   */
  contribution: ContributionId;
  /**
   * Its rank in the used list, from 0.
   */
  position: number;
}
/**
 * An approved extension of the validation pool.
 */
export interface ValidationExtension {
  /**
   * When it was approved: it serves rounds whose `fixed_by` is no earlier.
   */
  approved_at: Seconds;
  /**
   * How many.
   */
  count: Uint64;
  /**
   * Index of its first example in the pool.
   */
  first: Uint64;
  /**
   * Its number, from 1.
   */
  number: number;
  /**
   * Commitment to its examples.
   */
  root: Hash32;
  /**
   * Where they are published.
   */
  uri: string;
}
/**
 * A registered version.
 */
export interface Version {
  /**
   * What it was made from.
   */
  manifest: VersionManifest;
  /**
   * Its number, from 1.
   */
  number: number;
  /**
   * When it was registered.
   */
  registered_at: Seconds;
}
