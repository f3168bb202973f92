//! Random histories, beside a ledger that credits every holder at once with every dividend. `World` checks the books after
//! each message.

use std::collections::BTreeMap;

use cosmwasm_std::Uint128;
use proptest::prelude::*;
use protocol::stake::{ExecuteMsg, SUPPLY};

use crate::world::{CONTRIBUTORS_UNITS, OWNER_UNITS, WORK_UNITS, World};

const NAMES: [&str; 6] = ["owner", "ann", "ben", "cem", "hook", "stake"];
/// Fractions of a uopen.
const SCALE: u128 = 1 << 48;

#[derive(Clone, Debug)]
enum Step {
    /// From, to, units.
    Transfer(usize, usize, u128),
    Send(usize, u128),
    Allow(usize, usize, u128),
    TransferFrom(usize, usize, usize, u128),
    SendFrom(usize, usize, u128),
    Burn(usize, u128),
    BurnFrom(usize, usize, u128),
    Dividend(u128),
    Donate(u128),
    Claim(Vec<usize>),
    PayWork(Vec<(usize, u128)>),
    Deliver(Vec<(usize, u128)>),
}

/// From one unit to more than anybody has.
fn units() -> impl Strategy<Value = u128> {
    prop_oneof![Just(OWNER_UNITS), 0..10_u128, 1..1_000_000_u128, 1..OWNER_UNITS / 2, 1..SUPPLY,]
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..NAMES.len();
    let amount = prop_oneof![3 => 1..10_u128, 3 => 1..10_000_000_u128, 1 => 1..1_000_000_000_000_000_u128];
    let payments = || proptest::collection::vec((who(), 0..30_000_000_000_u128), 0..4);
    prop_oneof![
        6 => (who(), who(), units()).prop_map(|(from, to, units)| Step::Transfer(from, to, units)),
        2 => (who(), units()).prop_map(|(from, units)| Step::Send(from, units)),
        2 => (who(), who(), units()).prop_map(|(owner, spender, units)| Step::Allow(owner, spender, units)),
        3 => (who(), who(), who(), units()).prop_map(|(spender, owner, to, units)| {
            Step::TransferFrom(spender, owner, to, units)
        }),
        1 => (who(), who(), units()).prop_map(|(spender, owner, units)| Step::SendFrom(spender, owner, units)),
        2 => (who(), units()).prop_map(|(from, units)| Step::Burn(from, units)),
        1 => (who(), who(), units()).prop_map(|(spender, owner, units)| Step::BurnFrom(spender, owner, units)),
        8 => amount.prop_map(Step::Dividend),
        1 => (1..1_000_u128).prop_map(Step::Donate),
        4 => proptest::collection::vec(who(), 0..4).prop_map(Step::Claim),
        2 => payments().prop_map(Step::PayWork),
        2 => payments().prop_map(Step::Deliver),
    ]
}

/// Credits in 2^-48 uopen of every holder, kept by going through all of them.
#[derive(Default)]
struct Eager {
    credits: BTreeMap<&'static str, u128>,
    carried: u128,
}

impl Eager {
    fn share(&mut self, world: &World, amount: u128) {
        let due = amount * SCALE + self.carried;
        let holders: Vec<(&str, u128)> =
            NAMES.into_iter().filter(|name| *name != "stake").map(|name| (name, world.units(name))).collect();
        let sharing: u128 = holders.iter().map(|(_, units)| units).sum();
        if sharing == 0 {
            self.carried = due;
            return;
        }
        for (name, units) in holders {
            *self.credits.entry(name).or_default() += units * (due / sharing);
        }
        self.carried = due % sharing;
    }

    /// Whole uopen ever credited to an account.
    fn whole(&self, name: &str) -> u128 {
        self.credits.get(name).copied().unwrap_or_default() / SCALE
    }
}

struct History {
    world: World,
    eager: Eager,
}

impl History {
    fn new(owner_has_all: bool) -> Self {
        let units = if owner_has_all { [OWNER_UNITS, CONTRIBUTORS_UNITS, WORK_UNITS] } else { [0, SUPPLY - 5, 5] };
        Self { world: World::with_units(units), eager: Eager::default() }
    }

    fn take(&mut self, step: &Step) {
        if let Step::Dividend(amount) = step {
            self.eager.share(&self.world, *amount);
            self.world.dividend(*amount).expect("a dividend never fails");
        } else {
            self.send(step);
        }
        self.compare();
    }

    /// Sends a message; whether it is accepted is another test's matter.
    fn send(&mut self, step: &Step) {
        let world = &mut self.world;
        let text = |who: usize| world.text(NAMES[who]);
        let named = |all: &[(usize, u128)]| all.iter().map(|(who, units)| (NAMES[*who], *units)).collect::<Vec<_>>();
        let _ = match step {
            Step::Transfer(from, to, units) => world.transfer(NAMES[*from], NAMES[*to], *units),
            Step::Send(from, units) => world.send(NAMES[*from], *units, vec![]),
            Step::Allow(owner, spender, units) => {
                let (spender, amount) = (text(*spender), Uint128::new(*units));
                world.execute(NAMES[*owner], &ExecuteMsg::IncreaseAllowance { spender, amount, expires: None })
            }
            Step::TransferFrom(spender, owner, to, units) => {
                world.transfer_from(NAMES[*spender], NAMES[*owner], NAMES[*to], *units)
            }
            Step::SendFrom(spender, owner, units) => {
                let (owner, contract, amount) = (text(*owner), world.text("hook"), Uint128::new(*units));
                let msg = ExecuteMsg::SendFrom { owner, contract, amount, msg: b"[]".into() };
                world.execute(NAMES[*spender], &msg)
            }
            Step::Burn(from, units) => world.burn(NAMES[*from], *units),
            Step::BurnFrom(spender, owner, units) => {
                let msg = ExecuteMsg::BurnFrom { owner: text(*owner), amount: Uint128::new(*units) };
                world.execute(NAMES[*spender], &msg)
            }
            Step::Claim(names) => world.claim(&names.iter().map(|who| NAMES[*who]).collect::<Vec<_>>()),
            Step::PayWork(payments) => world.pay_work(&named(payments)),
            Step::Deliver(payments) => world.deliver(&named(payments)),
            Step::Donate(amount) => return world.donate(*amount),
            Step::Dividend(_) => return,
        };
    }

    /// Settling late gives everybody what crediting at once does.
    fn compare(&self) {
        for name in NAMES {
            let dividends = self.world.dividends(name);
            let credited = (dividends.claimable + dividends.paid).u128();
            assert_eq!(credited, self.eager.whole(name), "{name}");
            assert_eq!(self.world.wallet(name) * u128::from(name != "stake"), dividends.paid.u128(), "{name}");
        }
        assert_eq!(self.world.totals().carried.u128(), self.eager.carried);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_history_makes_or_loses_a_fraction_of_a_uopen(
        owner_has_all in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut history = History::new(owner_has_all);
        for step in &steps {
            history.take(step);
        }
    }
}
