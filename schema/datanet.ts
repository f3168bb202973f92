// Generated from datanet.json by types.mjs; do not edit.

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
      wire: {
        /**
         * The `model` contract.
         */
        model: string;
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
      create_datanet: NewDatanet;
    }
  | {
      offer_datanet: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * The account that may accept.
         */
        to: string;
      };
    }
  | {
      accept_datanet: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
      };
    }
  | {
      receive: Cw20ReceiveMsg;
    }
  | {
      reveal: {
        /**
         * The committed contribution.
         */
        contribution: ContributionId;
        /**
         * What was committed.
         */
        revealed: RevealedContribution;
      };
    }
  | {
      forfeit: {
        /**
         * The overdue contribution.
         */
        contribution: ContributionId;
      };
    }
  | {
      review: {
        /**
         * The pending contribution.
         */
        contribution: ContributionId;
        /**
         * The vote.
         */
        verdict: Verdict;
      };
    }
  | {
      prove_duplicate: DuplicateProof;
    }
  | {
      set_payees: {
        /**
         * The contribution.
         */
        contribution: ContributionId;
        /**
         * Shares that sum to 10,000.
         */
        payees: Payee[];
      };
    }
  | {
      withdraw: {
        /**
         * The contribution.
         */
        contribution: ContributionId;
      };
    }
  | {
      release_bond: {
        /**
         * The contribution.
         */
        contribution: ContributionId;
      };
    }
  | {
      propose_recognition: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      confirm_recognition: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      revoke_recognition: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * The model.
         */
        model: ModelId;
      };
    }
  | {
      claim_debt: {
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
      appeal: {
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
      collect_debt: {
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
      mark_used: {
        /**
         * Accepted contributions.
         */
        contributions: ContributionId[];
        /**
         * Its influence share, which must reach each DataNet's minimum.
         */
        influence_share: Bps;
        /**
         * The model.
         */
        model: ModelId;
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
 * Who may contribute to a DataNet.
 */
export type Admission =
  | {
      open: {};
    }
  | {
      allowlist: {
        /**
         * Accounts that may commit.
         */
        accounts: string[];
      };
    }
  | {
      reviewed: {
        /**
         * Accounts that may review.
         */
        reviewers: string[];
        /**
         * Votes to accept, 1 to the number of reviewers.
         */
        threshold: number;
      };
    };
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
 * A share in basis points: 10,000 is the whole.
 */
export type Bps = number;
/**
 * A 64-bit number as a decimal string: DatanetId
 */
export type DatanetId = string;
/**
 * Binary is a wrapper around Vec<u8> to add base64 de/serialization with serde. It also adds some helper methods to help encode inline.
 *
 * This is only needed as serde-json-{core,wasm} has a horrible encoding for Vec<u8>. See also <https://github.com/CosmWasm/cosmwasm/blob/main/docs/MESSAGE_TYPES.md>.
 */
export type Binary = string;
/**
 * A 64-bit number as a decimal string: ContributionId
 */
export type ContributionId = string;
/**
 * What kind of work a contribution is.
 */
export type ContributionKind = "data" | "annotation" | "correction" | "evaluation";
/**
 * A reviewer's vote.
 */
export type Verdict = "accept" | "reject";
/**
 * A 64-bit number as a decimal string: ModelId
 */
export type ModelId = string;
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
      datanet: {
        /**
         * Its id.
         */
        datanet: DatanetId;
      };
    }
  | {
      datanets: {
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      contribution: {
        /**
         * Its id.
         */
        contribution: ContributionId;
      };
    }
  | {
      contributions: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * The page.
         */
        page: Page;
      };
    }
  | {
      recognitions: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
      };
    }
  | {
      debt_case: {
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
      snapshot: {
        /**
         * The DataNet.
         */
        datanet: DatanetId;
        /**
         * How many of its first contributions.
         */
        version: Uint64;
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
 * Where a contribution stands.
 */
export type Status = "committed" | "forfeited" | "pending" | "accepted" | "rejected" | "withdrawn" | "slashed";
export type ArrayOf_Contribution = Contribution1[];
export type ArrayOf_Datanet = Datanet1[];
export type Nullable_DebtCase = DebtCase | null;
/**
 * Where a debt case stands.
 */
export type DebtCaseState = "open" | "closed" | "barred";
export type ArrayOf_Recognition = Recognition[];

/**
 * Messages of the contract datanet.
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
   * Time in which a claim for proved debt can be appealed.
   */
  appeal_period: Seconds;
  /**
   * Settled rounds in a row without proved debt after which a bond is released; 1 to 255.
   */
  clean_rounds: number;
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * Time from the proposal to recognise a model to its confirmation, and from a withdrawal to the release of an unused bond.
   */
  notice_period: Seconds;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: string;
  /**
   * Governance (`cw-ownable`, two-step transfer).
   */
  owner: string;
  /**
   * Time from commit to the last moment of a reveal.
   */
  reveal_period: Seconds;
}
/**
 * What a DataNet is created with.
 */
export interface NewDatanet {
  /**
   * Who may contribute.
   */
  admission: Admission;
  /**
   * Bond per contribution, in uopen; at least 1.
   */
  bond: Uint128;
  /**
   * Commits per account in 24 hours; at least 1.
   */
  commits_per_day: number;
  /**
   * Accounts that approve validation examples for this DataNet.
   */
  curators: string[];
  /**
   * Up to 1,024 characters.
   */
  description: string;
  /**
   * For a private DataNet `rules::item::key_commitment` of the key under which its items are digested. Reviewers hold the key and check every contribution against it. The size of a private contribution is withheld: its `bytes` must be 0.
   */
  item_key?: Hash32 | null;
  /**
   * SPDX expression, the least a contribution's licence must offer.
   */
  licence: string;
  /**
   * Media type of the items, as `image/x-grey8` or `text/plain`.
   */
  media: string;
  /**
   * The least influence share that a model must offer to use this DataNet.
   */
  min_influence_share: Bps;
  /**
   * 1 to 64 characters.
   */
  name: string;
  /**
   * Where the schema of an item is described; up to 256 characters.
   */
  schema: string;
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
 * The reveal of a committed contribution.
 */
export interface RevealedContribution {
  /**
   * Total bytes of the items; 0 in a private DataNet.
   */
  bytes: Uint64;
  /**
   * Number of items, at least 1.
   */
  item_count: Uint64;
  /**
   * Commitment to the items: `rules::item::items_commitment`.
   */
  items_root: Hash32;
  /**
   * Kind of contribution.
   */
  kind: ContributionKind;
  /**
   * SPDX expression.
   */
  licence: string;
  /**
   * Who is paid; empty for the contributor alone.
   */
  payees: Payee[];
  /**
   * The salt of the commitment.
   */
  salt: Hash32;
  /**
   * Where the items are; up to 512 characters.
   */
  uri: string;
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
 * Inclusion proofs of the same items in two contributions; see `rules::duplicate`.
 */
export interface DuplicateProof {
  /**
   * The accepted contribution that was committed first.
   */
  earlier: ContributionId;
  /**
   * Multiproof path in the earlier contribution's tree.
   */
  earlier_path: Hash32[];
  /**
   * The later contribution, of another contributor in the same DataNet.
   */
  later: ContributionId;
  /**
   * Multiproof path in the later contribution's tree.
   */
  later_path: Hash32[];
  /**
   * Items, by strictly increasing later position, at most [`MAX_DUPLICATE_PAIRS`].
   */
  pairs: DuplicatePair[];
}
/**
 * One item that stands in both contributions.
 */
export interface DuplicatePair {
  /**
   * The item's digest.
   */
  digest: Hash32;
  /**
   * Its position in the earlier contribution.
   */
  earlier_position: Uint64;
  /**
   * Its position in the later contribution.
   */
  later_position: Uint64;
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
  contribution: Contribution;
  contributions: ArrayOf_Contribution;
  datanet: Datanet;
  datanets: ArrayOf_Datanet;
  debt_case: Nullable_DebtCase;
  ownership: OwnershipFor_Addr;
  recognitions: ArrayOf_Recognition;
  snapshot: Snapshot;
}
/**
 * Configuration.
 */
export interface Config {
  /**
   * Time in which a claim for proved debt can be appealed.
   */
  appeal_period: Seconds;
  /**
   * Bonds held now, in uopen.
   */
  bonds_held: Uint128;
  /**
   * Chain id that enters every commitment.
   */
  chain_id: string;
  /**
   * Settled rounds in a row without proved debt after which a bond is released.
   */
  clean_rounds: number;
  /**
   * Blocks that every window lasts at least.
   */
  min_blocks: Uint64;
  /**
   * The `model` contract, once wired.
   */
  model?: Addr | null;
  /**
   * Notice of a recognition, and of the release of an unused bond.
   */
  notice_period: Seconds;
  /**
   * The cw20 contract of OPEN.
   */
  open_token: Addr;
  /**
   * Time from commit to the last moment of a reveal.
   */
  reveal_period: Seconds;
  /**
   * The `settlement` contract, once wired.
   */
  settlement?: Addr | null;
}
/**
 * A contribution.
 */
export interface Contribution {
  /**
   * Block time of acceptance.
   */
  accepted_at?: Seconds | null;
  /**
   * Reviewers who accepted.
   */
  accepts: number;
  /**
   * Bond paid at commit, in uopen.
   */
  bond: Uint128;
  /**
   * Whether what was left of the bond went back.
   */
  bond_returned: boolean;
  /**
   * What of the bond was taken, in uopen.
   */
  bond_taken: Uint128;
  /**
   * The commitment.
   */
  commitment: Hash32;
  /**
   * Block time of the commit: its precedence.
   */
  committed_at: Seconds;
  /**
   * Block height of the commit.
   */
  committed_height: Uint64;
  /**
   * Who committed it.
   */
  contributor: Addr;
  /**
   * Its DataNet.
   */
  datanet: DatanetId;
  /**
   * Items proved to be copies.
   */
  duplicates: Uint64;
  /**
   * Its id.
   */
  id: ContributionId;
  /**
   * Who is paid.
   */
  payees: Payee[];
  /**
   * Rank among the DataNet's accepted contributions, from 0.
   */
  rank?: Uint64 | null;
  /**
   * Reviewers who rejected.
   */
  rejects: number;
  /**
   * What was revealed; the payees there are the first, the current ones are `payees`.
   */
  revealed?: RevealedContribution | null;
  /**
   * Where it stands.
   */
  status: Status;
  /**
   * Whether a model uses it.
   */
  used: boolean;
  /**
   * Block time of its withdrawal.
   */
  withdrawn_at?: Seconds | null;
}
/**
 * A contribution.
 */
export interface Contribution1 {
  /**
   * Block time of acceptance.
   */
  accepted_at?: Seconds | null;
  /**
   * Reviewers who accepted.
   */
  accepts: number;
  /**
   * Bond paid at commit, in uopen.
   */
  bond: Uint128;
  /**
   * Whether what was left of the bond went back.
   */
  bond_returned: boolean;
  /**
   * What of the bond was taken, in uopen.
   */
  bond_taken: Uint128;
  /**
   * The commitment.
   */
  commitment: Hash32;
  /**
   * Block time of the commit: its precedence.
   */
  committed_at: Seconds;
  /**
   * Block height of the commit.
   */
  committed_height: Uint64;
  /**
   * Who committed it.
   */
  contributor: Addr;
  /**
   * Its DataNet.
   */
  datanet: DatanetId;
  /**
   * Items proved to be copies.
   */
  duplicates: Uint64;
  /**
   * Its id.
   */
  id: ContributionId;
  /**
   * Who is paid.
   */
  payees: Payee[];
  /**
   * Rank among the DataNet's accepted contributions, from 0.
   */
  rank?: Uint64 | null;
  /**
   * Reviewers who rejected.
   */
  rejects: number;
  /**
   * What was revealed; the payees there are the first, the current ones are `payees`.
   */
  revealed?: RevealedContribution | null;
  /**
   * Where it stands.
   */
  status: Status;
  /**
   * Whether a model uses it.
   */
  used: boolean;
  /**
   * Block time of its withdrawal.
   */
  withdrawn_at?: Seconds | null;
}
/**
 * A DataNet.
 */
export interface Datanet {
  /**
   * Its id.
   */
  id: DatanetId;
  /**
   * The account it is offered to.
   */
  offered_to?: Addr | null;
  /**
   * Its owner.
   */
  owner: Addr;
  /**
   * Commitment to the accepted contributions.
   */
  root: Hash32;
  /**
   * As created.
   */
  settings: NewDatanet;
  /**
   * Number of accepted contributions: the current version.
   */
  version: Uint64;
}
/**
 * A DataNet.
 */
export interface Datanet1 {
  /**
   * Its id.
   */
  id: DatanetId;
  /**
   * The account it is offered to.
   */
  offered_to?: Addr | null;
  /**
   * Its owner.
   */
  owner: Addr;
  /**
   * Commitment to the accepted contributions.
   */
  root: Hash32;
  /**
   * As created.
   */
  settings: NewDatanet;
  /**
   * Number of accepted contributions: the current version.
   */
  version: Uint64;
}
/**
 * A claim for proved debt on a contribution's bond.
 */
export interface DebtCase {
  /**
   * Votes against it.
   */
  appeals: number;
  /**
   * Block time of the claim.
   */
  claimed_at: Seconds;
  /**
   * Height of the claim.
   */
  claimed_height: Uint64;
  /**
   * Ever taken from the bond for this model, in uopen.
   */
  collected: Uint128;
  /**
   * The contribution.
   */
  contribution: ContributionId;
  /**
   * The model in which it is in debt.
   */
  model: ModelId;
  /**
   * Where the case stands.
   */
  state: DebtCaseState;
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
 * A model that a DataNet recognises, or is about to.
 */
export interface Recognition {
  /**
   * Whether it was confirmed.
   */
  confirmed: boolean;
  /**
   * The model.
   */
  model: ModelId;
  /**
   * When it was announced.
   */
  proposed_at: Seconds;
  /**
   * Height of the announcement.
   */
  proposed_height: Uint64;
}
/**
 * An immutable snapshot: the first `version` accepted contributions.
 */
export interface Snapshot {
  /**
   * The DataNet.
   */
  datanet: DatanetId;
  /**
   * Commitment to them: `rules::tree` over `rules::item::contribution_digest`.
   */
  root: Hash32;
  /**
   * How many contributions it holds.
   */
  version: Uint64;
}
