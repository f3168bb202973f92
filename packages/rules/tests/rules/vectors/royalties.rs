use rules::royalty::{Flow, flow, take_in};
use serde::Deserialize;

use super::money::{Parts, Terms, name};
use super::{Number, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Flow(FlowCase),
    Intake { amount: Number<u128>, terms_bps: Terms, parts: Option<Parts>, error: Option<String> },
    Lineage { name: String, shares_bps: Vec<u16>, steps: Vec<Step> },
}

#[derive(Deserialize)]
struct FlowCase {
    owed: Number<u128>,
    shares_bps: Vec<u16>,
    parts: Option<Vec<Number<u128>>>,
    carried: Option<Number<u128>>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    income: Number<u128>,
    parts: Vec<Number<u128>>,
    carried: Number<u128>,
}

fn amounts(parts: &[Number<u128>]) -> Vec<u128> {
    parts.iter().map(|part| part.0).collect()
}

impl FlowCase {
    fn check(&self) {
        let outcome = flow(self.owed.0, &self.shares_bps);
        assert_eq!(outcome.as_ref().err().copied().map(name), self.error.as_deref());
        let parts = self.parts.as_deref().map(amounts);
        let expected = parts.zip(self.carried).map(|(parts, carried)| Flow { parts, carried: carried.0 });
        assert_eq!(outcome.ok(), expected);
    }
}

#[test]
fn royalties_follow_the_vectors() {
    for case in cases::<Case>("royalties.json") {
        match case {
            Case::Flow(case) => case.check(),
            Case::Intake { amount, terms_bps, parts, error } => {
                let outcome = take_in(amount.0, &terms_bps.terms());
                assert_eq!(outcome.ok(), parts.map(|parts| parts.parts()));
                assert_eq!(outcome.err().map(name), error.as_deref());
            }
            Case::Lineage { name, shares_bps, steps } => {
                let mut carried = 0;
                for step in steps {
                    let expected = Flow { parts: amounts(&step.parts), carried: step.carried.0 };
                    assert_eq!(flow(carried + step.income.0, &shares_bps), Ok(expected), "{name}");
                    carried = step.carried.0;
                }
            }
        }
    }
}
