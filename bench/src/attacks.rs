//! What contributors who do not play fair gain on digits, when a model is trained on what they give, its influence is measured, and its
//! fees are settled by the rules.
//!
//! Every attack ([`attack`]) is played for some epochs in a world ([`ground`]) of honest contributors ([`cast`]), three of them of the
//! attacker's size. Copies are resolved before training ([`training`]), models are trained once for all who need them
//! ([`models`]), [`course`] plays the epochs, [`accounts`] has the ledger and the bonds, [`judge`] compares with a world in which the
//! attacker does something else, [`checks`] are what must always hold. [`care`] says what is done against attacks before training: [`receipts`]
//! finds bought labels, [`trial`] trains with and without a newcomer, [`chance`] asks how its items agree. [`specialist`] is Task R with strata that the engine finds itself.
//! [`images`] distorts images; the attacks are in [`copies`], [`identities`], [`junk`], [`laundering`], [`lures`], [`poison`],
//! [`stuffing`] and [`suite`], which lists them; [`plot`] draws what came of them.

pub mod accounts;
pub mod attack;
pub mod care;
pub mod cast;
pub mod chance;
pub mod checks;
pub mod copies;
pub mod course;
pub mod ground;
pub mod identities;
pub mod images;
pub mod judge;
pub mod junk;
pub mod laundering;
pub mod lures;
pub mod models;
pub mod plot;
pub mod poison;
pub mod receipts;
pub mod specialist;
pub mod stuffing;
pub mod suite;
pub mod training;
pub mod trial;

/// One OPEN, in uopen.
pub const OPEN: u128 = 1_000_000;
