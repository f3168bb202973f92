//! Strata and several versions in a round: against an independent reference, and one by one.

use influence::Threads;
use influence::dataset::Examples;
use influence::draws::Estimate;
use influence::manifest::{TrainingManifest, TrainingPlan};
use influence::mlp::{Architecture, Mlp};
use influence::report::{
    Breakdown, Evidence, Outcome, Ownership, Receipt, ReportError, Thresholds, VersionEvidence, report, valuation,
};
use influence::score::{Preconditioned, precondition};
use rules::bitmap::Bitmap;
use rules::score::Report;

/// Both sides round preconditioned gradients to f32; where a last bit falls differently, shares differ by some 1e-8 at most.
const TOLERANCE: f64 = 1e-8;
const LABELS: u32 = 3;
const POSITIONS: usize = 3;
const DAMPING: f64 = 0.01;
const LOW: Thresholds = Thresholds { effective_prompts: 2.0, validation_examples: 2 };

/// The numbers of `tests/reference/stratified.py`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = (1_103_515_245 * self.0 + 12_345) % (1 << 31);
        (self.0 >> 16) as u32 % bound
    }

    fn sixteenths(&mut self) -> f32 {
        (self.below(33) as f32 - 16.0) / 16.0
    }

    fn around(&mut self, corner: [f32; 2]) -> Vec<f32> {
        corner.into_iter().map(|at| at + self.sixteenths()).collect()
    }
}

struct Version {
    preconditioned: Preconditioned,
    ownership: Ownership,
    receipts: Vec<Receipt>,
}

impl Version {
    fn draw(random: &mut Random, item_count: usize) -> Self {
        let weights = (0..9).map(|_| random.sixteenths()).collect();
        let model = Mlp::from_weights(Architecture::new(&[2, 3]).expect("a network"), weights).expect("9 weights");
        let mut items = Examples::new(2);
        for _ in 0..item_count {
            items.push(&random.around([0.0, 0.0]), random.below(LABELS) as u16).expect("2 features");
        }
        let item_positions = (0..item_count).map(|_| random.below(POSITIONS as u32)).collect();
        let plan = TrainingPlan { layers: vec![2, 3], ..TrainingPlan::digits(vec![1]) };
        let manifest = TrainingManifest::new(plan, DAMPING);
        Self {
            preconditioned: precondition(&manifest, &[model], &items, Threads::new(1)).expect("they fit"),
            ownership: Ownership { item_positions, positions: POSITIONS },
            receipts: Vec::new(),
        }
    }
}

struct Round {
    versions: [Version; 2],
    validation: Examples,
    strata: Vec<u16>,
}

impl Round {
    /// The round of the reference: two versions; strata 1, 4 and 9 around corners, 6 of a single example, 30 far from all that is
    /// asked; a single prompt near 9; every fifth receipt is free.
    fn new() -> Self {
        let mut random = Random(20_261);
        let mut versions = [Version::draw(&mut random, 12), Version::draw(&mut random, 15)];
        let corners =
            [(1, 5, [-2.0, 0.0]), (4, 4, [2.0, 0.0]), (6, 1, [1.0, 0.5]), (9, 6, [0.0, 2.5]), (30, 3, [0.0, -40.0])];
        let mut validation = Examples::new(2);
        let mut strata = Vec::new();
        for (number, count, corner) in corners {
            for _ in 0..count {
                validation.push(&random.around(corner), random.below(LABELS) as u16).expect("2 features");
                strata.push(number);
            }
        }
        let asked = |prompt: usize| if prompt == 0 { corners[3].2 } else { corners[prompt % 2].2 };
        let prompts: Vec<Vec<f32>> = (0..14).map(|prompt| random.around(asked(prompt))).collect();
        for receipt in 0..40 {
            let prompt = if receipt == 0 { 0 } else { 1 + random.below(13) };
            let fee = if receipt % 5 == 4 { 0 } else { 1 + random.below(9) };
            let version = random.below(2) as usize;
            versions[version].receipts.push(Receipt {
                net_fee_uopen: fee.into(),
                prompt: [prompt as u8; 32],
                features: prompts[prompt as usize].clone(),
                served_label: random.below(LABELS) as u16,
            });
        }
        Self { versions, validation, strata }
    }

    fn versions(&self) -> [VersionEvidence<'_>; 2] {
        self.versions.each_ref().map(|Version { preconditioned, ownership, receipts }| VersionEvidence {
            preconditioned,
            ownership,
            receipts,
        })
    }

    fn outcome(&self, versions: &[VersionEvidence<'_>], threads: usize) -> Result<Outcome, ReportError> {
        let evidence = Evidence { versions, validation: &self.validation, strata: &self.strata };
        report(&evidence, LOW, Bitmap::new(0), Threads::new(threads))
    }

    fn breakdown(&self) -> Breakdown {
        self.outcome(&self.versions(), 1).expect("they fit").breakdown
    }
}

fn assert_close(found: &[Estimate], expected: [(f64, f64); POSITIONS]) {
    for (found, (value, error)) in found.iter().zip(expected) {
        assert!((found.value - value).abs() < TOLERANCE, "{} for {value}", found.value);
        assert!((found.error - error).abs() < TOLERANCE, "{} for {error}", found.error);
    }
}

#[test]
fn two_versions_and_five_strata_give_the_references_values() {
    // tests/reference/stratified.py, seed 20261, CPython 3.
    let breakdown = Round::new().breakdown();
    assert!((breakdown.effective_prompts - 9.632868610054922).abs() < TOLERANCE);
    let strata: Vec<(u16, usize, usize)> =
        breakdown.strata.iter().map(|part| (part.number, part.validation_examples, part.prompts)).collect();
    assert_eq!(strata, [(1, 5, 5), (4, 4, 6), (9, 7, 1), (30, 3, 0)]);
    let weights = [0.4966887417218543, 0.4966887417218543, 0.006622516556291391, 0.0];
    for (part, weight) in breakdown.strata.iter().zip(weights) {
        assert!((part.weight - weight).abs() < TOLERANCE);
    }
    let net = [
        (-0.07887498774072878, 0.07650132157433163),
        (0.08704254016402002, 0.0386005867827793),
        (-0.12402150638448002, 0.04878741497873904),
    ];
    assert_close(&breakdown.net, net);
    let utility = [
        (-0.027961955204695185, 0.060939027292865273),
        (-0.012563946486305898, 0.043683063360082194),
        (-0.05288370777949004, 0.11162772458255103),
    ];
    assert_close(&breakdown.utility, utility);
    for (found, expected) in
        breakdown.usual_rule.iter().zip([0.2837528664871629, 0.33982623662640443, 0.3764208968864326])
    {
        assert!((found - expected).abs() < TOLERANCE);
    }
}

#[test]
fn a_valuation_measures_the_last_version_on_all_examples_alike() {
    let round = Round::new();
    let evidence = Evidence { versions: &round.versions(), validation: &round.validation, strata: &round.strata };
    let outcome = valuation(&evidence, LOW, Threads::new(1)).expect("they fit");
    let utility = [
        (0.04261003781575143, 0.05969369389609733),
        (-0.02809579623447475, 0.06268305271136809),
        (0.029092607108053538, 0.022208727796404017),
    ];
    assert_close(&outcome.breakdown.utility, utility);
    let nothing_paid = round.versions().map(|version| VersionEvidence { receipts: &[], ..version });
    let unpaid = round.outcome(&nothing_paid, 1).expect("they fit");
    assert_eq!(unpaid.breakdown, outcome.breakdown, "without paid receipts utility is measured alike");
    assert_eq!(unpaid.report, Report::TooFew);
}

#[test]
fn neither_the_order_of_receipts_nor_the_number_of_threads_changes_a_bit() {
    let round = Round::new();
    let mut shuffled = Round::new();
    let mut random = Random(5);
    for version in &mut shuffled.versions {
        version.receipts.sort_by_cached_key(|_| random.below(1 << 15));
    }
    assert_ne!(round.versions[0].receipts, shuffled.versions[0].receipts);
    let [one, two] = [1, 2].map(|threads| round.outcome(&round.versions(), threads).expect("they fit"));
    let bytes = |outcome: &Outcome| serde_json::to_string(&outcome.breakdown).expect("plain numbers");
    assert_eq!(bytes(&one), bytes(&two));
    let reordered = shuffled.outcome(&shuffled.versions(), 2).expect("they fit");
    assert_eq!(bytes(&one), bytes(&reordered));
    assert_eq!(one.report, reordered.report);
}

#[test]
fn a_prompt_that_two_versions_answered_is_one_draw() {
    let mut round = Round::new();
    let asked = round.versions[0].receipts[0].clone();
    for (version, fee) in round.versions.iter_mut().zip([3, 5]) {
        version.receipts = vec![Receipt { net_fee_uopen: fee, ..asked.clone() }];
    }
    let breakdown = round.breakdown();
    assert_eq!(breakdown.effective_prompts, 1.0);
    assert!(breakdown.net.iter().all(|net| net.error == 1.0), "one draw says nothing of its error");
    assert_eq!(breakdown.strata.iter().map(|part| part.prompts).sum::<usize>(), 1);
    let alone = |version: usize| round.outcome(&round.versions()[version..=version], 1).expect("they fit").breakdown;
    let (first, second) = (alone(0), alone(1));
    for position in 0..POSITIONS {
        let pooled = (3.0 * first.net[position].value + 5.0 * second.net[position].value) / 8.0;
        assert!((breakdown.net[position].value - pooled).abs() < TOLERANCE);
        let pooled = (3.0 * first.utility[position].value + 5.0 * second.utility[position].value) / 8.0;
        assert!((breakdown.utility[position].value - pooled).abs() < TOLERANCE);
    }
}

#[test]
fn versions_that_were_paid_nothing_count_for_nothing() {
    let mut round = Round::new();
    let alone = round.outcome(&round.versions()[..1], 1).expect("they fit");
    round.versions[1].receipts.iter_mut().for_each(|receipt| receipt.net_fee_uopen = 0);
    assert_eq!(round.outcome(&round.versions(), 1).expect("they fit"), alone);
}

#[test]
fn strata_weigh_what_was_paid_in_them() {
    let mut round = Round::new();
    round.strata = (0..round.validation.len()).map(|example| if example < 5 { 1 } else { 30 }).collect();
    let near_the_first = round.versions[0].receipts.iter().find(|r| r.features[0] < -1.0).expect("asked").clone();
    round.versions[1].receipts.clear();
    round.versions[0].receipts = vec![near_the_first; 3];
    let breakdown = round.breakdown();
    let weights: Vec<f64> = breakdown.strata.iter().map(|part| part.weight).collect();
    assert_eq!(weights, [1.0, 0.0]);

    let mut first = Examples::new(2);
    (0..5).for_each(|example| {
        first.push(round.validation.row(example), round.validation.labels()[example]).expect("2 features");
    });
    round.validation = first;
    round.strata.truncate(5);
    assert_eq!(round.breakdown().utility, breakdown.utility, "examples of strata without fees say nothing");
}

#[test]
fn a_model_of_one_stratum_is_measured_by_plain_means_whatever_its_number() {
    let mut round = Round::new();
    round.strata.fill(0);
    let zeros = round.breakdown();
    round.strata.fill(u16::MAX);
    let others = round.breakdown();
    assert_eq!((&zeros.net, &zeros.utility), (&others.net, &others.utility));
    assert_eq!((zeros.strata.len(), zeros.strata[0].weight), (1, 1.0));
}

#[test]
fn evidence_that_does_not_hold_together_is_refused() {
    let mut round = Round::new();
    assert!(matches!(round.outcome(&[], 1), Err(ReportError::NoVersions)));
    let no_version: Evidence<'_> = Evidence { versions: &[], validation: &round.validation, strata: &round.strata };
    assert!(matches!(valuation(&no_version, LOW, Threads::new(1)), Err(ReportError::NoVersions)));
    round.strata.pop();
    let refused = round.outcome(&round.versions(), 1);
    assert!(matches!(refused, Err(ReportError::Strata { found: 18, expected: 19 })));
    round.strata.push(30);
    let last = round.versions[1].receipts.iter().rposition(|receipt| receipt.net_fee_uopen > 0).expect("paid");
    round.versions[1].receipts[last].features.push(0.0);
    let refused = round.outcome(&round.versions(), 1);
    assert!(matches!(refused, Err(ReportError::Receipt { version: 1, receipt, .. }) if receipt == last));
    round.versions[1].ownership.positions = POSITIONS + 1;
    let refused = round.outcome(&round.versions(), 1);
    assert!(matches!(refused, Err(ReportError::Positions { version: 1, found: 4, expected: 3 })));
}
