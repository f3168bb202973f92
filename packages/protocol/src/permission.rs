//! Who may send a message. Each `ExecuteMsg::permission` maps every variant to one of these; contracts enforce the general
//! ones at the door and the record-bound ones where the record is loaded.

/// Who may send a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Any account.
    Anyone,
    /// The contract's owner (`cw-ownable`): governance.
    Governance,
    /// The cw20 OPEN contract, through `Send`.
    OpenToken,
    /// The wired `datanet` contract.
    Datanet,
    /// The wired `model` contract.
    Model,
    /// The wired `attribution` contract.
    Attribution,
    /// The wired `settlement` contract.
    Settlement,
    /// A party of the record that the message names; the text says which.
    Party(&'static str),
}
