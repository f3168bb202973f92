//! A report as a run of the story would make it: eleven contributions, seven operators, four rounds of which one fails.
//! The amounts are invented, but they follow the rules closely enough to add up.

use report::data::{
    AccountRow, Check, ContributionRow, FeeFlow, HistoryPoint, HolderRow, Offspring, OperatorRow, Report, RoundRow,
    Run, SampleRow, Stages, Timing, Truth, TruthRow,
};
use serde_json::json;

const POOL: u128 = 84_000_000;
/// The rounds that settle: id, epochs covered, influence pool.
const SETTLED: [(u64, u64, u64, u128); 3] = [(1, 1, 2, POOL), (3, 3, 6, 2 * POOL), (4, 7, 8, POOL)];

/// Name, items, score, error, utility and effects on queries and validation in nats.
const POSITIONS: [(&str, u64, f64, f64, f64, f64); 10] = [
    ("honest-200", 200, 0.181, 0.009, 0.0212, 0.0188),
    ("honest-160", 160, 0.152, 0.008, 0.0174, 0.0160),
    ("honest-120", 120, 0.121, 0.007, 0.0151, 0.0131),
    ("honest-100", 100, 0.094, 0.007, 0.0098, 0.0111),
    ("honest-80", 80, 0.078, 0.006, 0.0095, 0.0079),
    ("honest-60", 60, 0.055, 0.006, 0.0061, 0.0049),
    ("honest-40", 40, 0.037, 0.005, 0.0040, 0.0042),
    ("honest-20", 20, 0.019, 0.004, 0.0024, 0.0017),
    ("wrong-labels", 120, -0.094, 0.011, -0.0143, -0.0177),
    ("noise", 80, 0.001, 0.004, -0.0004, 0.0006),
];

/// The whole report.
pub fn report() -> Report {
    let mut contributions: Vec<ContributionRow> = (0..POSITIONS.len()).map(contribution).collect();
    contributions.push(copier());
    Report {
        run: run(),
        checks: checks(),
        accounts: accounts(&contributions),
        samples: samples(),
        fees: fees(&contributions),
        contributions,
        rounds: rounds(),
        offspring: offspring(),
        holders: holders(),
        truth: truth(),
        timings: timings(),
    }
}

fn offspring() -> Offspring {
    let model = "inverted-digits".to_owned();
    let valuation = RoundRow { kind: "valuation".to_owned(), round: 5, redemptions: 0, ..rounds().remove(0) };
    Offspring {
        contributions: vec![ContributionRow { name: "inverted-60".to_owned(), ..contribution(6) }],
        rounds: vec![RoundRow { model: model.clone(), round: 1, ..rounds().remove(0) }, valuation],
        gross: 240_000_000,
        royalties: 68_400_000,
        released: 51_000_000,
        stages: Some(Stages { base_size: 0.614, base_net: 0.1, own_net: 0.053, royalty_share: 0.3 }),
        model,
    }
}

fn holders() -> Vec<HolderRow> {
    let holder = |name: &str, units: u128, dividends| HolderRow {
        model: "digits-mlp".to_owned(),
        name: name.to_owned(),
        units,
        share: units as f64 / 1e12,
        dividends,
    };
    vec![holder("model-owner", 500_000_000_000, 4_100_000), holder("trainer", 100_000_000_000, 900_000)]
}

fn run() -> Run {
    Run {
        seed: 7,
        epochs: 8,
        operators: 7,
        chain_id: "story-1".to_owned(),
        model: "digits-mlp".to_owned(),
        layers: vec![64, 48, 10],
        damping: 0.003,
        accuracy: 0.9527,
        receipts: 2_400,
        data_source: "data/digits.csv.gz (UCI optical digits, 1,797 images)".to_owned(),
    }
}

fn contribution(index: usize) -> ContributionRow {
    let (name, items, score, error, ..) = POSITIONS[index];
    let history = history(score, error, items);
    let last = history.last().expect("three rounds settle").clone();
    ContributionRow {
        contribution: index as u64 + 1,
        position: Some(index as u32),
        name: name.to_owned(),
        status: "accepted".to_owned(),
        items,
        score,
        error,
        accrued: last.accrued,
        held_back: u64::try_from(last.accrued).unwrap_or(0).saturating_sub(last.payable),
        debt: u64::try_from(-last.accrued).unwrap_or(0),
        payable: last.payable,
        claimed: last.payable.into(),
        usual_rule: last.usual_rule,
        stake: items * 1_000_000,
        history,
    }
}

/// `advance` in floats: all scores are divided by the positive ones, and twice the summed doubt is held back.
fn history(score: f64, error: f64, items: u64) -> Vec<HistoryPoint> {
    let divisor = 0.80;
    let (mut accrued, mut variance, mut payable, mut usual) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    let point = |&(round, _, epoch, pool): &(u64, u64, u64, u128)| {
        let pool = pool as f64;
        accrued += pool * score / divisor;
        variance += (pool * error / divisor).powi(2);
        payable += (accrued - 2.0 * variance.sqrt() - payable).max(0.0) * 0.9;
        usual += pool * (score.max(0.0) * 0.75 + items as f64 * 0.000_25) / 0.80;
        HistoryPoint { round, epoch, accrued: accrued as i64, payable: payable as u64, usual_rule: usual as u128 }
    };
    SETTLED.iter().map(point).collect()
}

fn copier() -> ContributionRow {
    ContributionRow {
        contribution: 11,
        position: None,
        name: "copier".to_owned(),
        status: "slashed".to_owned(),
        items: 60,
        score: 0.0,
        error: 0.0,
        accrued: 0,
        held_back: 0,
        debt: 0,
        payable: 0,
        claimed: 0,
        usual_rule: 0,
        stake: 0,
        history: Vec::new(),
    }
}

fn samples() -> Vec<SampleRow> {
    let row = |prompt: &str, calls| SampleRow {
        model: "opticks-lm".to_owned(),
        round: 1,
        prompt: prompt.to_owned(),
        answer: " light & <shade>".to_owned(),
        calls,
        net_fees: u128::from(calls) * 950_000,
    };
    vec![row("The Rays of", 3), row("<script>alert(1)</script>", 1)]
}

fn fees(contributions: &[ContributionRow]) -> FeeFlow {
    let gross = 480_000_000;
    let payable = contributions.iter().map(|row| u128::from(row.payable)).sum();
    let held_back = contributions.iter().map(|row| u128::from(row.held_back)).sum();
    let pool = 4 * POOL;
    FeeFlow {
        gross,
        unresolved: 2_400_000,
        operators: 14_350_000,
        protocol_treasury: 9_650_000,
        owner: gross - 2_400_000 - 14_350_000 - 9_650_000 - 5_000_000 - pool,
        stake: 5_000_000,
        pool,
        payable,
        held_back,
        residual: pool - payable - held_back,
    }
}

fn rounds() -> Vec<RoundRow> {
    let ends =
        [(1, 1, 2, "settled"), (2, 3, 4, "failed: too few revealed"), (3, 3, 6, "settled"), (4, 7, 8, "settled")];
    let round = |(round, first_epoch, last_epoch, outcome): (u64, u64, u64, &str)| {
        let pool = SETTLED.iter().find(|settled| settled.0 == round).map_or(0, |settled| settled.3);
        RoundRow {
            model: "digits-mlp".to_owned(),
            kind: "fees".to_owned(),
            round,
            first_epoch,
            last_epoch,
            outcome: outcome.to_owned(),
            redemptions: 6 * (last_epoch - first_epoch + 1) as u32,
            pool,
            unresolved: if round == 3 { 2_400_000 } else { 0 },
            residual: pool / 20,
            operators: (1..=7).filter_map(|operator| self::operator(round, operator)).collect(),
        }
    };
    ends.into_iter().map(round).collect()
}

fn operator(round: u64, operator: u64) -> Option<OperatorRow> {
    let behaviour = match (round, operator) {
        (3 | 4, 5) => return None,
        (2, 5) => "silent",
        (2, 6 | 7) => "absent",
        (3, 6) => "reposted",
        (4, 7) => "invented",
        _ => "honest",
    };
    let (committed, revealed) = (behaviour != "absent", !matches!(behaviour, "absent" | "silent"));
    let distance = match behaviour {
        "reposted" => 88_121_904,
        "invented" => 611_030_118,
        _ => 210_345 * operator,
    };
    let settled = round != 2;
    let agreement = match behaviour {
        "reposted" => 0.041,
        "invented" => 0.0,
        _ => rounded(1.0 - 0.004 * operator as f64),
    };
    Some(OperatorRow {
        name: format!("operator-{operator}"),
        behaviour: behaviour.to_owned(),
        committed,
        revealed,
        agreement: (settled && revealed).then_some(agreement),
        distance: (settled && revealed).then_some(distance),
        reward: if settled && revealed { (agreement * 514_285.0) as u128 } else { 0 },
        slashed: committed && !revealed,
    })
}

fn truth() -> Truth {
    let row = |(position, &(name, _, score, error, queries, validation)): (usize, &(&str, u64, f64, f64, f64, f64))| {
        TruthRow {
            name: name.to_owned(),
            position: position as u32,
            net: rounded(score * 1.02),
            net_error: error,
            utility: rounded(score * 0.97),
            utility_error: rounded(error * 1.2),
            effect_queries: queries,
            effect_queries_error: 0.0009,
            effect_validation: validation,
            effect_validation_error: 0.0008,
        }
    };
    Truth {
        seeds: 12,
        rows: POSITIONS.iter().enumerate().map(row).collect(),
        spearman_queries: 0.964,
        ceiling_queries: 0.988,
        spearman_validation: 0.952,
        ceiling_validation: 0.976,
    }
}

fn accounts(contributions: &[ContributionRow]) -> Vec<AccountRow> {
    let start = 1_000_000_000;
    let account = |name: &str, role: &str| AccountRow {
        name: name.to_owned(),
        role: role.to_owned(),
        address: format!("wasm1{:0>38}", name.replace('-', "")),
        start,
        end: start,
        claimed: 0,
        dividends: 0,
        withdrawn: 0,
        bonded: 0,
        slashed: 0,
    };
    let contributor = |row: &ContributionRow| {
        let slashed = if row.status == "slashed" { 10_000_000 } else { 0 };
        let (bonded, claimed) = (10_000_000 - slashed, row.claimed);
        AccountRow { claimed, bonded, slashed, end: start - 10_000_000 + claimed, ..account(&row.name, "contributor") }
    };
    let operator = |number: u128| {
        let slashed = if number == 5 { 50_000_000 } else { 0 };
        let (bonded, withdrawn) = (50_000_000 - slashed, 1_400_123 * number);
        let end = start - 50_000_000 + withdrawn;
        AccountRow { bonded, slashed, withdrawn, end, ..account(&format!("operator-{number}"), "operator") }
    };
    let mut accounts: Vec<AccountRow> = contributions.iter().map(contributor).collect();
    accounts.extend((1..=7).map(operator));
    accounts.push(AccountRow { end: start - 490_000_000, ..account("payer-1", "payer") });
    accounts.push(AccountRow { withdrawn: 117_600_000, end: start + 117_600_000, ..account("model-owner", "owner") });
    accounts
}

fn checks() -> Vec<Check> {
    let check = |name: &str, value, bound, meaning: &str| Check {
        name: name.to_owned(),
        holds: true,
        value,
        bound,
        meaning: meaning.to_owned(),
    };
    vec![
        check(
            "supply",
            json!("21000000000"),
            json!("21000000000"),
            "No OPEN was made or lost: the balances of all accounts and contracts sum to the supply.",
        ),
        check("solvency", json!("0"), json!("0"), "Settlement holds at least what it owes."),
        check("wrong labels", json!(0), json!(0), "Wrong labels are paid nothing and stand in debt."),
        check("noise", json!(0.000_31), json!({"at most": 0.01}), "Noise is paid at most one hundredth of the pools."),
        check(
            "spearman, paid queries",
            json!(0.964),
            json!({"at least": 0.8}),
            "Influence ranks contributions as retraining without them does.",
        ),
        check(
            "replay",
            json!("9f86d081…"),
            json!("9f86d081…"),
            "An auditor who replays the last round gets the same bytes.",
        ),
    ]
}

fn timings() -> Vec<Timing> {
    let timing = |step: &str, seconds, kept| Timing { step: step.to_owned(), seconds, kept };
    vec![timing("train", 4.21, false), timing("influence", 11.9, false), timing("retrain for the truth", 61.0, true)]
}

/// serde_json reads back exactly what has few digits.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
