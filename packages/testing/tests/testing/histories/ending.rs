//! The end of a life: everyone takes what is theirs.

use std::collections::BTreeSet;

use cosmwasm_std::Addr;
use protocol::attribution::{Outcome, Round};
use protocol::datanet::Status;
use protocol::settlement::ExecuteMsg;
use protocol::stake;
use testing::scenario::{Part, World, positive_sum, report};

use super::Life;
use crate::attacker::sweep;

/// What all holders' fractions and what a dividend carries to the next one come to, in uopen: less than this.
const CARRIED: u128 = 40;

impl Life {
    /// All that was earned is measured, released and taken.
    pub fn everyone_takes_what_is_theirs(&mut self) {
        for operator in self.world.accounts.operators.clone() {
            let _ = self.world.bond_operator(&operator);
        }
        for model in self.models {
            self.world.with_model(model, |world| world.approve_validation(2_000));
            // So that no pool is under the smallest.
            self.world.with_model(model, |world| world.pay(50_000_000)).unwrap();
        }
        self.world.finish_epoch();
        self.world.finish_epoch();
        // The adapter first: what it owes flows into the base.
        for model in self.models.into_iter().rev() {
            self.world.with_model(model, settle_all);
        }
        for _ in 0..6 {
            self.world.to_next_epoch();
        }
        for model in self.models {
            self.world.with_model(model, take_all);
        }
        for account in self.world.accounts.all() {
            let _ = self.world.settle_as(&account, &ExecuteMsg::Withdraw {});
        }
    }

    pub fn check_nothing_is_left(&mut self) {
        let totals = self.world.totals();
        assert_eq!((totals.pools.u128(), totals.balances.u128()), (0, 0));
        assert!(totals.royalties.u128() < rules::royalty::MIN_FLOW, "{}", totals.royalties);
        for model in self.models {
            let (ledger, stake) = self.world.with_model(model, |world| (world.model_totals(), world.dividend_totals()));
            assert_eq!((ledger.claimed, ledger.stake_claimed), (ledger.liability, ledger.stake_given));
            assert!(stake.sharing.is_zero() || stake.outstanding.u128() < CARRIED, "{}", stake.outstanding);
        }
    }
}

/// Settles all fees of the world's model, lets its royalties flow, and values it.
fn settle_all(world: &mut World) {
    while let Ok(round) = world.open_round() {
        assert_eq!(play_evenly(world, &round).outcome, Some(Outcome::Settled));
    }
    let _ = world.flow();
    world.register_version().unwrap();
    world.to_next_epoch();
    world.to_next_epoch();
    let round = world.open_valuation().unwrap();
    assert_eq!(play_evenly(world, &round).outcome, Some(Outcome::Settled));
}

/// The whole set reports the same.
fn play_evenly(world: &mut World, round: &Round) -> Round {
    let entries = vec![(1_000_000, 0); round.positions as usize];
    let same = Part::Reports(report(&entries, positive_sum(&entries), round.redemptions));
    let part = |operator: &Addr| if round.operators.contains(operator) { same.clone() } else { Part::Absent };
    let parts: Vec<Part> = world.accounts.operators.iter().map(part).collect();
    world.play_opened(round, &parts).unwrap()
}

/// Retires the world's model, claims or sweeps every position, pays all dividends.
fn take_all(world: &mut World) {
    world.retire(None).unwrap();
    for used in world.used_contributions() {
        let slashed = world.contribution(used.contribution).status == Status::Slashed;
        let _ = if slashed { sweep(world, &[used.position]) } else { world.claim(&[used.position]) };
    }
    // What was carried while nobody held stake comes with the next dividend.
    let (stranger, stake) = (world.accounts.stranger.clone(), world.stake());
    world.chain.send_open(&stranger, &stake, 1, &stake::ReceiveMsg::Dividend {}).unwrap();
    let all: BTreeSet<Addr> = world.accounts.all().into_iter().collect();
    let all: Vec<&Addr> = all.iter().collect();
    let _ = world.claim_dividends(&all);
}
