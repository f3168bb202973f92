use rules::dividend::{Holding, Points};
use serde::Deserialize;

use super::{Number, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Distribute { points: PointsCase, income: Number<u128>, sharing: Number<u128>, after: Option<PointsCase> },
    Settle { holding: HoldingCase, balance: Number<u128>, points: PointsCase, after: Option<HoldingCase> },
    History { name: String, balances: Vec<Number<u128>>, steps: Vec<Step> },
}

#[derive(Deserialize)]
struct PointsCase {
    per_unit: Number<u128>,
    carried: Number<u128>,
}

impl PointsCase {
    fn points(&self) -> Points {
        Points { per_unit: self.per_unit.0, carried: self.carried.0 }
    }
}

#[derive(Deserialize)]
struct HoldingCase {
    seen: Number<u128>,
    claimable: Number<u128>,
    fraction: Number<u64>,
}

impl HoldingCase {
    fn holding(&self) -> Holding {
        Holding { seen: self.seen.0, claimable: self.claimable.0, fraction: self.fraction.0 }
    }
}

/// A dividend, and then a transfer: the two holders of it are settled in between.
#[derive(Deserialize)]
struct Step {
    income: Number<u128>,
    giver: usize,
    taker: usize,
    moved: Number<u128>,
    points: PointsCase,
    holdings: Vec<HoldingCase>,
}

struct World {
    points: Points,
    balances: Vec<u128>,
    holdings: Vec<Holding>,
}

impl World {
    fn new(balances: &[Number<u128>]) -> Self {
        let balances: Vec<u128> = balances.iter().map(|balance| balance.0).collect();
        let holdings = vec![Holding::default(); balances.len()];
        Self { points: Points::default(), balances, holdings }
    }

    fn play(&mut self, step: &Step, name: &str) {
        let supply = self.balances.iter().sum();
        self.points = self.points.distribute(step.income.0, supply).expect("it fits 128 bits");
        assert_eq!(self.points, step.points.points(), "{name}");
        for holder in [step.giver, step.taker] {
            let settled = self.holdings[holder].settle(self.balances[holder], &self.points);
            self.holdings[holder] = settled.expect("it fits 128 bits");
        }
        let expected: Vec<Holding> = step.holdings.iter().map(HoldingCase::holding).collect();
        assert_eq!(self.holdings, expected, "{name}");
        self.balances[step.giver] -= step.moved.0;
        self.balances[step.taker] += step.moved.0;
    }
}

#[test]
fn dividends_follow_the_vectors() {
    for case in cases::<Case>("dividends.json") {
        match case {
            Case::Distribute { points, income, sharing, after } => {
                let outcome = points.points().distribute(income.0, sharing.0);
                assert_eq!(outcome, after.map(|after| after.points()), "{} of {:?}", income.0, points.points());
            }
            Case::Settle { holding, balance, points, after } => {
                let outcome = holding.holding().settle(balance.0, &points.points());
                assert_eq!(outcome, after.map(|after| after.holding()), "{} of {:?}", balance.0, points.points());
            }
            Case::History { name, balances, steps } => {
                let mut world = World::new(&balances);
                steps.iter().for_each(|step| world.play(step, &name));
            }
        }
    }
}
