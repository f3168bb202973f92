//! All attacks.

use super::OPEN;
use super::attack::{Attack, Back};
use super::copies::{Copies, Likeness};
use super::identities::{Split, TurnsBad};
use super::junk::Junk;
use super::laundering::Laundering;
use super::lures::{Outliers, Shadow};
use super::poison::Poison;
use super::stuffing::Stuffing;

/// How often a copied contribution is there, with the original.
const TIMES: [usize; 3] = [2, 5, 10];
/// The same of the copies that no search finds.
const DISGUISED: usize = 5;
/// Fees of stuffed queries in uopen: from a tenth of the smallest usual one to ten times the largest.
const FEES: [u128; 5] = [OPEN / 10, OPEN, 3 * OPEN, 10 * OPEN, 30 * OPEN];
/// Fees of an owner's stuffed queries, in uopen.
const OWNERS_FEES: [u128; 2] = [OPEN, 10 * OPEN];
/// Accounts of one contributor.
const ACCOUNTS: usize = 10;

/// Every attack, in the order of tables.
pub fn all() -> Vec<Box<dyn Attack>> {
    let mut all = copies(&[Likeness::Exact, Likeness::Near, Likeness::Moved], &TIMES);
    all.extend(copies(&[Likeness::Disguised], &[DISGUISED]));
    all.push(Box::new(Split { accounts: ACCOUNTS }));
    all.extend([Junk::FlippedLabels, Junk::Noise, Junk::Boilerplate].map(boxed));
    all.extend([Laundering::Bought, Laundering::Disguised, Laundering::OwnCopy].map(boxed));
    all.extend([boxed(Outliers), boxed(Shadow)]);
    all.extend([0, OPEN, 3 * OPEN].map(|fee_uopen| boxed(Poison { fee_uopen })));
    all.extend(FEES.map(|fee_uopen| boxed(Stuffing { fee_uopen, back: Back::Nothing })));
    all.extend(OWNERS_FEES.map(|fee_uopen| boxed(Stuffing { fee_uopen, back: Back::OwnerAndStake })));
    all.push(Box::new(TurnsBad));
    all
}

/// Those of which something must hold in every epoch, and that few models serve.
pub fn small() -> Vec<Box<dyn Attack>> {
    let mut small = copies(&[Likeness::Exact, Likeness::Near], &[10]);
    small.push(Box::new(Split { accounts: ACCOUNTS }));
    small.push(Box::new(Junk::FlippedLabels));
    small.push(Box::new(Stuffing { fee_uopen: OPEN, back: Back::Nothing }));
    small
}

fn copies(likenesses: &[Likeness], times: &[usize]) -> Vec<Box<dyn Attack>> {
    let of = |&likeness: &Likeness| times.iter().map(move |&times| boxed(Copies { likeness, times }));
    likenesses.iter().flat_map(of).collect()
}

fn boxed(attack: impl Attack + 'static) -> Box<dyn Attack> {
    Box::new(attack)
}
