// Generated from timelock.json by types.mjs; do not edit.

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
 * Messages.
 */
export type ExecuteMsg =
  | {
      propose: {
        /**
         * In the order in which they are made; 1 to [`MAX_CHANGES`].
         */
        changes: Change[];
        /**
         * What for; at most [`MAX_REASON_BYTES`].
         */
        reason: string;
      };
    }
  | {
      cancel: {
        /**
         * The proposal.
         */
        proposal: ProposalId;
      };
    }
  | {
      execute: {
        /**
         * The proposal.
         */
        proposal: ProposalId;
      };
    }
  | {
      update_ownership: Action;
    };
/**
 * One change that a timelock makes as the admin of a contract.
 */
export type Change =
  | {
      migrate: {
        /**
         * The code, already stored: what it is can no longer change.
         */
        code_id: Uint64;
        /**
         * The contract.
         */
        contract: string;
        /**
         * The contract's migration message, JSON of at most [`MAX_MESSAGE_BYTES`].
         */
        msg: Binary;
      };
    }
  | {
      set_admin: {
        /**
         * The contract.
         */
        contract: string;
        /**
         * The new admin.
         */
        to: string;
      };
    }
  | {
      clear_admin: {
        /**
         * The contract.
         */
        contract: string;
      };
    }
  | {
      set_delay: {
        /**
         * The new delay; 1 second to [`MAX_DELAY`].
         */
        delay: Seconds;
      };
    };
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * A 64-bit number as a decimal string: ProposalId
 */
export type ProposalId = string;
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
      proposal: {
        /**
         * Its id.
         */
        proposal: ProposalId;
      };
    }
  | {
      proposals: {
        /**
         * The page.
         */
        page: Page;
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
/**
 * Where a proposal stands.
 */
export type ProposalState = "waiting" | "executable" | "expired" | "executed" | "cancelled";
export type ArrayOf_Proposal = Proposal1[];

/**
 * Messages of the contract timelock.
 */
export interface Api {
  instantiate: InstantiateMsg;
  execute: ExecuteMsg;
  query: QueryMsg;
  migrate: MigrateMsg;
  responses: Responses;
}
/**
 * Sets the contract up. The chain's own message makes it the admin of others, and of itself.
 */
export interface InstantiateMsg {
  /**
   * Time from an announcement until it can be executed; 1 second to [`MAX_DELAY`].
   */
  delay: Seconds;
  /**
   * Blocks that the delay, and the time for executing, last at least; at most [`MAX_BLOCKS`].
   */
  min_blocks: Uint64;
  /**
   * Who announces and cancels.
   */
  proposer: string;
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
  ownership: OwnershipFor_Addr;
  proposal: Proposal;
  proposals: ArrayOf_Proposal;
}
/**
 * How long announcements wait.
 */
export interface Config {
  /**
   * Time from an announcement until it can be executed.
   */
  delay: Seconds;
  /**
   * Blocks that the delay, and the time for executing, last at least.
   */
  min_blocks: Uint64;
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
 * Announced changes.
 */
export interface Proposal {
  /**
   * In the order in which they are made.
   */
  changes: Change[];
  /**
   * Earliest time of its execution.
   */
  executable_at: Seconds;
  /**
   * Earliest height of its execution.
   */
  executable_height: Uint64;
  /**
   * From this time on it cannot be executed any more, once `expires_height` is reached too.
   */
  expires_at: Seconds;
  /**
   * Height that must be reached before it expires.
   */
  expires_height: Uint64;
  /**
   * Its id.
   */
  id: ProposalId;
  /**
   * Height at which it was announced.
   */
  proposed_height: Uint64;
  /**
   * Who announced it.
   */
  proposer: Addr;
  /**
   * What for.
   */
  reason: string;
  /**
   * Where it stands.
   */
  state: ProposalState;
}
/**
 * Announced changes.
 */
export interface Proposal1 {
  /**
   * In the order in which they are made.
   */
  changes: Change[];
  /**
   * Earliest time of its execution.
   */
  executable_at: Seconds;
  /**
   * Earliest height of its execution.
   */
  executable_height: Uint64;
  /**
   * From this time on it cannot be executed any more, once `expires_height` is reached too.
   */
  expires_at: Seconds;
  /**
   * Height that must be reached before it expires.
   */
  expires_height: Uint64;
  /**
   * Its id.
   */
  id: ProposalId;
  /**
   * Height at which it was announced.
   */
  proposed_height: Uint64;
  /**
   * Who announced it.
   */
  proposer: Addr;
  /**
   * What for.
   */
  reason: string;
  /**
   * Where it stands.
   */
  state: ProposalState;
}
