//! `datanet` on an embedded chain with the real OPEN token: one file per action, and the pitfalls audits find.
//!
//! `model` and `settlement` are stand-ins that answer what a test put into them and record what they are told: what these
//! contracts do themselves is tested with them.

mod appeal;
mod books;
mod claim_debt;
mod collect_debt;
mod commit;
mod create_datanet;
mod deploy;
mod door;
mod forfeit;
mod hand_over;
mod mark_used;
mod migration;
mod models;
mod pitfalls;
mod private;
mod prove_duplicate;
mod queries;
mod random_walk;
mod recognition;
mod refused_proofs;
mod release_bond;
mod reveal;
mod review;
mod samples;
mod set_payees;
mod stand_ins;
mod withdraw;
mod world;
