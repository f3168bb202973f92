//! One file per action. What every action needs is checked before it is called: no native coins, and the sender's permission
//! unless it depends on a record.

pub mod appeal;
pub mod claim_debt;
pub mod collect_debt;
pub mod commit;
pub mod create_datanet;
pub mod forfeit;
pub mod governance;
pub mod hand_over;
pub mod mark_used;
pub mod prove_duplicate;
pub mod recognition;
pub mod release_bond;
pub mod reveal;
pub mod review;
pub mod set_payees;
pub mod withdraw;
