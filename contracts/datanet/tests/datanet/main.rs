//! `datanet` on an embedded chain with the real OPEN token: one file per action, and the pitfalls audits find.
//!
//! `settlement` is a stand-in that records what it is told, and the model contract a plain account: what these contracts do
//! themselves is tested with them.

mod commit;
mod create_datanet;
mod deploy;
mod door;
mod forfeit;
mod hand_over;
mod mark_used;
mod migration;
mod pitfalls;
mod prove_duplicate;
mod queries;
mod refused_proofs;
mod reveal;
mod review;
mod samples;
mod set_payees;
mod world;
