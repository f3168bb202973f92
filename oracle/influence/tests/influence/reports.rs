//! Reports: their arithmetic against a plain recomputation from φ, their bounds, and their bytes.

use std::sync::LazyLock;

use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::TrainingManifest;
use influence::mlp::Mlp;
use influence::report::{
    Evidence, Outcome, Ownership, Receipt, ReportError, Thresholds, VersionEvidence, report, valuation,
};
use influence::score::{Preconditioned, precondition};
use influence::train::train_members;
use rules::bitmap::Bitmap;
use rules::score::{Report, ScoreEntry, Vector};

use crate::scenario::{BAD_ITEMS, HONEST, POSITIONS, Scenario};

/// Far below what an operator's weight comes to; rounding of some hundred additions is 1e-14.
const TOLERANCE: f64 = 1e-12;
const DAMPING: f64 = 0.005;

#[derive(Clone)]
struct Round {
    preconditioned: Preconditioned,
    receipts: Vec<Receipt>,
    validation: Examples,
    ownership: Ownership,
}

impl Round {
    fn new() -> Self {
        let mut scenario = Scenario::new(4, 40);
        let plan = Scenario::plan(2);
        let members = train_members(&plan, &scenario.items, Threads::new(2), &|_| ()).expect("trainable");
        let receipts = scenario.receipts(&members, 60);
        let manifest = TrainingManifest::new(plan, DAMPING);
        let preconditioned = precondition(&manifest, &members, &scenario.items, Threads::new(2)).expect("they fit");
        Self { preconditioned, receipts, validation: scenario.validation, ownership: scenario.ownership }
    }

    fn report(&self, receipts: &[Receipt], thresholds: Thresholds, threads: usize) -> Outcome {
        self.try_report(receipts, thresholds, threads).expect("they fit")
    }

    fn try_report(&self, receipts: &[Receipt], thresholds: Thresholds, threads: usize) -> Result<Outcome, ReportError> {
        let evidence = Evidence {
            versions: &[self.version(receipts)],
            validation: &self.validation,
            strata: &vec![0; self.validation.len()],
        };
        report(&evidence, thresholds, Bitmap::new(9), Threads::new(threads))
    }

    fn version<'a>(&'a self, receipts: &'a [Receipt]) -> VersionEvidence<'a> {
        VersionEvidence { preconditioned: &self.preconditioned, ownership: &self.ownership, receipts }
    }
}

/// One round for all tests.
static ROUND: LazyLock<Round> = LazyLock::new(Round::new);

/// Enough for the small rounds of these tests.
const LOW: Thresholds = Thresholds { effective_prompts: 16.0, validation_examples: 40 };

#[test]
fn a_report_is_what_the_rule_says() {
    let round = &*ROUND;
    let mut receipts = round.receipts.clone();
    // The first prompt is asked three more times, once for nothing and once with another answer.
    receipts.extend([round.receipts[0].clone(), round.receipts[0].clone(), round.receipts[0].clone()]);
    receipts[60].net_fee_uopen = 7;
    receipts[61].net_fee_uopen = 0;
    receipts[62].served_label = (receipts[62].served_label + 1) % 10;
    let outcome = round.report(&receipts, LOW, 2);
    let breakdown = &outcome.breakdown;

    let shares = plain_shares(round, &receipts);
    let total: f64 = receipts.iter().map(|receipt| receipt.net_fee_uopen as f64).sum();
    let mut prompts: Vec<[u8; 32]> = receipts.iter().map(|receipt| receipt.prompt).collect();
    prompts.sort_unstable();
    prompts.dedup();
    assert!(prompts.len() < 60, "the draw with replacement repeats some prompts");
    let fees: Vec<f64> = prompts.iter().map(|prompt| fee_of(&receipts, prompt)).collect();
    let effective = total * total / fees.iter().map(|fee| fee * fee).sum::<f64>();
    assert!((breakdown.effective_prompts - effective).abs() < TOLERANCE * effective);
    for position in 0..POSITIONS {
        let weighted = receipts.iter().zip(&shares).map(|(r, row)| r.net_fee_uopen as f64 * row[position]);
        let net = weighted.sum::<f64>() / total;
        assert!((breakdown.net[position].value - net).abs() < TOLERANCE);
        let residuals = prompts.iter().map(|prompt| {
            let of_prompt = receipts.iter().zip(&shares).filter(|(receipt, _)| receipt.prompt == *prompt);
            of_prompt.map(|(r, row)| r.net_fee_uopen as f64 * (row[position] - net)).sum::<f64>().powi(2)
        });
        let error = residuals.sum::<f64>().sqrt() / total * (effective / (effective - 1.0)).sqrt();
        assert!((breakdown.net[position].error - error).abs() < TOLERANCE);
    }
    let usual: f64 = breakdown.usual_rule.iter().sum();
    assert!((usual - 1.0).abs() < TOLERANCE);
}

/// Per receipt and position `Σ_{i∈c} φ_i / Σ_i |φ_i|`, positions cut by the known sizes.
fn plain_shares(round: &Round, receipts: &[Receipt]) -> Vec<Vec<f64>> {
    let mut queries = Examples::new(64);
    for receipt in receipts {
        queries.push(&receipt.features, receipt.served_label).expect("64 features");
    }
    let influence = round.preconditioned.influence(&queries, Threads::new(1)).expect("they fit");
    let of_receipt = |receipt: usize| {
        let row = influence.row(receipt);
        let total: f64 = row.iter().map(|value| value.abs()).sum();
        let mut rest = row;
        HONEST
            .into_iter()
            .chain([BAD_ITEMS, BAD_ITEMS])
            .map(|count| {
                let (own, after) = rest.split_at(count);
                rest = after;
                own.iter().sum::<f64>() / total
            })
            .collect()
    };
    (0..receipts.len()).map(of_receipt).collect()
}

fn fee_of(receipts: &[Receipt], prompt: &[u8; 32]) -> f64 {
    receipts.iter().filter(|receipt| receipt.prompt == *prompt).map(|receipt| receipt.net_fee_uopen as f64).sum()
}

#[test]
fn a_vector_holds_the_decided_scores_within_the_contracts_bounds() {
    let round = &*ROUND;
    let Outcome { report: Report::Vector(vector), breakdown } = round.report(&round.receipts, LOW, 2) else {
        panic!("there is enough evidence")
    };
    assert_eq!(vector.unresolved, Bitmap::new(9));
    assert_eq!(vector.entries.len(), POSITIONS);
    let positive: i64 = vector.entries.iter().map(|entry| i64::from(entry.score.max(0))).sum();
    let absolute: i64 = vector.entries.iter().map(|entry| i64::from(entry.score.abs())).sum();
    assert!(positive <= 1_000_000_000 && absolute <= 2_000_000_000);
    assert_eq!(vector.reach, (breakdown.reach * 1e9) as u64);
    for (entry, (net, utility)) in vector.entries.iter().zip(breakdown.net.iter().zip(&breakdown.utility)) {
        let expected = if utility.value < 0.0 {
            (utility.value, utility.error)
        } else if net.value <= utility.value {
            (net.value.max(0.0), net.error)
        } else {
            (utility.value, utility.error)
        };
        let expected = ScoreEntry { score: (expected.0 * 1e9) as i32, error: (expected.1 * 1e9) as u32 };
        assert_eq!(*entry, expected);
    }
}

#[test]
fn the_same_round_gives_the_same_bytes_on_one_thread_and_on_two() {
    let mut scenario = Scenario::new(4, 40);
    let plan = Scenario::plan(2);
    let manifest = TrainingManifest::new(plan.clone(), DAMPING);
    let [one, two] = [1, 2].map(|count| {
        let threads = Threads::new(count);
        let members: Vec<Mlp> = train_members(&plan, &scenario.items, threads, &|_| ()).expect("trainable");
        (precondition(&manifest, &members, &scenario.items, threads).expect("they fit"), members)
    });
    assert_eq!(one, two);
    let receipts = scenario.receipts(&one.1, 60);
    let (validation, ownership) = (scenario.validation, scenario.ownership);
    let [first, second] = [(one.0, 1), (two.0, 2)].map(|(preconditioned, threads)| {
        Round {
            preconditioned,
            receipts: receipts.clone(),
            validation: validation.clone(),
            ownership: ownership.clone(),
        }
        .report(&receipts, LOW, threads)
    });
    assert_eq!(first, second);
}

#[test]
fn too_little_evidence_is_reported_as_such() {
    let round = &*ROUND;
    assert_eq!(round.report(&round.receipts, Thresholds::default(), 2).report, Report::TooFew);
    assert_eq!(round.report(&round.receipts[..10], LOW, 2).report, Report::TooFew);
    assert_eq!(round.report(&[], LOW, 2).report, Report::TooFew);
    let one_prompt = vec![round.receipts[0].clone(); 60];
    assert_eq!(round.report(&one_prompt, LOW, 2).report, Report::TooFew, "one prompt is one draw, however often paid");
}

#[test]
fn unused_positions_score_nothing_and_misplaced_items_are_refused() {
    let mut round = ROUND.clone();
    round.ownership.positions = POSITIONS + 2;
    let Report::Vector(vector) = round.report(&round.receipts, LOW, 2).report else { panic!("enough evidence") };
    assert_eq!(vector.entries[POSITIONS..], [ScoreEntry::default(); 2]);
    round.ownership.positions = POSITIONS - 1;
    let refused = round.try_report(&round.receipts, LOW, 1);
    assert!(matches!(refused, Err(ReportError::Position { positions: 9, .. })));
}

#[test]
fn a_valuation_scores_utility_alone() {
    let round = &*ROUND;
    let of_round = round.report(&round.receipts, LOW, 2).breakdown;
    let evidence = Evidence {
        versions: &[round.version(&round.receipts)],
        validation: &round.validation,
        strata: &vec![0; round.validation.len()],
    };
    let outcome = valuation(&evidence, LOW, Threads::new(2)).expect("they fit");
    let Report::Vector(vector) = outcome.report else { panic!("enough validation examples") };
    for (entry, utility) in vector.entries.iter().zip(&of_round.utility) {
        assert_eq!(entry.score, (utility.value * 1e9) as i32);
    }
    // The reach is that of a round in which every example was asked once, for the same fee, and answered by the model itself.
    let served = round.preconditioned.served_labels(&round.validation).expect("they fit");
    let asked = |(index, served_label): (usize, u16)| Receipt {
        net_fee_uopen: 7,
        prompt: [index as u8; 32],
        features: round.validation.row(index).to_vec(),
        served_label,
    };
    let answered: Vec<Receipt> = served.into_iter().enumerate().map(asked).collect();
    let owed = (round.report(&answered, LOW, 2).breakdown.reach * 1e9) as u64;
    let positive: u64 = vector.entries.iter().map(|entry| entry.score.max(0) as u64).sum();
    assert!(owed > 0 && vector.reach.abs_diff(owed.max(positive)) <= 1, "{} {owed} {positive}", vector.reach);
}

#[test]
fn labels_on_which_rivals_are_useless_leave_their_part_to_nobody() {
    let round = &*ROUND;
    let strata = vec![0; round.validation.len()];
    let valued = |validation: &Examples| {
        let evidence = Evidence { versions: &[round.version(&[])], validation, strata: &strata };
        match valuation(&evidence, LOW, Threads::new(2)).expect("they fit").report {
            Report::Vector(vector) => vector,
            Report::TooFew => panic!("enough validation examples"),
        }
    };
    let honest = valued(&round.validation);
    let mut chosen = Examples::new(round.validation.width());
    for example in 0..round.validation.len() {
        let label = (round.validation.labels()[example] + 1) % 10;
        chosen.push(round.validation.row(example), label).expect("they fit");
    }
    let zeroed = valued(&chosen);
    let positive = |vector: &Vector| vector.entries.iter().map(|entry| entry.score.max(0) as u64).sum::<u64>();
    assert!(positive(&zeroed) < positive(&honest) / 2, "the labels are against nearly everybody");
    assert!(zeroed.reach > positive(&zeroed), "what answers owe does not depend on the labels chosen");
}
