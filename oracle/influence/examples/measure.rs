//! Measures influence against retraining in the setting of Task P, with timings: the figures of `docs/influence.md`.
//!
//! `cargo run -p influence --example measure -- <members> <truth seeds> <data seed>…`

#[allow(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../tests/influence/scenario.rs"]
mod scenario;

use std::time::Instant;

use influence::Threads;
use influence::damping;
use influence::dataset::Examples;
use influence::manifest::TrainingManifest;
use influence::report::{Evidence, Thresholds, VersionEvidence, report};
use influence::score::precondition;
use influence::statistics::spearman;
use influence::train::train_members;
use influence::truth::{EvaluationSet, leave_one_out, seeds_from};
use rules::bitmap::Bitmap;
use scenario::{Scenario, paid_queries};

const RECEIPTS: usize = 900;
const VALIDATION: usize = 360;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [members, truth_seeds, data_seeds @ ..] = arguments.as_slice() else {
        return Err("give the number of members, the number of truth seeds, and data seeds".into());
    };
    for &data_seed in data_seeds {
        measure(*members, *truth_seeds, data_seed)?;
    }
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("  {what}: {:.2} s", start.elapsed().as_secs_f64());
    result
}

fn measure(member_count: u64, truth_seeds: u64, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    println!("data seed {seed}, {member_count} members");
    let threads = Threads::available();
    let plan = Scenario::plan(member_count);
    let mut scenario = Scenario::new(seed, VALIDATION);
    let items = scenario.items.clone();
    let members = timed("training members", || train_members(&plan, &items, threads, &|_| ()))?;
    println!("  validation loss of member 0: {:.3}", members[0].mean_loss(&scenario.validation)?);
    let choice = timed("damping procedure", || damping::choose(&plan, &members, &items, threads, &|_| ()))?;
    for candidate in &choice.candidates {
        print!("  {:.4}:{:.4}", candidate.damping, candidate.quality);
    }
    println!("\n  damping {}", choice.damping);

    let receipts = scenario.receipts(&members, RECEIPTS);
    let (queries, fees) = paid_queries(&receipts);
    let sets = [
        EvaluationSet::weighted("paid", queries, fees),
        EvaluationSet::equal("validation", scenario.validation.clone()),
    ];
    let ownership = scenario.ownership.clone();
    let truth = timed("truth", || {
        leave_one_out(&plan, (&items, &ownership), &seeds_from(1000, truth_seeds), &sets, threads, &|_| ())
    })?;
    for set in &truth.sets {
        println!(
            "  truth on {}: ceiling {:.3}, loss {:.3}",
            set.name,
            set.ceiling().unwrap_or(f64::NAN),
            set.full_loss[0]
        );
        println!("    effects {:.4?}", set.mean_effects());
        println!("    errors  {:.4?}", set.standard_errors());
    }

    let ends = [choice.candidates.first(), choice.candidates.last()].into_iter().flatten();
    for damping in std::iter::once(choice.damping).chain(ends.map(|candidate| candidate.damping)) {
        let manifest = TrainingManifest::new(plan.clone(), damping);
        let start = Instant::now();
        let preconditioned = precondition(&manifest, &members, &items, threads)?;
        let seconds = start.elapsed().as_secs_f64();
        let version = VersionEvidence { preconditioned: &preconditioned, ownership: &ownership, receipts: &receipts };
        let validation = &scenario.validation;
        let evidence = Evidence { versions: &[version], validation, strata: &vec![0; validation.len()] };
        let start = Instant::now();
        let outcome = report(&evidence, Thresholds::default(), Bitmap::new(0), threads)?;
        let report_seconds = start.elapsed().as_secs_f64();
        let values = |estimates: &[influence::draws::Estimate]| -> Vec<f64> {
            estimates.iter().map(|estimate| estimate.value).collect()
        };
        let (net, utility) = (values(&outcome.breakdown.net), values(&outcome.breakdown.utility));
        let against =
            |values: &[f64], set: usize| spearman(values, &truth.sets[set].mean_effects()).unwrap_or(f64::NAN);
        println!(
            "  damping {damping:.4}: net {:.3} utility {:.3} usual {:.3}; precondition {seconds:.2} s, report {report_seconds:.2} s",
            against(&net, 0),
            against(&utility, 1),
            against(&outcome.breakdown.usual_rule, 0),
        );
        if damping == choice.damping {
            let raw = |queries: &Examples, weights: &[f64]| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
                let influence = preconditioned.influence(queries, threads)?;
                let mut sums = vec![0.0; ownership.positions];
                for (query, weight) in weights.iter().enumerate() {
                    for (value, &owner) in influence.row(query).iter().zip(&ownership.item_positions) {
                        sums[owner as usize] += weight * value;
                    }
                }
                Ok(sums)
            };
            let (paid, checked) =
                (raw(&sets[0].examples, &sets[0].weights)?, raw(&sets[1].examples, &sets[1].weights)?);
            println!("  not normalised: net {:.3} utility {:.3}", against(&paid, 0), against(&checked, 1));
            println!("    net     {net:.4?}\n    utility {utility:.4?}");
            println!("    errors  {:.4?}", outcome.breakdown.utility.iter().map(|u| u.error).collect::<Vec<_>>());
            println!("    usual   {:.4?}", outcome.breakdown.usual_rule);
        }
    }
    Ok(())
}
